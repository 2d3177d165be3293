"""The plugin of pytest. It is there as soon as the package is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from .database import Database, Setting
from .patching import mock

Seed = Callable[[Database], None]
_MARK = "dynamodb"
# What a seed made, for the tests that are given a fork of it. The key is the seed itself, so one
# that is made anew for each test is forgotten with it.
_seeded: WeakKeyDictionary[Any, Database] = WeakKeyDictionary()


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line(
        "markers",
        f"{_MARK}(tables={{name: key or (key, sort_key)}}, seed={{name: [items]}}, **settings): "
        "what the database of the fixture `dynamodb` has, and how it behaves",
    )


@pytest.fixture(scope="session")
def dynamodb_seed() -> Seed | None:
    """Override this to seed: return a function that is given a database, once, before the first
    test. Clients made in it talk to that database. Every test gets a fork of what it left."""
    return None


@pytest.fixture
def dynamodb(request: pytest.FixtureRequest, dynamodb_seed: Seed | None) -> Iterator[Database]:
    """A DynamoDB of the test's own, in this process. Every client of boto3 and aiobotocore talks
    to it while the test runs."""
    settings: dict[str, Setting] = {}
    marks = list(request.node.iter_markers(_MARK))
    # The mark next to the test comes first, and has the last word.
    for mark in reversed(marks):
        settings |= {name: value for name, value in mark.kwargs.items() if name not in _CONTENTS}
    db = _fresh(dynamodb_seed, settings)
    for mark in reversed(marks):
        _fill(db, mark.kwargs.get("tables", {}), mark.kwargs.get("seed", {}))
    with mock(db):
        yield db


@pytest.fixture
def dynamodb_factory(dynamodb_seed: Seed | None) -> Iterator[Callable[..., Database]]:
    """Makes databases: `dynamodb_factory(tables=..., seed=..., **settings)`. Clients talk to the
    one that was made last."""
    made: list[mock] = []

    def make(
        tables: Mapping[str, Any] = {}, seed: Mapping[str, Any] = {}, **settings: Setting
    ) -> Database:
        db = _fresh(dynamodb_seed, settings)
        _fill(db, tables, seed)
        made.append(mock(db))
        return made[-1].__enter__()

    yield make
    while made:
        made.pop().__exit__()


_CONTENTS = ("tables", "seed")


def _fresh(seed: Seed | None, settings: Mapping[str, Setting]) -> Database:
    if seed is None:
        return Database(**settings)
    if settings:
        # Another emulator: what was seeded is of one that behaves otherwise.
        return _sown(seed, Database(**settings))
    if seed not in _seeded:
        _seeded[seed] = _sown(seed, Database())
    return _seeded[seed].fork()


def _sown(seed: Seed, db: Database) -> Database:
    with mock(db):
        seed(db)
    db.forget_requests()
    return db


def _fill(db: Database, tables: Mapping[str, Any], seed: Mapping[str, Any]) -> None:
    for name, key in tables.items():
        db.create_table(name, *([key] if isinstance(key, str) else key))
    db.seed(seed)

"""The plugin of pytest. It is there as soon as the package is installed."""

from __future__ import annotations

import hashlib
import re
import shlex
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args
from weakref import WeakKeyDictionary

import pytest

from .cassette import Cassette, CassetteError, Record
from .database import Database, Setting
from .patching import mock, patch, unpatch
from .report import Report
from .server import Server

Seed = Callable[[Database], None]
_MARK = "dynamodb"
# What a seed made, for the tests that are given a fork of it. The key is the seed itself, so one
# that is made anew for each test is forgotten with it.
_seeded: WeakKeyDictionary[Any, Database] = WeakKeyDictionary()
_passed = pytest.StashKey[bool]()
_used = pytest.StashKey[Report]()


class UnusedReadWarning(UserWarning):
    """Recorded reads were not asked for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options of tapes and of the report."""
    group = parser.getgroup("dynatape", "DynamoDB")
    group.addoption(
        "--dynatape-record",
        choices=get_args(Record),
        default="auto",
        help="when tapes are recorded: where there is none (auto), what they do not hold (new), "
        "all of it (rewrite), never (off)",
    )
    group.addoption(
        "--dynatape-upstream",
        metavar="WHO",
        help="who answers while a tape is recorded: aws, emulator or a URL",
    )
    group.addoption(
        "--dynatape-report",
        action="store_true",
        help="print what the tests used of DynamoDB's capacity, and what their tables held",
    )
    parser.addini("dynatape_upstream", "who answers while a tape is recorded", default="aws")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line(
        "markers",
        f"{_MARK}(tables={{name: key or (key, sort_key)}}, seed={{name: [items]}}, **settings): "
        "what the database of the fixture `dynamodb` has, and how it behaves",
    )
    config.stash[_used] = Report()
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_Workers(), "dynatape-workers")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows what a tape missed with what it made fail."""
    report = yield
    if report.when == "call":
        item.stash[_passed] = report.passed
        cassette = getattr(item, "funcargs", {}).get("dynamodb_cassette")
        if cassette is not None and report.failed and cassette.misses:
            report.sections.append(("dynatape replay misses", "\n".join(cassette.misses)))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A miss that the test did not mind fails it."""
    outcome = yield
    cassette = pyfuncitem.funcargs.get("dynamodb_cassette")
    if isinstance(cassette, Cassette) and cassette.misses:
        raise CassetteError(f"{len(cassette.misses)} requests were not recorded")
    return outcome


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Prints what the tests used."""
    if config.getoption("dynatape_report"):
        terminalreporter.section("DynamoDB")
        terminalreporter.write_line(str(config.stash[_used]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells what its tests used."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["dynatape"] = session.config.stash[_used].to_json()


class _Workers:
    """What workers of pytest-xdist tell."""

    def pytest_testnodedown(self, node: Any) -> None:
        """Adds what a worker's tests used."""
        told = getattr(node, "workeroutput", {}).get("dynatape")
        if told is not None:
            node.config.stash[_used].add(Report.from_json(told))


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
    _done(db, request.config)


@pytest.fixture
def dynamodb_factory(
    request: pytest.FixtureRequest, dynamodb_seed: Seed | None
) -> Iterator[Callable[..., Database]]:
    """Makes databases: `dynamodb_factory(tables=..., seed=..., **settings)`. Clients talk to the
    one that was made last."""
    made: list[Database] = []

    def make(
        tables: Mapping[str, Any] = {}, seed: Mapping[str, Any] = {}, **settings: Setting
    ) -> Database:
        db = _fresh(dynamodb_seed, settings)
        _fill(db, tables, seed)
        made.append(patch(db))
        return db

    yield make
    while made:
        db = made.pop()
        unpatch(db)
        _done(db, request.config)


@pytest.fixture(scope="session")
def dynamodb_server() -> Iterator[Server]:
    """A server in a process of its own, for programs that are no Python. All tests of the session
    (with pytest-xdist: of the worker) share it."""
    with Server() as server:
        yield server


@pytest.fixture
def dynamodb_cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """A tape of the test's own: what DynamoDB answered when it was recorded, it answers again."""
    item, config = request.node, request.config
    cassette = Cassette(
        _tape_of(item),
        record=config.getoption("dynatape_record"),
        upstream=config.getoption("dynatape_upstream") or config.getini("dynatape_upstream"),
        fix=f"pytest {shlex.quote(item.nodeid)} --dynatape-record=rewrite",
    )
    patch(cassette)
    try:
        yield cassette
    finally:
        unpatch(cassette)
        passed = item.stash.get(_passed, False)
        reads = cassette.unused_reads
        cassette.close(passed)
    if passed and reads:
        told = "recorded reads were not asked for: " + ", ".join(reads)
        warnings.warn(f"{cassette.path}: {told}", UnusedReadWarning, stacklevel=1)


_CONTENTS = ("tables", "seed")


def _tape_of(item: pytest.Item) -> Path:
    """`tapes/test_orders/TestOrders.test_one.tape` beside `test_orders.py`."""
    file = Path(item.path)
    name = ".".join(item.nodeid.split("::")[1:])
    plain = re.sub(r"[^\w.]+", "-", name, flags=re.ASCII).strip("-")[:100]
    if plain != re.sub(r"[\[\]-]+", "-", name).strip("-"):
        # What has become alike by this is told apart.
        plain += "-" + hashlib.sha256(name.encode()).hexdigest()[:8]
    return file.parent / "tapes" / file.stem / f"{plain}.tape"


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


def _done(db: Database, config: pytest.Config) -> None:
    db.close()
    if config.getoption("dynatape_report"):
        config.stash[_used].add(db.report())

"""For suites written for `pydynox.testing`: the same names, over an emulator of DynamoDB.

    from dynatape.pydynox import MemoryBackend

and in a conftest.py, instead of the fixtures that come with pydynox:

    from dynatape.pydynox import *

pydynox sends with a client of its own, so this one listens on a port of this machine. Tables have
the keys and indexes of their models, and what DynamoDB refuses is refused."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

import pytest
from pydynox import DynamoDBClient, Model
from pydynox.config import clear_default_client, get_default_client, set_default_client

from .database import Database

_Function = TypeVar("_Function", bound=Callable[..., Any])
Seed = Mapping[str, Iterable[Mapping[str, Any]]]


class MemoryBackend:
    """A DynamoDB for a `with` block or, as a decorator, for a function, with a table for each model
    (for each of `models`, if some are given) that is defined by then; where several have a table in
    common it is made for the first."""

    def __init__(
        self,
        seed: Seed | None = None,
        strict: bool = True,
        *,
        models: Iterable[Any] | None = None,
    ) -> None:
        # `strict` or not: there are no values but those of DynamoDB.
        self._seed = seed or {}
        self._models = None if models is None else list(models)
        self._entered: list[tuple[Database, Database, Any, Any]] = []

    def __enter__(self) -> MemoryBackend:
        db = Database()
        client = DynamoDBClient(
            region="us-east-1",
            access_key="dynatape",
            secret_key="dynatape",
            endpoint_url=db.endpoint_url,
            max_retries=1,
        )
        before = get_default_client()
        _forget_clients()
        set_default_client(client)
        for model in _defined(Model) if self._models is None else self._models:
            config: Any = getattr(model, "model_config", None)
            if config is not None and config.table not in db.tables():
                model.sync_create_table()
        empty = db.snapshot()
        db.seed(self._seed)
        db.forget_requests()
        self._entered.append((db, empty, client, before))
        return self

    def __exit__(self, *raised: object) -> None:
        db, _, _, before = self._entered.pop()
        _forget_clients()
        if before is None:
            clear_default_client()
        else:
            set_default_client(before)
        db.close()

    def __call__(self, tried: _Function) -> _Function:
        if inspect.iscoroutinefunction(tried):

            @functools.wraps(tried)
            async def wrapped(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await tried(*args, **kwargs)

        else:

            @functools.wraps(tried)
            def wrapped(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return tried(*args, **kwargs)

        return cast(_Function, wrapped)

    @property
    def db(self) -> Database:
        """The database itself."""
        if not self._entered:
            raise RuntimeError("MemoryBackend is only there within its context")
        return self._entered[-1][0]

    @property
    def client(self) -> Any:
        """The client that the models use."""
        if not self._entered:
            raise RuntimeError("MemoryBackend is only there within its context")
        return self._entered[-1][2]

    @property
    def tables(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The tables that hold something: their items by key, `"pk"` or `"pk|sk"`."""
        if not self._entered:
            return {}
        tables = {}
        for name in self.db.tables():
            if items := self.db.items(name):
                schema = self.db.call("DescribeTable", TableName=name)["Table"]["KeySchema"]
                keys = [key["AttributeName"] for key in schema]
                tables[name] = {"|".join(str(item[key]) for key in keys): item for item in items}
        return tables

    def clear(self) -> None:
        """Takes all items out of all tables."""
        if self._entered:
            db, empty, _, _ = self._entered[-1]
            db.restore(empty)


@pytest.fixture
def pydynox_memory_backend() -> Iterator[MemoryBackend]:
    """Empty tables."""
    with MemoryBackend() as backend:
        yield backend


@pytest.fixture
def pydynox_memory_backend_factory() -> type[MemoryBackend]:
    """Makes more of them: `with pydynox_memory_backend_factory(seed=...)`."""
    return MemoryBackend


@pytest.fixture
def pydynox_seed() -> Seed:
    """Override this: what `pydynox_memory_backend_seeded` begins with."""
    return {}


@pytest.fixture
def pydynox_memory_backend_seeded(pydynox_seed: Seed) -> Iterator[MemoryBackend]:
    """Tables with what `pydynox_seed` says."""
    with MemoryBackend(seed=pydynox_seed) as backend:
        yield backend


def _defined(base: Any) -> Iterator[Any]:
    for model in base.__subclasses__():
        yield model
        yield from _defined(model)


def _forget_clients() -> None:
    # Each model keeps the client that it found first.
    for model in _defined(Model):
        if hasattr(model, "_client_instance"):
            model._client_instance = None


__all__ = [
    "MemoryBackend",
    "pydynox_memory_backend",
    "pydynox_memory_backend_factory",
    "pydynox_memory_backend_seeded",
    "pydynox_seed",
]

"""What DynamoDB is asked in this process goes to a database in it: `mock`, `patch`, `unpatch`."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast, overload

from . import _aiobotocore, _botocore
from ._endpoint import Answers
from .database import Database, Setting

_Result = TypeVar("_Result")
_Answers = TypeVar("_Answers", bound=Answers)

_changing = threading.Lock()
_in_use: list[Answers] = []


@overload
def patch(db: None = None) -> Database: ...
@overload
def patch(db: _Answers) -> _Answers: ...
def patch(db: Answers | None = None) -> Answers:
    """From now on every client of DynamoDB, made before or after, in every thread, talks to `db`
    (to a new database, if none is given) until `unpatch`. Other services go where they went."""
    db = Database() if db is None else db
    with _changing:
        if not _in_use:
            _botocore.install(_current)
            _aiobotocore.install(_current)
        _in_use.append(db)
    return db


def unpatch(db: Answers | None = None) -> None:
    """Takes back the last `patch` (of this database, if one is given). Does nothing if there is
    none to take back."""
    with _changing:
        for at in reversed(range(len(_in_use))):
            if db is None or _in_use[at] is db:
                del _in_use[at]
                break
        else:
            return
        if not _in_use:
            _aiobotocore.remove()
            _botocore.remove()


def _current() -> Answers | None:
    # Somebody's call may be under way when the last is taken back.
    try:
        return _in_use[-1]
    except IndexError:
        return None


class mock:  # noqa: N801 - it is used as a function is
    """A new database for a `with` block or, as a decorator, for each call of a function:

        with dynatape.mock() as db: ...

        @dynatape.mock()
        def test_orders(): ...

    A parameter called `db` of a decorated function is given the database."""

    def __init__(self, db: Database | None = None, **settings: Setting) -> None:
        if db is not None and settings:
            raise TypeError("settings are for a new database, not for one that is there")
        self._settings = settings
        self._given = db
        self._entered: list[Database] = []

    def __enter__(self) -> Database:
        db = Database(**self._settings) if self._given is None else self._given
        self._entered.append(patch(db))
        return db

    def __exit__(self, *_: object) -> None:
        unpatch(self._entered.pop())

    async def __aenter__(self) -> Database:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.__exit__()

    def __call__(self, tried: Callable[..., _Result]) -> Callable[..., _Result]:
        wants_db = "db" in inspect.signature(tried).parameters

        def fresh() -> mock:
            return mock(self._given, **self._settings)

        # Nothing of it is kept between calls: they may be of several threads at once.
        if inspect.iscoroutinefunction(tried):

            @functools.wraps(tried)
            async def wrapped(*args: Any, **kwargs: Any) -> Any:
                with fresh() as db:
                    return await tried(*args, **({"db": db} | kwargs if wants_db else kwargs))

        else:

            @functools.wraps(tried)
            def wrapped(*args: Any, **kwargs: Any) -> Any:
                with fresh() as db:
                    return tried(*args, **({"db": db} | kwargs if wants_db else kwargs))

        if wants_db:
            # pytest looks for fixtures by the signature: `db` is none of them.
            signature = inspect.signature(tried)
            kept = [part for name, part in signature.parameters.items() if name != "db"]
            wrapped.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return cast(Callable[..., _Result], wrapped)

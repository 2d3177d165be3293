"""A tape: DynamoDB's answers, recorded once and given again without it."""

from __future__ import annotations

import os
import threading
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Literal

from . import patching
from ._endpoint import Endpoint
from ._native import Tape
from .request import Answer, Headers, Request

Record = Literal["auto", "new", "rewrite", "off"]


class CassetteError(AssertionError):
    """A replay was not what was recorded, or a recording could not be kept."""


class Cassette:
    """A tape that answers, or that is recorded.

        with dynatape.Cassette("orders.tape", upstream="aws") as cassette:
            ...  # every client of DynamoDB talks to it

    `record` is `auto` (record where there is no tape), `new` (record what it does not hold),
    `rewrite` (record all of it anew) or `off`. With `CI=true` in the environment nothing is
    recorded but by `rewrite`. `upstream` is who answers while recording: `aws` (as yourself, in
    `region` or that of the environment), `emulator`, or a URL. `fix` is what a miss says to do."""

    # What answers a write may have to wait for the writes before it.
    waits = True

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        record: Record = "auto",
        upstream: str = "aws",
        region: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if upstream == "aws" and region is None:
            region = _region()
        if fix is None:
            fix = f"Cassette({str(self.path)!r}, record='new')"
        try:
            self._tape = Tape(os.path.abspath(self.path), record, upstream, region, fix)
        except RuntimeError as error:
            raise CassetteError(str(error)) from None
        self._requests: list[Request] = []
        self._endpoint: Endpoint | None = None
        self._changing = threading.Lock()

    @property
    def records(self) -> bool:
        """Whether it is recorded; else it answers."""
        return self._tape.records

    def answer(self, headers: Headers, body: bytes) -> Answer:
        """Answers one request of a client: status, headers and body."""
        status, sent, answered = self._tape.call(headers, body)
        request = Request.of(headers, body, status, answered)
        self._requests.append(request)
        return status, sent, answered

    @property
    def requests(self) -> list[Request]:
        """What clients asked so far, in order."""
        return list(self._requests)

    @property
    def misses(self) -> list[str]:
        """The reports on what was asked and is not on the tape."""
        return [report for _, report in self._tape.status().get("misses", [])]

    @property
    def unused_writes(self) -> list[str]:
        """The ids of writes that are on the tape and were not made."""
        ids: list[str] = self._tape.status().get("unused_writes", [])
        return ids

    @property
    def unused_reads(self) -> list[str]:
        """The ids of reads that are on the tape and were not asked for."""
        ids: list[str] = self._tape.status().get("unused_reads", [])
        return ids

    @property
    def endpoint_url(self) -> str:
        """Where it listens, for clients in this process that do not send with botocore."""
        with self._changing:
            if self._endpoint is None:
                self._endpoint = Endpoint(self)
            return self._endpoint.url

    def close(self, ok: bool = True) -> None:
        """Closes it. A recording becomes the tape, if the program was content (`ok`), and if it
        replays; else it is written beside it. Raises `CassetteError` if it could not be kept and,
        after a replay that was `ok`, if something was missed or a recorded write was not made."""
        with self._changing:
            if self._endpoint is not None:
                self._endpoint.close()
                self._endpoint = None
        try:
            ended = self._tape.close(ok)
        except RuntimeError as error:
            raise CassetteError(str(error)) from None
        if not ok:
            return
        reasons = ended.get("reasons", [])
        if self.records and ended.get("path") is None:
            # A test that asks nothing needs no tape.
            return
        if reasons:
            raise CassetteError("\n".join([*reasons, f"what was recorded is in {ended['path']}"]))
        wrong = self.misses
        if unused := self.unused_writes:
            wrong.append("recorded writes were not made:\n  " + "\n  ".join(unused))
        if wrong:
            raise CassetteError("\n".join(wrong))

    def __enter__(self) -> Cassette:
        patching.patch(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        patching.unpatch(self)
        self.close(kind is None)

    async def __aenter__(self) -> Cassette:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)


def _region() -> str | None:
    # The configuration files know one, too.
    try:
        import botocore.session
    except ImportError:
        return None
    region: str | None = botocore.session.get_session().get_config_variable("region")
    return region



"""One request that a database was asked, and how it went."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Headers = list[tuple[str, bytes]]
Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass(frozen=True)
class Used:
    """Capacity that a request used of a table, or of one of its global indexes."""

    table: str
    index: str | None
    write: bool
    """Whether they are units of writes, not of reads."""
    units: float


@dataclass(frozen=True)
class Request:
    """One request, and its answer."""

    operation: str
    """What was asked for: `PutItem`."""
    status: int
    """The HTTP status of the answer."""
    sent: bytes
    """The body of the request, as it was sent."""
    answered: bytes
    """The body of the answer."""
    region: str = "us-east-1"
    """The region that it was signed for."""
    at: float = field(default_factory=time.time)
    """When it was answered, by the database's clock: seconds since 1970."""
    used: tuple[Used, ...] = ()
    """What it used of the capacity of tables and indexes. Empty on a tape."""

    @staticmethod
    def of(
        headers: Headers, sent: bytes, status: int, answered: bytes, **more: Any
    ) -> Request:
        """A request with these headers."""
        named = {name.lower(): value for name, value in headers}
        operation = named.get("x-amz-target", b"").decode().rpartition(".")[2]
        signed = named.get("authorization", b"").decode("latin-1")
        # Credential=KEY/20260101/us-east-1/dynamodb/aws4_request: a key may have slashes.
        scope = signed.partition("Credential=")[2].partition(",")[0].split("/")
        region = scope[-3] if len(scope) >= 5 else "us-east-1"
        return Request(operation, status, sent, answered, region, **more)

    @cached_property
    def body(self) -> dict[str, Any]:
        """The parameters."""
        body: dict[str, Any] = json.loads(self.sent)
        return body

    @cached_property
    def response(self) -> dict[str, Any]:
        """The answer."""
        response: dict[str, Any] = json.loads(self.answered)
        return response

    @property
    def error(self) -> str | None:
        """The error's name (`ConditionalCheckFailedException`), if it was one."""
        if self.status < 300:
            return None
        return str(self.response.get("__type", "")).rpartition("#")[2]

"""One request that a database was asked, and how it went."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any


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

"""Attributes of other people's classes, and how to put back what was there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Replaced:
    """Attributes that were replaced."""

    def __init__(self) -> None:
        self._before: list[tuple[type, str, Any, bool]] = []

    def replace(self, owner: type, name: str, by: Callable[[Any], Any]) -> None:
        """Replaces an attribute by what `by` makes of it."""
        before = getattr(owner, name)
        self._before.append((owner, name, before, name in vars(owner)))
        setattr(owner, name, by(before))

    def put_back(self) -> None:
        """Puts back all of them."""
        while self._before:
            owner, name, before, own = self._before.pop()
            if own:
                setattr(owner, name, before)
            else:
                delattr(owner, name)

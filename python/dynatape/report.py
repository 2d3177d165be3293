"""What a program used of DynamoDB, and what it would need there: throughput and storage."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .request import Request

# The service bills them for each item, and for each item of an index, beside what is in it (the
# developer guide and the pricing page of DynamoDB).
OVERHEAD = 100


@dataclass(frozen=True)
class Place:
    """A table, or one of its indexes."""

    region: str
    table: str
    index: str | None = None

    def __lt__(self, other: Place) -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[str, str, str]:
        return self.region, self.table, self.index or ""

    def __str__(self) -> str:
        return f"{self.table}/{self.index}" if self.index else self.table


@dataclass
class Usage:
    """What an operation used of a table or an index."""

    requests: int = 0
    read: float = 0.0
    """Read capacity units."""
    write: float = 0.0
    """Write capacity units."""


@dataclass
class Peak:
    """The most that was used of a table or an index in one second of a database's clock."""

    read: float = 0.0
    write: float = 0.0

    @property
    def provisioned(self) -> tuple[int, int]:
        """The read and write units to provision, so that this second needs no burst."""
        return max(1, math.ceil(self.read)), max(1, math.ceil(self.write))


@dataclass
class Stored:
    """What a table or an index holds."""

    items: int = 0
    bytes: int = 0
    """As DescribeTable counts: names and values."""

    @property
    def billed(self) -> int:
        """Bytes with the 100 of each item that the service adds."""
        return self.bytes + OVERHEAD * self.items


class Report:
    """What was used and what is stored. `str` of it has lines of at most 80 columns.

    A write that was refused by its condition uses nothing here; the service charges it."""

    def __init__(self) -> None:
        self.usage: dict[tuple[Place, str], Usage] = {}
        """By table or index, and operation."""
        self.peaks: dict[Place, Peak] = {}
        self.stored: dict[Place, Stored] = {}

    def add_requests(self, requests: Iterable[Request]) -> None:
        """Adds what the requests of one database used."""
        seconds: dict[tuple[Place, int], Peak] = defaultdict(Peak)
        for request in requests:
            places = set()
            for used in request.used:
                place = Place(request.region, used.table, used.index)
                usage = self.usage.setdefault((place, request.operation), Usage())
                usage.requests += place not in places
                places.add(place)
                second = seconds[place, int(request.at)]
                if used.write:
                    usage.write += used.units
                    second.write += used.units
                else:
                    usage.read += used.units
                    second.read += used.units
        for (place, _), second in seconds.items():
            self._peaked(place, second)

    def add(self, other: Report) -> None:
        """Adds what another database was used for. Peaks and what is stored are the larger of
        both: databases of tests have nothing to do with each other."""
        for (place, operation), more in other.usage.items():
            usage = self.usage.setdefault((place, operation), Usage())
            usage.requests += more.requests
            usage.read += more.read
            usage.write += more.write
        for place, peak in other.peaks.items():
            self._peaked(place, peak)
        for place, held in other.stored.items():
            self.holds(place, held)

    def holds(self, place: Place, held: Stored) -> None:
        """Takes note of what a table or an index holds, if it is the most so far."""
        known = self.stored.get(place)
        if known is None or known.billed < held.billed:
            self.stored[place] = held

    def _peaked(self, place: Place, second: Peak) -> None:
        peak = self.peaks.setdefault(place, Peak())
        peak.read = max(peak.read, second.read)
        peak.write = max(peak.write, second.write)

    def total(self, place: Place) -> Usage:
        """What all operations used of a table or an index."""
        total = Usage()
        for (used, _), usage in self.usage.items():
            if used == place:
                total.requests += usage.requests
                total.read += usage.read
                total.write += usage.write
        return total

    def to_json(self) -> str:
        """As text that `from_json` reads."""

        def of(place: Place) -> list[str | None]:
            return [place.region, place.table, place.index]

        return json.dumps({
            "usage": [[*of(at), of_, vars(usage)] for (at, of_), usage in self.usage.items()],
            "peaks": [[*of(at), vars(peak)] for at, peak in self.peaks.items()],
            "stored": [[*of(at), vars(held)] for at, held in self.stored.items()],
        })

    @staticmethod
    def from_json(text: str) -> Report:
        """Reads what `to_json` wrote."""
        told = json.loads(text)
        report = Report()
        report.usage = {(Place(*at), of_): Usage(**more) for *at, of_, more in told["usage"]}
        report.peaks = {Place(*at): Peak(**more) for *at, more in told["peaks"]}
        report.stored = {Place(*at): Stored(**more) for *at, more in told["stored"]}
        return report

    def __str__(self) -> str:
        lines = [_row("used: table/index, operation", "requests", "RCU", "WCU")]
        for place, operation in sorted(self.usage, key=lambda key: (key[0], key[1])):
            usage = self.usage[place, operation]
            lines.append(_row(f"{place} {operation}", usage.requests, usage.read, usage.write))
        if not self.usage:
            lines.append("  nothing")
        lines.append(_row("most in a second, to provision", "", "RCU", "WCU"))
        for place, peak in sorted(self.peaks.items(), key=lambda one: one[0]):
            lines.append(_row(str(place), "", *peak.provisioned))
        lines.append(_row("stored: table/index", "items", "bytes", "billed"))
        for place, held in sorted(self.stored.items(), key=lambda one: one[0]):
            lines.append(_row(str(place), held.items, held.bytes, held.billed))
        return "\n".join(lines)


def _row(what: str, *figures: float | str) -> str:
    """80 columns."""
    shown = [figure if isinstance(figure, str) else f"{figure:,.10g}" for figure in figures]
    room = 80 - 13 * 3
    what = what if len(what) <= room else what[: room - 3] + "..."
    return (f"{what:<{room}}" + "".join(f"{figure:>13}" for figure in shown)).rstrip()

"""Good and bad events by time: in minutes, hours and local days, each bounded."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from enum import IntEnum
from typing import NamedTuple

from .cells import Cell
from .ledger import DAYS_KEPT, MINUTES_KEPT, Part, local_day

HOURS_KEPT = 4 * 24

OPEN = 1
"""In place of a latency bucket: a minute that may yet turn bad, unknown to hours and days."""

_MOST = 2**32 - 1

_LAST_MINUTE = 4_200_000_000
"""In the year 9955: not much later, minutes have no date any more."""


class Verdict(IntEnum):
    """What became of an event; the numbers are stored, so they never change.

    Where several happened in one minute, the greatest speaks for it.
    """

    GOOD = 0
    BAD = 1
    EXCLUDED = 2


class Resolution(IntEnum):
    """How long a slot of time is."""

    MINUTE = 0
    HOUR = 1
    DAY = 2


class Window(NamedTuple):
    """Some slots in a row, in the finest resolution that is kept as long."""

    resolution: Resolution
    slots: range


class Series:
    """Events of a few kinds: per minute for 6 hours, per hour for 4 days, per day for 35 days.

    Unlike a ledger's, its rows are so few that each window is read by looking up its slots:
    the burn rates of every objective are wanted in each cycle. A slot takes events in any order,
    also one that comes again because the clock was set back: what it counts did happen.
    """

    def __init__(self, kinds: int, zone: tzinfo = UTC) -> None:
        """Start empty, with days of this time zone."""
        self._kinds = kinds
        self._zone = zone
        self._rows: tuple[dict[int, list[int]], ...] = tuple({} for _ in Resolution)

    def add(self, at: float, kind: int, verdict: Verdict) -> None:
        """Count one event."""
        for resolution in Resolution:
            self._count(resolution, Cell(self.slot(resolution, at), kind, verdict, 0, 1))

    def slot(self, resolution: Resolution, at: float) -> int:
        """Return the slot of a time; a day is a proleptic Gregorian ordinal."""
        if resolution is Resolution.DAY:
            return local_day(at, self._zone)
        return int(at // (60 if resolution is Resolution.MINUTE else 3600))

    def start_of_day(self, day: int) -> float:
        """Return when a local day begins."""
        return datetime.fromordinal(day).replace(tzinfo=self._zone).timestamp()

    def window(self, seconds: float, until: float) -> Window:
        """Return as many slots as make up so many seconds; the last is that of `until`.

        Whole slots, the one that is not over included: the five minutes until 12:34:20 began at
        12:30, the 28 days until then 27 local midnights before the last.
        """
        minutes = round(seconds / 60)
        if minutes <= MINUTES_KEPT:
            resolution, count = Resolution.MINUTE, minutes
        elif minutes <= HOURS_KEPT * 60:
            resolution, count = Resolution.HOUR, round(minutes / 60)
        else:
            resolution, count = Resolution.DAY, round(minutes / 1440)
        end = self.slot(resolution, until) + 1
        return Window(resolution, range(end - max(count, 0), end))

    def counts(self, kind: int, window: Window) -> list[int]:
        """Return the events of a window, by verdict."""
        rows = self._rows[window.resolution]
        first = kind * len(Verdict)
        counts = [0] * len(Verdict)
        # Every look comes by here several times.
        for slot in window.slots:
            if (row := rows.get(slot)) is not None:
                for verdict in Verdict:
                    counts[verdict] += row[first + verdict]
        return counts

    def forget(self, now: float) -> None:
        """Drop what is older than is kept."""
        kept = (MINUTES_KEPT, HOURS_KEPT, DAYS_KEPT)
        for resolution, rows, count in zip(Resolution, self._rows, kept, strict=True):
            oldest = self.slot(resolution, now) - count
            for slot in [slot for slot in rows if slot <= oldest]:
                del rows[slot]

    def part(self) -> Part:
        """Return a copy of everything, for storage."""
        minutes, hours, days = (tuple(self._cells(resolution)) for resolution in Resolution)
        return Part((), (), minutes, hours, days)

    def restore(self, part: Part) -> None:
        """Add a part made by `part`, whose numbers all mean something."""
        cells_by_resolution = (part.minutes, part.hours, part.days)
        for resolution, cells in zip(Resolution, cells_by_resolution, strict=True):
            for cell in cells:
                self._count(resolution, cell)

    def _count(self, resolution: Resolution, cell: Cell) -> None:
        empty = [0] * (self._kinds * len(Verdict))
        row = self._rows[resolution].setdefault(cell.slot, empty)
        column = cell.tool * len(Verdict) + cell.code
        row[column] = min(_MOST, row[column] + cell.calls)

    def _cells(self, resolution: Resolution) -> Iterator[Cell]:
        for slot, row in sorted(self._rows[resolution].items()):
            for column, events in enumerate(row):
                if events:
                    yield Cell(slot, *divmod(column, len(Verdict)), 0, events)


def check(part: Part, *, kinds: int) -> None:
    """Raise IndexError if a row of a stored part holds a number that means nothing."""
    for cell in (*part.minutes, *part.hours, *part.days):
        if cell.tool >= kinds or cell.code >= len(Verdict):
            raise IndexError("kind or verdict")
    for cell in part.minutes:
        if cell.bucket > OPEN or cell.slot > _LAST_MINUTE:
            raise IndexError("bucket or minute")

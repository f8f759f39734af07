"""What was called, how it ended and how long it took: bounded counts by time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from .cells import Cell, Cells
from .faults import BUDGET_FAULTS, Fault, classify
from .histogram import BUCKETS, bucket_of, quantile
from .observation import ToolCall

MINUTES_KEPT = 6 * 60
DAYS_KEPT = 35
LATE_CALLS = timedelta(hours=1)
"""A day stays open this long after midnight, for calls that are read later than they ended."""

OTHER = "other"
MAX_NAMES = 1_000
"""Distinct tools (and codes) told apart; more than this are counted as `other`."""

SUCCESS = 0
NO_CODE = 1
_FIRST_CODES = ("", "none")

_LAST_HOUR = 70_000_000
"""In the year 9955: not much later, hours have no date any more."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The calls of some time, added up: by fault, by latency bucket, by error code."""

    by_fault: tuple[int, ...] = (0,) * len(Fault)
    latency: tuple[int, ...] = (0,) * BUCKETS
    codes: tuple[tuple[str, int], ...] = ()

    @property
    def calls(self) -> int:
        """All calls."""
        return sum(self.by_fault)

    @property
    def errors(self) -> int:
        """Calls that failed, whosever fault it was."""
        return self.calls - self.by_fault[Fault.NONE]

    @property
    def bad(self) -> int:
        """Calls that failed by the server's fault or its link's."""
        return sum(self.by_fault[fault] for fault in BUDGET_FAULTS)

    @property
    def valid(self) -> int:
        """Calls the server could be held to: those that succeeded, and the bad ones."""
        return self.by_fault[Fault.NONE] + self.bad

    @property
    def error_rate(self) -> float | None:
        """Bad calls in percent of valid ones; None without a valid call."""
        return 100 * self.bad / self.valid if self.valid else None

    @property
    def caller_error_rate(self) -> float | None:
        """Calls that asked for something wrong, in percent of all; None without a call."""
        return 100 * self.by_fault[Fault.CALLER] / self.calls if self.calls else None

    def p95(self, min_calls: int) -> float | None:
        """Return the 95th percentile of the duration in seconds; None under `min_calls`."""
        return None if self.calls < min_calls else quantile(self.latency, 0.95)


def local_day(at: float, zone: tzinfo) -> int:
    """Return the local day of a time, as proleptic Gregorian ordinal."""
    # Whole seconds: `fromtimestamp` would round the last moment of a day up to the next.
    return datetime.fromtimestamp(at // 1, zone).toordinal()


def together(totals: Iterable[Totals]) -> Totals:
    """Return several totals as one."""
    totals = tuple(totals)
    codes: Counter[str] = Counter()
    for each in totals:
        codes.update(dict(each.codes))
    return Totals(
        _sums((0,) * len(Fault), *(each.by_fault for each in totals)),
        _sums((0,) * BUCKETS, *(each.latency for each in totals)),
        _ranked(codes),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """A copy of some of the ledger, for storage: rows that name tools and codes by number."""

    tools: tuple[str, ...]
    codes: tuple[str, ...]
    minutes: tuple[Cell, ...] = ()
    hours: tuple[Cell, ...] = ()
    days: tuple[Cell, ...] = ()


class Ledger:
    """Calls per minute for 6 hours, per hour for 35 days, per day for 35 days.

    Minutes and days know tool and error code; hours only whose fault a failure was.
    Days are local, because reports are about a person's days. No method reads a clock.
    """

    def __init__(self, zone: tzinfo = UTC) -> None:
        """Start empty, with days of this time zone."""
        self._zone = zone
        self._tools: dict[str, int] = {}
        self._codes: dict[str, int] = {name: number for number, name in enumerate(_FIRST_CODES)}
        self._minutes = Cells()
        self._hours = Cells()
        self._days = Cells()

    def add(self, call: ToolCall) -> None:
        """Count one call, at the time it started."""
        if call.success:
            code = SUCCESS
        elif not call.code:
            code = NO_CODE
        else:
            code = _number(self._codes, call.code)
        tool = _number(self._tools, call.tool)
        bucket = bucket_of(call.duration)
        self._minutes.add(Cell(int(call.started // 60), tool, code, bucket, 1))
        self._hours.add(Cell(int(call.started // 3600), 0, call.fault, bucket, 1))
        self._days.add(Cell(self.day_of(call.started), tool, code, bucket, 1))

    def totals(self, since: float, until: float, but: frozenset[int] = frozenset()) -> Totals:
        """Add up the minutes that begin in [since, until), at most 6 hours back.

        Left out are the minutes `but`, counted since 1970.
        """
        return self._add_up(self._between(since, until, but))

    def totals_by_tool(
        self, since: float, until: float, but: frozenset[int] = frozenset()
    ) -> dict[str, Totals]:
        """Add up the minutes of `totals` for each tool called in them."""
        return self._by_tool(self._between(since, until, but))

    def hour_totals(self, since: float, until: float) -> Totals:
        """Add up the hours that begin in [since, until); error codes are not kept that long."""
        first, last = -int(-since // 3600), -int(-until // 3600)
        cells = [cell for cell in self._hours if first <= cell.slot < last]
        return Totals(*_histograms(cells, lambda cell: Fault(cell.code)))

    def days_by_tool(self, days: range) -> dict[str, Totals]:
        """Add up some local days, given as ordinals, for each tool called in them."""
        return self._by_tool(cell for cell in self._days if cell.slot in days)

    def days_copied(self) -> Ledger:
        """Return a copy that has the days only, to be added up beside: that takes a while."""
        copy = Ledger(self._zone)
        copy._tools, copy._codes = dict(self._tools), dict(self._codes)
        copy._days = self._days.copied()
        return copy

    def tools_in_use(self, now: float) -> frozenset[str]:
        """Return the tools that were called within the days kept."""
        oldest = self.day_of(now) - DAYS_KEPT
        names = list(self._tools)
        return frozenset(names[cell.tool] for cell in self._days if cell.slot > oldest)

    def forget(self, now: float) -> None:
        """Drop what is older than is kept."""
        oldest_minute = int(now // 60) - MINUTES_KEPT
        oldest_day = self.day_of(now) - DAYS_KEPT
        self._minutes.keep(lambda slot: slot > oldest_minute)
        self._hours.keep(lambda slot: self.day_of(slot * 3600) > oldest_day)
        self._days.keep(lambda slot: slot > oldest_day)

    def day_of(self, at: float) -> int:
        """Return the local day of a time, as proleptic Gregorian ordinal."""
        return local_day(at, self._zone)

    def days(self) -> frozenset[int]:
        """Return the local days that have calls, as proleptic Gregorian ordinals."""
        return self._days.slots()

    def days_of(self, at: float) -> frozenset[int]:
        """Return the local days whose part tells of a call at this time.

        Two, where local days begin within a UTC hour: a part has the hours that begin in it.
        """
        return frozenset({self.day_of(at), self.day_of(at // 3600 * 3600)})

    def closed_days(self, now: float) -> frozenset[int]:
        """Return the days with calls that are over, late calls included."""
        open_from = self.day_of(now - LATE_CALLS.total_seconds())
        return frozenset(day for day in self.days() if day < open_from)

    def part(self, days: Callable[[int], bool], *, minutes: bool) -> Part:
        """Return a copy of the wanted days with their hours, and of the minutes if wanted."""
        hours = {slot for slot in self._hours.slots() if days(self.day_of(slot * 3600))}
        return Part(
            tools=tuple(self._tools),
            codes=tuple(self._codes),
            minutes=tuple(self._minutes) if minutes else (),
            hours=tuple(cell for cell in self._hours if cell.slot in hours),
            days=tuple(cell for cell in self._days if days(cell.slot)),
        )

    def restore(self, part: Part) -> None:
        """Add a part made by `part`.

        Raises IndexError if a row holds a number that means nothing; the ledger is unchanged
        then.
        """
        for cell in (*part.minutes, *part.days):
            if cell.tool >= len(part.tools) or cell.code >= len(part.codes):
                raise IndexError("tool or code")
        for cell in part.hours:
            if cell.code >= len(Fault) or cell.slot > _LAST_HOUR:
                raise IndexError("fault or hour")
        if any(cell.bucket >= BUCKETS for cell in (*part.minutes, *part.hours, *part.days)):
            raise IndexError("bucket")

        def renumbered(cell: Cell) -> Cell:
            tool = _number(self._tools, part.tools[cell.tool])
            code = _number(self._codes, part.codes[cell.code])
            return Cell(cell.slot, tool, code, cell.bucket, cell.calls)

        minutes = [renumbered(cell) for cell in part.minutes]
        days = [renumbered(cell) for cell in part.days]
        for series, cells in (
            (self._minutes, minutes),
            (self._hours, part.hours),
            (self._days, days),
        ):
            for cell in cells:
                series.add(cell)

    def nbytes(self) -> int:
        """Return the memory of all counts, in bytes."""
        return sum(cells.nbytes() for cells in (self._minutes, self._hours, self._days))

    def _between(self, since: float, until: float, but: frozenset[int]) -> Iterator[Cell]:
        first, last = -int(-since // 60), -int(-until // 60)
        return (
            cell for cell in self._minutes if first <= cell.slot < last and cell.slot not in but
        )

    def _by_tool(self, cells: Iterable[Cell]) -> dict[str, Totals]:
        by_tool: dict[int, list[Cell]] = {}
        for cell in cells:
            by_tool.setdefault(cell.tool, []).append(cell)
        names = list(self._tools)
        return {names[tool]: self._add_up(by_tool[tool]) for tool in sorted(by_tool)}

    def _add_up(self, cells: Iterable[Cell]) -> Totals:
        cells = list(cells)
        names = list(self._codes)
        codes: Counter[str] = Counter()
        for cell in cells:
            if cell.code != SUCCESS:
                codes[names[cell.code]] += cell.calls
        return Totals(*_histograms(cells, lambda cell: _fault(cell.code, names)), _ranked(codes))


def _fault(code: int, names: list[str]) -> Fault:
    if code == SUCCESS:
        return Fault.NONE
    return classify(None if code == NO_CODE else names[code])


def _histograms(
    cells: Iterable[Cell], fault_of: Callable[[Cell], Fault]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    by_fault = [0] * len(Fault)
    latency = [0] * BUCKETS
    for cell in cells:
        by_fault[fault_of(cell)] += cell.calls
        latency[cell.bucket] += cell.calls
    return tuple(by_fault), tuple(latency)


def _number(names: dict[str, int], name: str) -> int:
    if name not in names and len(names) >= MAX_NAMES:
        name = OTHER
    return names.setdefault(name, len(names))


def _sums(*rows: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True)))


def _ranked(codes: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(codes.items(), key=lambda item: (-item[1], item[0])))

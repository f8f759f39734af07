"""Objectives: how reliable the server shall be, what is left of its error budget.

Terms, windows and rates are those of Google's Site Reliability Workbook, chapter "Alerting on
SLOs": a budget is the part of valid events that may be bad, and at a burn rate of 1 it lasts
exactly as long as the objective's window.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from enum import StrEnum

from .cells import Cell
from .faults import BUDGET_FAULTS, Fault
from .ledger import Part
from .observation import ToolCall
from .series import OPEN, Resolution, Series, Verdict, Window, check
from .tally import Tally, budget_share

WINDOW_DAYS = 28
"""Four whole weeks, so that each has as many weekends: 27 local days and today."""


class Objective(StrEnum):
    """What a server is held to, over 28 days; stored by position, so new ones come last."""

    AVAILABILITY = "availability"
    TOOL_SUCCESS = "tool_success"
    LATENCY = "latency"
    STARTUP = "startup"


_NUMBERS = {objective: number for number, objective in enumerate(Objective)}


@dataclass(frozen=True, slots=True)
class Targets:
    """How much of each objective's valid events shall be good, in percent.

    `latency_seconds` and `startup_seconds` are how quick is good; events that were counted stay
    as they were when these change. A home sees about a dozen starts in 28 days: at 95 % the
    first slow one would be more than the budget.
    """

    availability: float = 99.5
    tool_success: float = 99.0
    latency: float = 95.0
    startup: float = 90.0
    latency_seconds: float = 2.0
    startup_seconds: float = 5.0

    def of(self, objective: Objective) -> float:
        """Return the target of an objective, in percent."""
        return {
            Objective.AVAILABILITY: self.availability,
            Objective.TOOL_SUCCESS: self.tool_success,
            Objective.LATENCY: self.latency,
            Objective.STARTUP: self.startup,
        }[objective]


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """A burn that is worth telling: at least `rate` over both windows, in seconds.

    The long window says that it matters, the short that it still goes on. With few events one
    failure is a high rate, so both need some bad events as well.
    """

    long: int
    short: int
    rate: float
    bad_in_long: int = 3
    bad_in_short: int = 1


FAST_BURN = BurnAlert(long=3600, short=300, rate=14.4)
"""2 % of a month's budget in an hour: a person is told."""

SLOW_BURN = BurnAlert(long=6 * 3600, short=30 * 60, rate=6)
"""5 % of a month's budget in six hours: no reason to wake anybody."""

THREE_DAYS = 3 * 86_400

BURN_WINDOWS = (300, 1800, 3600, 2 * 3600, 6 * 3600, 86_400, THREE_DAYS)
"""The windows whose burn rates are shown, in seconds: those of the workbook's four alerts."""


type Burn = Mapping[int, float | None]


@dataclass(frozen=True, slots=True)
class Budget:
    """How an objective was met over its window.

    `target` and `achieved` are percentages of valid events; `remaining` is the part of the error
    budget that is left, in percent of it: 100 if nothing is used, below 0 if more than all of
    it. Of availability the whole budget is that of 28 days, however few of them are known, so
    that it does not jump while a server is new; of other objectives it grows with the events.
    `remaining_minutes` is the same in minutes, where events are minutes. `burn` is the burn
    rate by window in seconds. `exhausted_in` is in days at the burn rate of the last three;
    None also if that takes longer than the window, after which used budget comes back.
    `unknown` is the part of the time since watching began, in percent, that nobody knows of;
    None where events are not minutes. Maintenance is no such time: `tally.excluded` has it.
    """

    target: float
    tally: Tally = field(default_factory=Tally)
    achieved: float | None = None
    remaining: float | None = None
    remaining_minutes: float | None = None
    burn: Burn = field(default_factory=dict)
    exhausted_in: float | None = None
    unknown: float | None = None


class Objectives:
    """What happened to the objectives of one server, as far as it must be known.

    Times are Unix seconds, targets percentages. Windows end now, or when something was last
    known: tool calls are read minutes after they ended, so their short windows should end when
    they were last read. No method reads a clock.
    """

    def __init__(
        self, zone: tzinfo = UTC, targets: Targets | None = None, *, since: float = 0.0
    ) -> None:
        """Start empty, with days of this time zone; `since` is when watching began."""
        self._targets = targets or Targets()
        self._since = since
        self._series = Series(len(Objective), zone)
        self._open: dict[int, Verdict] = {}

    def saw(self, at: float, good: bool | None, *, maintenance: bool) -> None:
        """Take in a look at the server; None proves nothing.

        Available or not is a minute, by the worst that was seen in it. A minute in which nothing
        was proved is unknown, one with any maintenance is left out.
        """
        if maintenance:
            self._see(int(at // 60), Verdict.EXCLUDED)
        elif good is not None:
            self._see(int(at // 60), Verdict.GOOD if good else Verdict.BAD)

    def called(self, call: ToolCall, *, excluded: bool) -> None:
        """Take in a tool call, at the time it started; faults of others are no event.

        `excluded` is for calls in maintenance, or while Home Assistant itself was away.
        """
        if call.fault is not Fault.NONE and call.fault not in BUDGET_FAULTS:
            return
        self._count(call.started, Objective.TOOL_SUCCESS, call.success, excluded)
        quick = call.duration < self._targets.latency_seconds
        self._count(call.started, Objective.LATENCY, quick, excluded)

    def started(self, at: float, seconds: float, *, excluded: bool) -> None:
        """Take in a start of the server that took so many seconds."""
        quick = seconds < self._targets.startup_seconds
        self._count(at, Objective.STARTUP, quick, excluded)

    def tally(self, objective: Objective, seconds: float, until: float) -> Tally:
        """Return the events of a window of so many seconds that ends then.

        Windows up to 6 hours are of minutes, up to 4 days of hours, longer ones of local days:
        whole ones, the last being the one that is not over.
        """
        return self._tally(objective, self._series.window(seconds, until))

    def tally_of_days(self, objective: Objective, days: range) -> Tally:
        """Return the events of some local days, given as proleptic Gregorian ordinals."""
        return self._tally(objective, Window(Resolution.DAY, days))

    def burn(
        self, objective: Objective, window_seconds: float, now: float, target: float
    ) -> float | None:
        """Return how fast the budget is used, 1 being steady use; None without a valid event."""
        return self.tally(objective, window_seconds, now).burn(target)

    def burning(
        self, objective: Objective, now: float, target: float, alert: BurnAlert
    ) -> Tally | None:
        """Return the events of the long window if the budget burns, None if it does not."""
        # The short window is the cheaper one, and mostly has nothing bad.
        short = self.tally(objective, alert.short, now)
        if short.bad < alert.bad_in_short or (short.burn(target) or 0) < alert.rate:
            return None
        long = self.tally(objective, alert.long, now)
        if long.bad < alert.bad_in_long or (long.burn(target) or 0) < alert.rate:
            return None
        return long

    def budget(self, objective: Objective, now: float, target: float) -> Budget:
        """Return how an objective was met over its window."""
        window = self._series.window(WINDOW_DAYS * 86_400, now)
        burn = {each: self.burn(objective, each, now, target) for each in BURN_WINDOWS}
        return self._budget(objective, window, now, target, burn)

    def budget_after(self, objective: Objective, day: int, target: float) -> Budget:
        """Return how an objective was met over its window when a local day was over.

        Hours are not kept as long as days: its only burn rate is that of the last three days.
        """
        end = day + 1
        window = Window(Resolution.DAY, range(end - WINDOW_DAYS, end))
        lately = self.tally_of_days(objective, range(end - THREE_DAYS // 86_400, end))
        burn = {THREE_DAYS: lately.burn(target)}
        return self._budget(objective, window, self._series.start_of_day(end), target, burn)

    def _budget(
        self, objective: Objective, window: Window, now: float, target: float, burn: Burn
    ) -> Budget:
        tally = self._tally(objective, window)
        in_minutes = objective is Objective.AVAILABILITY
        budget = Budget(
            target=target,
            tally=tally,
            burn=burn,
            unknown=self._unknown(tally, window, now) if in_minutes else None,
        )
        used = tally.burn(target)
        if used is None:
            return budget
        left = None
        if in_minutes:
            allowed = WINDOW_DAYS * 1440 * budget_share(target) / 100
            used, left = tally.bad / allowed, allowed - tally.bad
        return replace(
            budget,
            achieved=tally.achieved,
            remaining=100 * (1 - used),
            remaining_minutes=left,
            exhausted_in=_days_left(1 - used, budget.burn[THREE_DAYS]),
        )

    def budgets(self, now: float, targets: Targets) -> dict[Objective, Budget]:
        """Return how every objective was met."""
        return {each: self.budget(each, now, targets.of(each)) for each in Objective}

    def forget(self, now: float) -> None:
        """Drop what is older than is kept."""
        self._series.forget(now)

    def part(self) -> Part:
        """Return a copy of everything, for storage."""
        part = self._series.part()
        kind = _NUMBERS[Objective.AVAILABILITY]
        still_open = (
            Cell(minute, kind, verdict, OPEN, 1) for minute, verdict in self._open.items()
        )
        return replace(part, minutes=tuple(sorted((*part.minutes, *still_open))))

    def restore(self, part: Part) -> None:
        """Add a part made by `part`.

        Raises IndexError if a row holds a number that means nothing; nothing changes then.
        """
        check(part, kinds=len(Objective))
        still_open = [cell for cell in part.minutes if cell.bucket == OPEN]
        over = tuple(cell for cell in part.minutes if cell.bucket != OPEN)
        self._series.restore(replace(part, minutes=over))
        for cell in still_open:
            self._see(cell.slot, Verdict(cell.code))

    def _see(self, minute: int, verdict: Verdict) -> None:
        """Judge a minute, and count those that are over.

        The minute before stays open: two looks may end in another order than they began.
        """
        for other in [other for other in self._open if abs(other - minute) > 1]:
            kind = _NUMBERS[Objective.AVAILABILITY]
            self._series.add(other * 60, kind, self._open.pop(other))
        self._open[minute] = max(verdict, self._open.get(minute, verdict))

    def _count(self, at: float, objective: Objective, good: bool, excluded: bool) -> None:
        judged = Verdict.GOOD if good else Verdict.BAD
        self._series.add(at, _NUMBERS[objective], Verdict.EXCLUDED if excluded else judged)

    def _tally(self, objective: Objective, window: Window) -> Tally:
        counts = self._series.counts(_NUMBERS[objective], window)
        if objective is Objective.AVAILABILITY:
            for minute, verdict in self._open.items():
                if self._series.slot(window.resolution, minute * 60) in window.slots:
                    counts[verdict] += 1
        return Tally(*counts)

    def _unknown(self, tally: Tally, window: Window, now: float) -> float | None:
        since = max(self._since, self._series.start_of_day(window.slots.start))
        minutes = int(now // 60) - int(since // 60)
        if minutes <= 0:
            return None
        return 100 * max(0.0, 1 - (tally.valid + tally.excluded) / minutes)


def _days_left(remaining: float, burn: float | None) -> float | None:
    if remaining <= 0:
        return 0.0
    if not burn:
        return None
    days = remaining * WINDOW_DAYS / burn
    return days if days <= WINDOW_DAYS else None

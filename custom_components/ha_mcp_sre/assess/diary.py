"""What is remembered of each day of a server, for reports: a line a day.

Days are local ones, as proleptic Gregorian ordinals; times are Unix seconds.
"""

from dataclasses import dataclass, replace

from .assessment import Assessment
from .histogram import BUCKETS, bucket_of
from .history import OWN_MEMORY, History, growth

DAYS_KEPT = 91
"""Thirteen weeks: as long as reports are compared with each other."""

_MOST_CHANGES = 500


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of a server; None is unknown, not nothing.

    `response` are counts of the endpoint's response times by latency bucket, `startups` how long
    the starts of the day took in seconds. Memory is in bytes, that of the server alone; the
    usage log's size in bytes is that at the end of the day.
    """

    day: int
    restarts: int = 0
    reconnects: int | None = None
    lost_windows: int = 0
    response: tuple[int, ...] = ()
    startups: tuple[float, ...] = ()
    memory_low: int | None = None
    memory_high: int | None = None
    memory_last: int | None = None
    usage_log: int | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Diary:
    """The days of a server, the oldest first, and what changed in them.

    `changes` are time, `Hint` and detail, as the history has them. The counters are what was
    counted when the last day was written: a day has what came on top.
    """

    days: tuple[Day, ...] = ()
    changes: tuple[tuple[float, str, str | None], ...] = ()
    restarts_counted: int | None = None
    reconnects_counted: int | None = None
    lost_windows_counted: int | None = None

    def after(
        self, current: Assessment, before: History, history: History, day: int, now: float
    ) -> Diary:
        """Return the diary after a look on a day, which took the history further."""
        restarts, reconnects = current.server.restarts, current.session.reconnects
        lost, counted = current.tool_calls.counters.lost_windows, self.reconnects_counted
        *earlier, today = self._days_until(day)
        today = _with_measures(today, current)
        if history.startups != before.startups and current.server.startup_time is not None:
            today = replace(today, startups=(*today.startups, current.server.startup_time))
        restarted = growth(self.restarts_counted, restarts)
        missed = growth(self.lost_windows_counted, lost)
        if restarted or missed:
            today = replace(
                today,
                restarts=today.restarts + restarted,
                lost_windows=today.lost_windows + missed,
            )
        if reconnects is not None and (today.reconnects is None or reconnects != counted):
            new = growth(counted, reconnects)
            today = replace(today, reconnects=(today.reconnects or 0) + new)
        return Diary(
            (*earlier, today),
            self._changes_with(history, now),
            restarts_counted=restarts,
            # A counter that is not visible for a while goes on from where it was.
            reconnects_counted=counted if reconnects is None else reconnects,
            lost_windows_counted=lost,
        )

    def of(self, days: range) -> tuple[Day, ...]:
        """Return what is known of some days; one of which nothing is known is left out."""
        return tuple(each for each in self.days if each.day in days)

    def _days_until(self, day: int) -> tuple[Day, ...]:
        """Return the days that are kept, with this one as the last.

        After a clock was set back the last day written stays the last.
        """
        if self.days and self.days[-1].day >= day:
            return self.days
        return (*(each for each in self.days if each.day > day - DAYS_KEPT), Day(day))

    def _changes_with(
        self, history: History, now: float
    ) -> tuple[tuple[float, str, str | None], ...]:
        known = set(self.changes[-_MOST_CHANGES:])
        new = tuple(change for change in history.changes if change not in known)
        if not new:
            return self.changes
        oldest = now - DAYS_KEPT * 86_400
        kept = [change for change in (*self.changes, *new) if change[0] > oldest]
        return tuple(kept[-_MOST_CHANGES:])


def _with_measures(day: Day, current: Assessment) -> Day:
    if current.response_time is not None:
        counts = list(day.response or [0] * BUCKETS)
        counts[bucket_of(current.response_time)] += 1
        day = replace(day, response=tuple(counts))
    host = current.host
    if host is not None and host.memory is not None and host.source in OWN_MEMORY:
        day = replace(
            day,
            memory_low=min(day.memory_low or host.memory, host.memory),
            memory_high=max(day.memory_high or host.memory, host.memory),
            memory_last=host.memory,
        )
    if current.usage_log is not None:
        day = replace(day, usage_log=current.usage_log.size)
    if current.version in (None, day.version):
        return day
    return replace(day, version=current.version)

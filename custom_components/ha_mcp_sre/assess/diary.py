"""What is remembered of each day of a server, for reports: a line a day.

Days are local ones, as proleptic Gregorian ordinals; times are Unix seconds.
"""

from dataclasses import dataclass

DAYS_KEPT = 91


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

"""Where the figures of a server are going, by the days that its diary has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median
from types import MappingProxyType

from ..assess.diary import Day
from ..assess.histogram import quantile
from ..assess.trends import theil_sen
from .material import ServerMaterial, Week
from .phrases import size, span

LEAST_DAYS = 7
"""Fewer days than this show no trend."""

HORIZON = 28
"""Days that a trend is followed into the future, and back into the past."""

_STEADY = 0.75
"""This share of all pairs of days must have risen: of seven days by chance that is rare (7 %)."""

_LEAST_ANSWERS = 20
"""A 95th percentile of fewer answers is noise."""

_LATELY = 3
"""A figure is what the median of so many days says: one odd day is none."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that should not get larger than a limit.

    `value` is that of a day, `limit` that of a server for a figure as large as it is now. `of`
    names it in a sentence, `told` writes a value of it, `unit` is that of the value. `life` says
    that it begins anew when the server does. `exact` says that no day is odd: it is now what its
    last day says.
    """

    of: str
    unit: str
    value: Callable[[Day], float | None]
    limit: Callable[[ServerMaterial, float], float]
    told: Callable[[float], str]
    life: bool = False
    exact: bool = False


def _response(day: Day) -> float | None:
    return quantile(day.response, 0.95) if sum(day.response) >= _LEAST_ANSWERS else None


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "memory": Figure(
            of="memory",
            unit="B",
            value=lambda day: day.memory_high,
            limit=lambda _, level: 2 * level,
            told=size,
            life=True,
        ),
        "usage_log": Figure(
            of="usage log",
            unit="B",
            value=lambda day: day.usage_log,
            limit=lambda server, _: server.policy.usage_log_limit,
            told=size,
            exact=True,
        ),
        "startup": Figure(
            of="median start-up time",
            unit="s",
            value=lambda day: median(day.startups) if day.startups else None,
            limit=lambda server, _: server.targets.startup_seconds,
            told=span,
        ),
        "response": Figure(
            of="95th percentile of the response time",
            unit="s",
            value=_response,
            limit=lambda server, _: server.targets.latency_seconds,
            told=span,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Trend:
    """The straight line through the days of a figure, by Theil and Sen.

    `days` is how many there are, `level` where the line is on the last of them, `a_day` how much
    it rises. `steady` is whether the days mostly rise too, so that it is no accident.
    """

    days: int
    level: float
    a_day: float
    steady: bool

    def reaches(self, limit: float) -> float | None:
        """Return in how many days it gets to a limit; None if it does not, or is beyond it."""
        if not self.steady or self.a_day <= 0 or self.level >= limit:
            return None
        return (limit - self.level) / self.a_day


@dataclass(frozen=True, slots=True)
class Crossing:
    """A figure that will be over its limit within four weeks, if it goes on so."""

    figure: Figure
    trend: Trend
    limit: float
    in_days: float


def points(
    server: ServerMaterial, figure: Figure, week: Week, after: int | None = None
) -> tuple[tuple[float, float], ...]:
    """Return the days of a figure with its values: of four weeks, or those after a day."""
    last = week.last_day
    first = last - HORIZON if after is None else after
    days = [day for day in server.diary.days if first < day.day <= last]
    if figure.life and after is None:
        begun = max((day.day for day in days if day.restarts), default=first)
        days = [day for day in days if day.day > begun]
    values = ((day.day, figure.value(day)) for day in days)
    return tuple((float(day), float(value)) for day, value in values if value is not None)


def lately(figure: Figure, points: tuple[tuple[float, float], ...]) -> float | None:
    """Return what a figure is now: its last day, or the median of the last; None without one."""
    days = 1 if figure.exact else _LATELY
    return median(value for _, value in points[-days:]) if points else None


def trend(points: tuple[tuple[float, float], ...], last: int) -> Trend | None:
    """Return the trend of a figure; None of too few days, or if the last is long ago."""
    if len(points) < LEAST_DAYS or last - points[-1][0] >= LEAST_DAYS:
        return None
    a_day = theil_sen(points) or 0.0
    pairs = list(combinations(points, 2))
    rising = sum(y2 > y1 for (_, y1), (_, y2) in pairs)
    end = points[-1][0]
    return Trend(
        days=len(points),
        level=median(y + a_day * (end - x) for x, y in points),
        a_day=a_day,
        steady=rising >= _STEADY * len(pairs),
    )


def measured(server: ServerMaterial, key: str, week: Week) -> bool:
    """Return whether there are days enough to tell where a figure is going."""
    return trend(points(server, FIGURES[key], week), week.last_day) is not None


def crossing(server: ServerMaterial, key: str, week: Week) -> Crossing | None:
    """Return whether a figure will be over its limit within four weeks; None if not, or unknown."""
    figure = FIGURES[key]
    days = points(server, figure, week)
    found = trend(days, week.last_day)
    if found is None:
        return None
    if figure.exact:
        # What was cut goes on from there as it grew before.
        found = replace(found, level=days[-1][1])
    limit = figure.limit(server, found.level)
    in_days = found.reaches(limit)
    if in_days is None or in_days > HORIZON:
        return None
    return Crossing(figure, found, limit, in_days)

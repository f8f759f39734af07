"""One server in one week, or in the 28 days before it: what all sections of a report read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from statistics import median

from ..assess.diary import Day
from ..assess.histogram import quantile
from ..assess.incident import Incident, repaired
from ..assess.ledger import Totals, together
from ..assess.objectives import Objective
from ..assess.repair import mean_time_to_repair
from ..assess.tally import Tally
from .material import ServerMaterial, Week
from .weeks import week_of

USUAL_DAYS = 28


@dataclass(frozen=True, slots=True)
class Period:
    """A time of one server. What is None, or a mean of nothing, is unknown.

    `totals` are all of `by_tool` together. `incidents` were open in it, but for those of a
    maintenance, those that turned out to be part of another, and outages that were over before
    anybody had to be told, which are `brief`. What became of them later is known of them; what
    began later is none of them.
    """

    since: float
    until: float
    known_minutes: int = 0
    tallies: Mapping[Objective, Tally] = field(default_factory=dict)
    by_tool: Mapping[str, Totals] = field(default_factory=dict)
    totals: Totals | None = None
    days: tuple[Day, ...] = ()
    incidents: tuple[Incident, ...] | None = None
    brief: tuple[Incident, ...] | None = None

    @property
    def minutes(self) -> int:
        """All minutes, known or not; one that has only begun is among them."""
        return max(0, ceil(self.until / 60) - int(self.since // 60))

    @property
    def unknown(self) -> float | None:
        """The part of its minutes that nobody knows of, in percent."""
        known = min(self.known_minutes, self.minutes)
        return 100 * (1 - known / self.minutes) if self.minutes else None

    @property
    def availability(self) -> Tally:
        """Its minutes, by whether the server was healthy."""
        return self.tallies.get(Objective.AVAILABILITY, Tally())

    @property
    def minutes_down(self) -> int | None:
        """Minutes in which the server was down, or cut off from Home Assistant."""
        return self.availability.bad if self.availability.valid else None

    @property
    def error_rate(self) -> float | None:
        """Calls that failed by the server's or its link's fault, in percent of valid ones."""
        return None if self.totals is None else self.totals.error_rate

    @property
    def calls(self) -> int | None:
        """All tool calls."""
        return None if self.totals is None else self.totals.calls

    @property
    def restarts(self) -> int | None:
        """Restarts, whoever wanted them."""
        return sum(day.restarts for day in self.days) if self.days else None

    @property
    def reconnects(self) -> int | None:
        """Connections that were lost and opened again for no known reason."""
        known = [day.reconnects for day in self.days if day.reconnects is not None]
        return sum(known) if known else None

    @property
    def lost_windows(self) -> int | None:
        """Readings before which calls may have been missed."""
        return sum(day.lost_windows for day in self.days) if self.days else None

    def response(self, q: float) -> float | None:
        """Return a quantile of the endpoint's response time, in seconds."""
        counts = [day.response for day in self.days if day.response]
        return quantile([sum(each) for each in zip(*counts, strict=True)], q) if counts else None

    @property
    def startups(self) -> tuple[float, ...]:
        """How long the starts took, in seconds."""
        return tuple(seconds for day in self.days for seconds in day.startups)

    @property
    def starts_timed(self) -> int | None:
        """Starts of which it is known how long they took; None if there were others only."""
        timed = len(self.startups)
        return None if not self.days or (self.restarts and not timed) else timed

    @property
    def memory(self) -> int | None:
        """The median of the days' last memory, in bytes."""
        known = [day.memory_last for day in self.days if day.memory_last is not None]
        return round(median(known)) if known else None

    @property
    def memory_high(self) -> int | None:
        """The most memory, in bytes."""
        return max((d.memory_high for d in self.days if d.memory_high is not None), default=None)

    @property
    def memory_last(self) -> int | None:
        """The memory at the end, in bytes."""
        return next((d.memory_last for d in reversed(self.days) if d.memory_last), None)

    @property
    def version(self) -> str | None:
        """The version that ran at the end."""
        return next((day.version for day in reversed(self.days) if day.version), None)

    @property
    def usage_log(self) -> int | None:
        """The size of the usage log at the end, in bytes."""
        return next((d.usage_log for d in reversed(self.days) if d.usage_log is not None), None)

    @property
    def mended(self) -> tuple[Incident, ...]:
        """The P0 and P1 that were over in it."""
        over = repaired(self.incidents or ())
        return tuple(each for each in over if (each.resolved_at or 0.0) <= self.until)

    @property
    def paged(self) -> tuple[Incident, ...] | None:
        """The P0 and P1 of which people were told."""
        if self.incidents is None:
            return None
        return tuple(i for i in self.incidents if i.is_outage and i.paged_at is not None)


@dataclass(frozen=True, slots=True)
class ServerWeeks:
    """One server in the reported week, in the week before, and in the 28 days before it."""

    server: ServerMaterial
    now: Period
    before: Period
    usual: Period

    @property
    def name(self) -> str:
        """The name of the server."""
        return self.server.name

    def counted_since(self, since: float) -> float | None:
        """Return since when calls and events are counted; None if that was no later than this."""
        return self.server.counted_since if self.server.counted_since > since else None

    @property
    def new(self) -> bool:
        """Whether nothing is known of the week before."""
        return self.before.known_minutes == 0

    @property
    def unknown_before(self) -> float | None:
        """The part of the week before that nobody knows of, in percent; None before watching."""
        return self.before.unknown if self.server.watched_since < self.before.until else None


def before(week: Week) -> Week:
    """Return the week before."""
    return week_of(week.monday - timedelta(days=7), week.as_of, week.zone)


def weeks_of(server: ServerMaterial, week: Week) -> ServerWeeks:
    """Return one server in all three times."""
    last, first_day = before(week), week.days[0]
    seen, calls = server.current.tool_calls.counters.calls is not None, server.calls
    return ServerWeeks(
        server,
        now=_period(
            server,
            since=week.start,
            until=week.until,
            days=week.days,
            known=server.known_minutes,
            tallies=server.tallies,
            by_tool=calls.week,
            calls_known=seen,
        ),
        before=_period(
            server,
            since=last.start,
            until=last.end,
            days=last.days,
            known=server.known_before,
            tallies=server.tallies_before,
            by_tool=calls.before,
            calls_known=seen and server.known_before > 0,
        ),
        usual=Period(
            since=week_of(week.monday - timedelta(days=USUAL_DAYS), week.as_of, week.zone).start,
            until=week.start,
            by_tool=calls.usual,
            totals=together(calls.usual.values()) if calls.usual else None,
            days=server.diary.of(range(first_day - USUAL_DAYS, first_day)),
        ),
    )


def repair_time(periods: Iterable[Period]) -> tuple[float | None, int]:
    """Return the mean duration of the P0 and P1 that were over, in seconds, and how many."""
    mended = [incident for period in periods for incident in period.mended]
    return mean_time_to_repair(mended), len(mended)


def _period(
    server: ServerMaterial,
    *,
    since: float,
    until: float,
    days: range,
    known: int,
    tallies: Mapping[Objective, Tally],
    by_tool: Mapping[str, Totals],
    calls_known: bool,
) -> Period:
    found = [
        each
        for each in server.incidents
        if each.started_at < until
        and (each.resolved_at is None or each.resolved_at > since)
        and not each.in_maintenance
        and each.part_of is None
    ]
    return Period(
        since,
        until,
        known,
        tallies,
        by_tool,
        together(by_tool.values()) if by_tool or calls_known else None,
        server.diary.of(days),
        tuple(each for each in found if not each.brief) if known else None,
        tuple(each for each in found if each.brief) if known else None,
    )

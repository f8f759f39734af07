"""Pieces of a report's material, built by the types that build them in a home."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
import json
from pathlib import Path
from zoneinfo import ZoneInfo

from custom_components.ha_mcp_sre.assess.cells import Cell
from custom_components.ha_mcp_sre.assess.diary import Day
from custom_components.ha_mcp_sre.assess.finding import Finding
from custom_components.ha_mcp_sre.assess.histogram import BUCKETS, bucket_of
from custom_components.ha_mcp_sre.assess.incident import Incident
from custom_components.ha_mcp_sre.assess.incidents import Incidents
from custom_components.ha_mcp_sre.assess.ledger import Ledger, Part, Totals
from custom_components.ha_mcp_sre.assess.look import Look
from custom_components.ha_mcp_sre.assess.objectives import Budget, Objective, Objectives, Targets
from custom_components.ha_mcp_sre.assess.observation import ToolCall
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.report.material import Week, Words
from custom_components.ha_mcp_sre.report.weeks import week_of

type Tools = Mapping[str, tuple[int, float, Mapping[str, int]]]
"""What tools did: how many calls succeeded, their usual duration in seconds, failures by code."""

ZURICH = ZoneInfo("Europe/Zurich")
MONDAY = date(2026, 11, 16)
MB = 1024 * 1024
HOUR, DAY = 3600.0, 86_400.0

_STRINGS = Path(__file__).parents[2] / "custom_components/ha_mcp_sre/strings.json"


def at(moment: str) -> float:
    """Return a moment that the clocks of the home showed, given as in ISO 8601."""
    return datetime.fromisoformat(moment).replace(tzinfo=ZURICH).timestamp()


def week(monday: date = MONDAY, as_of: float | None = None) -> Week:
    """Return a week; without `as_of` it was over when it was reported, on Monday at eight."""
    over = at(f"{monday + timedelta(days=7)}T08:00")
    return week_of(monday, over if as_of is None else as_of, ZURICH)


def words() -> Words:
    """Return the names that the product uses."""
    strings = json.loads(_STRINGS.read_text())
    selectors = {key: each["options"] for key, each in strings["selector"].items()}
    sensors = strings["entity"]["sensor"]
    gaps = sensors["monitoring_gaps"]["state_attributes"]["gaps"]["state"]
    return Words(
        rules=selectors["rule"],
        gaps=gaps,
        modes=selectors["mode"],
        advice=selectors["advice"],
        failures=sensors["health"]["state_attributes"]["reason"]["state"],
    )


def totals(tools: Tools) -> dict[str, Totals]:
    """Return the calls by tool.

    One of twenty calls takes four times as long as is usual.
    """
    ledger, noon = Ledger(ZURICH), at(f"{MONDAY}T12:00")
    for tool, (successes, seconds, failures) in tools.items():
        for number in range(successes):
            duration = seconds * (4 if number % 20 == 19 else 0.8 + number % 20 / 50)
            ledger.add(ToolCall(tool, noon, duration, success=True))
        for code, calls in failures.items():
            for _ in range(calls):
                ledger.add(ToolCall(tool, noon, seconds * 2, success=False, code=code))
    return ledger.days_by_tool(range(MONDAY.toordinal(), MONDAY.toordinal() + 1))


def latencies(*each: tuple[float, int]) -> tuple[int, ...]:
    """Return counts by latency bucket: of so many seconds, so many."""
    counts = [0] * BUCKETS
    for seconds, times in each:
        counts[bucket_of(seconds)] += times
    return tuple(counts)


def budgets(
    days: Mapping[int, Mapping[Objective, Tally]], now: float, since: float
) -> dict[Objective, Budget]:
    """Return the budgets after days that went so; each hour of a day had its share."""
    numbers = {objective: number for number, objective in enumerate(Objective)}
    cells, hours = [], []
    for day, tallies in days.items():
        midnight = datetime.fromordinal(day).replace(tzinfo=ZURICH).timestamp()
        for objective, tally in tallies.items():
            for verdict, count in enumerate((tally.good, tally.bad, tally.excluded)):
                kind = numbers[objective]
                cells.append(Cell(day, kind, verdict, 0, count))
                hours += [
                    Cell(int(midnight // 3600) + hour, kind, verdict, 0, count // 24)
                    for hour in range(24)
                ]
    objectives = Objectives(ZURICH, since=since)
    objectives.restore(
        Part(
            (),
            (),
            hours=tuple(c for c in hours if c.calls),
            days=tuple(c for c in cells if c.calls),
        )
    )
    return objectives.budgets(now, Targets())


def added(days: Iterable[Mapping[Objective, Tally]]) -> dict[Objective, Tally]:
    """Return the events of some days together."""
    counts = {objective: [0, 0, 0] for objective in Objective}
    for day in days:
        for objective, tally in day.items():
            for verdict, count in enumerate((tally.good, tally.bad, tally.excluded)):
                counts[objective][verdict] += count
    return {objective: Tally(*each) for objective, each in counts.items()}


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which something was wrong; without an end it still is."""

    finding: Finding
    start: float
    end: float | None = None
    hint: str | None = None

    def looks(self, until: float) -> set[float]:
        """Return when it is looked at: often while things change, each hour in between."""
        end = until if self.end is None else self.end
        near = {self.start + 30 * number for number in range(-1, 21)}
        near |= {end + 30 * number for number in range(-1, 8)}
        hours = int((end - self.start) // HOUR)
        times = near | {self.start + HOUR * number for number in range(hours)}
        return {each for each in times if each <= until}

    def holds(self, now: float) -> bool:
        """Whether it was wrong then."""
        return self.start <= now and (self.end is None or now < self.end)


def incidents(
    *spans: Span, until: float, acknowledged: Sequence[float] = ()
) -> tuple[Incident, ...]:
    """Return what became of times in which something was wrong, the newest incident first.

    Whatever is open at a moment of `acknowledged` is taken care of from then on.
    """
    known = Incidents(Policy())
    hints = {span.start: span.hint for span in spans}
    times = set(acknowledged).union(*(span.looks(until) for span in spans))
    for now in sorted(times):
        found = [span.finding for span in spans if span.holds(now)]
        known.look(Look(now, found, hint=hints.get))
        if now in acknowledged:
            for each in known.open:
                known.acknowledge(each.id, now)
    return known.all


def diary_day(
    day: int,
    *,
    slow: float = 1,
    restarts: int = 0,
    reconnects: int | None = 0,
    startups: tuple[float, ...] = (),
    memory: int | None = 210 * MB,
    usage_log: int | None = 12_000_000,
    version: str | None = "8.7.0",
) -> Day:
    """Return a day of a server whose endpoint answers in 40 ms, or `slow` times that."""
    return Day(
        day,
        restarts=restarts,
        reconnects=reconnects,
        response=latencies((0.04 * slow, 2700), (0.08 * slow, 170), (0.3 * slow, 10)),
        startups=startups,
        memory_low=None if memory is None else memory - 6 * MB,
        memory_high=None if memory is None else memory + 9 * MB,
        memory_last=memory,
        usage_log=usage_log,
        version=version,
    )

"""The outages of a server: incidents that were a P0 or a P1 at their worst."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from ..assess.finding import Evidence, RuleKey, Severity
from ..assess.history import Hint
from ..assess.incident import Incident
from ..assess.rules import RULES
from .material import Material, ServerMaterial, Week
from .phrases import listing, span

DAY = 86_400.0
RECENT = 28 * DAY
"""Four whole weeks, as an objective has."""
REMEMBERED = 84 * DAY

_CHANGES: Mapping[str, str] = {
    Hint.VERSION: "an update of ha-mcp",
    Hint.COMPONENT_VERSION: "an update of ha-mcp's integration",
    Hint.HOME_ASSISTANT_VERSION: "an update of Home Assistant",
    Hint.HOME_ASSISTANT_RESTART: "a restart of Home Assistant",
    Hint.RESTART: "a restart of ha-mcp",
    Hint.RELOAD: "a reload of ha-mcp",
    Hint.SETTINGS: "a change of ha-mcp's settings",
    Hint.CREDENTIAL: "a change of ha-mcp's token",
}

_BY_HAND = frozenset({Hint.RESTART, Hint.RELOAD, Hint.HOME_ASSISTANT_RESTART, Hint.CREDENTIAL})
_END = 300.0
"""A change is seen this much later than what it changes, at most."""

_LATE = 120.0
"""What ended an outage is noted this much after it, at most: by a look that is longer."""


def outages(server: ServerMaterial, week: Week, window: float = RECENT) -> tuple[Incident, ...]:
    """Return the outages of a time that ends with the week, the newest first.

    Left out are those of a maintenance, and those that were over before anybody had to be told.
    """
    since = week.until - window
    return tuple(
        each
        for each in server.incidents
        if each.counts
        and each.started_at < week.until
        and (each.resolved_at is None or each.resolved_at > since)
    )


type Part = tuple[RuleKey, float, float]
"""A rule that an incident was that of, and from when to when."""


def spells(incident: Incident, until: float) -> list[tuple[float, float]]:
    """Return the times for which an incident was bad, each with its begin and end.

    The true end of one that is over is known; one that is open is told by what it was until a
    moment, whenever that is asked.
    """
    latest = until if incident.is_open else inf
    last = incident.bad_until(until)
    times = (
        (each.began, min(last if each.ended is None else each.ended, latest))
        for each in incident.bad_times
    )
    return [(begin, end) for begin, end in times if begin < end]


def lasted(incident: Incident, until: float) -> float:
    """Return for how long an incident lasted, in seconds: its spells, added up."""
    return sum(end - begin for begin, end in spells(incident, until))


def course(incident: Incident, until: float) -> list[Part]:
    """Return what an incident was, one rule after another, each with its begin and end.

    It has all the time that the incident lasted, and none of that between its spells.
    """
    first = incident.timeline[0].rule if incident.timeline else incident.rule
    turns = [(incident.started_at, first)]
    for moment in incident.timeline:
        if moment.rule is not turns[-1][1]:
            turns.append((moment.at, moment.rule))
    ends = (*(at for at, _ in turns[1:]), inf)
    times = (
        (rule, max(at, begin), min(over, end))
        for begin, end in spells(incident, until)
        for (at, rule), over in zip(turns, ends, strict=True)
    )
    return [(rule, begin, end) for rule, begin, end in times if begin < end]


def goes_on(incident: Incident) -> bool:
    """Whether an incident is an outage now, as far as anybody knows."""
    return incident.is_open and incident.clean_since is None and incident.severity <= Severity.P1


@dataclass(frozen=True, slots=True)
class Outage:
    """A time without a break in which an incident was a P0 or P1, one rule after another."""

    parts: tuple[Part, ...]
    goes_on: bool

    @property
    def began(self) -> float:
        """When it began."""
        return self.parts[0][1]

    @property
    def ended(self) -> float:
        """When it ended, or until when it is told."""
        return self.parts[-1][2]

    @property
    def seconds(self) -> float:
        """For how long it lasted."""
        return self.ended - self.began

    @property
    def rule(self) -> RuleKey:
        """The rule that it was that of for the longest time."""
        return _longest(self.parts)


def single_outages(incident: Incident, until: float) -> list[Outage]:
    """Return the outages of an incident, each by itself: what comes back is another one."""
    found = list[list[Part]]()
    for part in course(incident, until):
        rule, began, _ = part
        if RULES[rule].severity > Severity.P1:
            continue
        if found and found[-1][-1][2] == began:
            found[-1].append(part)
        else:
            found.append([part])
    return [Outage(tuple(parts), goes_on(incident) and parts[-1][2] >= until) for parts in found]


def lasted_as(incident: Incident, until: float) -> dict[RuleKey, float]:
    """Return for how long an incident was that of each rule, in seconds; first what came first."""
    return added(course(incident, until))


def added(parts: Iterable[Part]) -> dict[RuleKey, float]:
    """Return for how long each rule was in force, in seconds; first what came first."""
    times: dict[RuleKey, float] = {}
    for rule, begin, end in parts:
        times[rule] = times.get(rule, 0.0) + end - begin
    return times


def _longest(parts: Iterable[Part]) -> RuleKey:
    times = added(parts)
    return max(times, key=lambda rule: times[rule])


def in_turn(incident: Incident, until: float, material: Material) -> str | None:
    """Return what an incident was, and for how long; None if it always was the same."""
    times = lasted_as(incident, until)
    told = [f"{name_of(rule, material)} ({span(seconds)})" for rule, seconds in times.items()]
    return listing(told) if len(told) > 1 else None


def evidence_as(incident: Incident, rule: RuleKey) -> Evidence:
    """Return what showed a rule last while an incident was that of it."""
    if incident.rule is rule:
        return incident.evidence
    return next((each.evidence for each in incident.timeline[::-1] if each.rule is rule), {})


def ended_by(server: ServerMaterial, outage: Incident) -> str | None:
    """Return what somebody did just before an outage ended: a `Hint`; None if nothing is known.

    A restart under the eyes of a watchdog is nobody's doing.
    """
    if outage.resolved_at is None:
        return None
    for at, change, _ in reversed(server.diary.changes):
        by_hand = change in _BY_HAND and not (change == Hint.RESTART and server.current.watchdog)
        # It is over as soon as it is good again, and is called so somewhat later.
        if by_hand and outage.last_bad_at - _END <= at <= outage.resolved_at + _LATE:
            return change
    return None


def change_of(hint: str) -> str:
    """Return what a `Hint` is in a sentence."""
    return _CHANGES.get(hint, hint.replace("_", " "))


def name_of(rule: str, material: Material) -> str:
    """Return what a rule is called."""
    return material.words.rules.get(rule, rule.replace("_", " "))


def name_of_key(key: str, material: Material) -> str:
    """Return what a finding with this key is called, and of what it is."""
    rule, _, subject = key.partition(":")
    return f"{name_of(rule, material)} ({subject})" if subject else name_of(rule, material)

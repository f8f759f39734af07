"""A note on each P0 and P1: what is known of it, and places for what only a person knows."""

from itertools import pairwise

from ..assess.finding import RuleKey, Severity
from ..assess.incident import ChangeKind, Incident
from ..assess.objectives import WINDOW_DAYS
from ..assess.rules import RULES
from ..assess.tally import budget_share
from .blocks import block_name, slug
from .document import Document
from .figures import percent
from .incident_log import is_recent, what_happened
from .incident_rows import KINDS
from .markdown import escaped
from .material import Material, ServerMaterial, Week
from .outages import change_of, lasted_as, name_of
from .phrases import clock, span
from .render import filled
from .retention import NOTE_WEEKS, NOTES

_BEFORE = 3600.0
"""Changes within this before an incident, in seconds, may have caused it."""

_PLACES = """
## Root cause

## What went well

## What did not go well

## What will be done
"""


def postmortems(material: Material) -> list[Document]:
    """Return a note on each P0 and P1 that is open or was within the last weeks."""
    return [
        _note(incident, server, material)
        for server in material.servers
        for incident in sorted(server.incidents, key=lambda each: (-each.started_at, each.id))
        if incident.is_outage
        and incident.part_of is None
        and is_recent(incident, material.week, NOTE_WEEKS)
    ]


def _note(incident: Incident, server: ServerMaterial, material: Material) -> Document:
    week = material.week
    began, rule = week.local(incident.started_at), _named(incident)
    values = what_happened(incident, server, material) | {
        "impact": _impact(incident, server, week),
        "changes": _changes(incident, server, week),
        "timeline": _timeline(incident, server, material),
        "told_after": _after(incident, incident.first(ChangeKind.PAGED)),
        "taken_after": _after(incident, incident.first_acknowledged_at),
    }
    what = name_of(rule, material)
    if values["server"] is not None:
        what += f", {server.name}"
    return Document(
        path=NOTES / f"{began:%Y-%m-%d}-{slug(rule)}-{slug(incident.id[:8])}.md",
        title=f"{began:%Y-%m-%d} {incident.worst.upper()}: {escaped(what)}",
        intro="",
        blocks=((block_name("known", server.id, incident.id), filled("note.md.jinja", values)),),
        outro=_PLACES,
    )


def _named(incident: Incident) -> RuleKey:
    """Return the rule that names the note: the first that was an outage.

    An incident that becomes another one keeps its note.
    """
    rules = (moment.rule for moment in incident.timeline)
    return next((rule for rule in rules if RULES[rule].severity <= Severity.P1), incident.rule)


def _impact(incident: Incident, server: ServerMaterial, week: Week) -> dict[str, object]:
    """Return how much of an objective's budget it may have used."""
    allowed = WINDOW_DAYS * 1440 * budget_share(server.targets.availability) / 100
    times = lasted_as(incident, week.as_of)
    minutes = sum(times[rule] for rule in times.keys() & _UNAVAILABLE) / 60
    return {
        "target": server.targets.availability,
        "days": WINDOW_DAYS,
        "allowed": span(allowed * 60),
        "share": percent(100 * minutes / allowed),
        "unavailable": minutes > 0,
    }


_UNAVAILABLE = frozenset({RuleKey.SERVER_DOWN, RuleKey.LINK_BROKEN, RuleKey.TOKEN_REJECTED})
"""What makes the minutes that it lasts unavailable ones."""


def _changes(incident: Incident, server: ServerMaterial, week: Week) -> list[dict[str, object]]:
    """Return what changed in the hour before, and while it lasted."""
    since, until = incident.started_at - _BEFORE, incident.resolved_at or week.as_of
    return [
        {
            "at": clock(week, at),
            "what": change_of(change),
            "detail": detail,
            "before": at <= incident.started_at,
        }
        for at, change, detail in sorted(server.diary.changes, key=lambda each: each[:2])
        if since <= at <= until
    ]


def _timeline(
    incident: Incident, server: ServerMaterial, material: Material
) -> list[dict[str, object]]:
    """Return everything that is known of its time, in order."""
    week = material.week
    entries = [
        (incident.started_at, "first bad look"),
        *(
            (again.began, "bad again")
            for before, again in pairwise(incident.bad_times)
            if again.began > incident.detected_at and before.ended != again.began
        ),
        *(
            (moment.at, f"{KINDS.get(moment.kind, moment.kind)}: {name_of(moment.rule, material)}")
            for moment in incident.timeline
        ),
    ]
    if incident.last_good_at is not None:
        entries.append((incident.last_good_at, "last good look"))
    if incident.resolved_at is not None:
        entries.append((incident.resolved_at, "good again, and from then on"))
    # What happened at the same moment stays in the order in which it is known.
    entries.sort(key=lambda each: each[0])
    return [{"at": clock(week, at), "what": what} for at, what in entries]


def _after(incident: Incident, at: float | None) -> str | None:
    return None if at is None else span(max(0.0, at - incident.started_at))

"""The incidents of a week, each with its timeline."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..assess.incident import ChangeKind, Incident, Moment
from .figures import hours, minutes, moment
from .material import Material
from .outages import CHANGES
from .period import ServerWeeks

KINDS = {
    "opened": "opened",
    "reopened": "came back",
    "escalated": "got worse",
    "de_escalated": "got better",
    "paged": "paged",
    "acknowledged": "acknowledged",
    "resolved": "resolved",
}


def incident_rows(material: Material, weeks: Sequence[ServerWeeks]) -> list[dict[str, Any]]:
    """Return what was open in the week, the oldest first; brief outages are among it."""
    rows = [
        (incident.started_at, each.name, _row(incident, each, material))
        for each in weeks
        for incident in (*(each.now.incidents or ()), *(each.now.brief or ()))
    ]
    return [row for *_, row in sorted(rows, key=lambda row: (row[0], row[1], row[2]["id"]))]


def _row(incident: Incident, each: ServerWeeks, material: Material) -> dict[str, Any]:
    week = material.week
    end = incident.resolved_at
    return {
        "id": incident.id,
        "server": each.name,
        "rule": incident.rule.value,
        "what": material.words.rules.get(incident.rule, incident.rule.value),
        "subject": incident.subject,
        "severity": incident.worst.value,
        "began": moment(week, incident.started_at),
        "ended": moment(week, end),
        "duration_minutes": minutes(incident.duration(week.as_of)),
        "duration_hours": hours(incident.duration(week.as_of)),
        "open_at_end_of_week": end is None or end >= week.until,
        "detected_within_minutes": minutes(incident.time_to_detect),
        "outages": len(incident.spells),
        "paged": incident.paged_at is not None,
        "brief": incident.brief,
        "acknowledged": moment(week, _acknowledged(incident)),
        "changed_before": incident.hint and CHANGES.get(incident.hint, incident.hint),
        "partly_unwatched": incident.unwatched,
        "evidence": evidence(incident.evidence),
        "timeline": [_moment(entry, material) for entry in incident.timeline],
    }


def _acknowledged(incident: Incident) -> float | None:
    """Return when somebody first took care; what comes back asks for care anew."""
    said = (each.at for each in incident.timeline if each.kind is ChangeKind.ACKNOWLEDGED)
    return next(said, incident.acknowledged_at)


def _moment(entry: Moment, material: Material) -> dict[str, Any]:
    return {
        "at": moment(material.week, entry.at),
        "kind": entry.kind.value,
        "what": KINDS.get(entry.kind, entry.kind.value),
        "rule": entry.rule.value,
        "rule_name": material.words.rules.get(entry.rule, entry.rule.value),
        "evidence": evidence(entry.evidence),
    }


def evidence(found: Mapping[str, str | int | float]) -> list[dict[str, Any]]:
    """Return what shows a finding, in the order in which its rule names it."""
    return [
        {"name": name.replace("_", " "), "key": name, "value": value}
        for name, value in found.items()
    ]

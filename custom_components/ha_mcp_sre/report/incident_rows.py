"""The incidents of a week, each with its timeline."""

from collections.abc import Sequence
from typing import Any

from ..assess.incident import Incident, Moment
from .evidence_words import evidence
from .figures import hours, minutes, moment, seconds
from .material import Material
from .outages import change_of, lasted, name_of, single_outages
from .period import ServerWeeks
from .phrases import span

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
    took, outages = lasted(incident, week.until), single_outages(incident, week.until)
    end, detected = incident.resolved_at, incident.time_to_detect
    return {
        "id": incident.id,
        "server": each.name,
        "rule": incident.rule.value,
        "what": name_of(incident.rule, material),
        "subject": incident.subject,
        "severity": incident.worst.value,
        "began": moment(week, incident.started_at),
        "ended": moment(week, end),
        "lasted": span(took),
        "duration_minutes": minutes(took),
        "duration_hours": hours(took),
        "open_at_end_of_week": end is None or end > week.until,
        "detected_within": None if detected is None else span(detected),
        "detected_within_seconds": seconds(detected),
        "outages": len(outages),
        "outages_lasted": span(sum(each.seconds for each in outages)),
        "paged": incident.paged_at is not None,
        "brief": incident.brief,
        "acknowledged": moment(week, incident.first_acknowledged_at),
        "changed_before": incident.hint and change_of(incident.hint),
        "partly_unwatched": incident.unwatched,
        "evidence": evidence(incident.evidence, incident.rule, material.words),
        "timeline": [_moment(entry, material) for entry in incident.timeline],
    }


def _moment(entry: Moment, material: Material) -> dict[str, Any]:
    return {
        "at": moment(material.week, entry.at),
        "kind": entry.kind.value,
        "what": KINDS.get(entry.kind, entry.kind.value),
        "rule": entry.rule.value,
        "rule_name": name_of(entry.rule, material),
        "evidence": evidence(entry.evidence, entry.rule, material.words),
    }

"""An incident as automations and scripts are told of it: plain data, in their home's time."""

from typing import Any

from homeassistant.util import dt as dt_util

from .assess.incident import Incident, Moment
from .assess.repair import time_out
from .coordinator import SreConfigEntry
from .texts import Texts


def told(incident: Incident, entry: SreConfigEntry, texts: Texts, now: float) -> dict[str, Any]:
    """Return an incident of the server with this entry, as it is now.

    Times are ISO 8601 in the time of this home, `duration` (as an outage, if it was one, and
    without the good times in between) and `time_to_detect` are in seconds, and what is not known or has not happened is None.
    `severity` is that of now, or of its end; `part_of` is the id of the incident that it turned out
    to be a sign of.
    """
    return {
        "incident_id": incident.id,
        "server": entry.title,
        "entry_id": entry.entry_id,
        "rule": incident.rule.value,
        "summary": texts.option("rule", incident.rule),
        "subject": incident.subject,
        "severity": incident.severity.value,
        "worst": incident.worst.value,
        "status": _status(incident),
        "since": local(incident.started_at),
        "last_good_at": _local_or_none(incident.last_good_at),
        "detected_at": local(incident.detected_at),
        "paged_at": _local_or_none(incident.paged_at),
        "acknowledged_at": _local_or_none(incident.acknowledged_at),
        "resolved_at": _local_or_none(incident.resolved_at),
        "duration": round(time_out(incident, now), 1),
        "time_to_detect": _tenths(incident.time_to_detect),
        "paged": incident.paged_at is not None,
        "brief": incident.brief,
        "in_maintenance": incident.in_maintenance,
        "part_of": incident.part_of,
        "unwatched": incident.unwatched,
        "hint": incident.hint,
        "evidence": dict(incident.evidence),
        "timeline": [_moment(each) for each in incident.timeline],
    }


def local(at: float) -> str:
    """Return Unix seconds as ISO 8601 in the time of this home."""
    return dt_util.as_local(dt_util.utc_from_timestamp(at)).isoformat(timespec="seconds")


def _local_or_none(at: float | None) -> str | None:
    return None if at is None else local(at)


def _tenths(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _status(incident: Incident) -> str:
    if not incident.is_open:
        return "resolved"
    return "acknowledged" if incident.is_taken_care_of else "open"


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "at": local(moment.at),
        "kind": moment.kind.value,
        "rule": moment.rule.value,
        "evidence": dict(moment.evidence),
    }

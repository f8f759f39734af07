"""The shape on disk of what is remembered of a server's incidents."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import probatio as vol

from .assess.diary import Day, Diary
from .assess.finding import RuleKey, Severity, key_of
from .assess.histogram import BUCKETS
from .assess.history import History
from .assess.incident import ChangeKind, Incident, Moment, Spell
from .assess.judge import Case
from .shapes import COUNT, SECONDS, TEXT, WRONG_SHAPE, Sections

_EVIDENCE = vol.Schema({str: vol.Any(str, int, float)})
_MOMENT = vol.All(
    vol.Schema(
        {
            vol.Required("at"): SECONDS,
            vol.Required("kind"): vol.Coerce(ChangeKind),
            vol.Required("rule"): vol.Coerce(RuleKey),
            vol.Required("evidence"): _EVIDENCE,
        }
    ),
    lambda value: Moment(**value),
)
_SPELL = vol.All(
    vol.Schema(
        {
            vol.Required("key"): str,
            vol.Required("began"): SECONDS,
            vol.Required("ended"): vol.Maybe(SECONDS),
            vol.Required("in_maintenance"): bool,
        }
    ),
    lambda value: Spell(**value),
)


def _incident(value: dict[str, Any]) -> Incident:
    """Return an incident; of its spells only the beginnings may be stored, as they once were."""
    if (begun := value.pop("spells", None)) is not None and "bad_times" not in value:
        key = key_of(value["rule"], value["subject"])
        ends = (*begun[1:], None)
        value["bad_times"] = tuple(
            Spell(key, began, ended, value.get("in_maintenance", False))
            for began, ended in zip((value["started_at"], *begun[1:]), ends, strict=True)
        )
        value["grace_from"] = begun[-1]
    return Incident(**value)


_INCIDENT = vol.All(
    vol.Schema(
        {
            vol.Required("id"): str,
            vol.Required("rule"): vol.Coerce(RuleKey),
            vol.Required("subject"): vol.Maybe(str),
            **{vol.Required(key): vol.Coerce(Severity) for key in ("severity", "worst")},
            vol.Required("evidence"): _EVIDENCE,
            **{
                vol.Required(key): SECONDS
                for key in ("started_at", "detected_at", "last_bad_at", "turned_at")
            },
            vol.Optional("spells"): vol.All([SECONDS], vol.Length(min=1)),
            vol.Optional("bad_times"): vol.All([_SPELL], vol.Length(min=1), vol.Coerce(tuple)),
            vol.Optional("grace_from"): SECONDS,
            **{
                vol.Optional(key): vol.Maybe(SECONDS)
                for key in (
                    *("last_good_at", "clean_since", "resolved_at"),
                    *("paged_at", "acknowledged_at"),
                )
            },
            **{vol.Optional(key): vol.Maybe(str) for key in ("hint", "part_of")},
            **{
                vol.Optional(key): vol.Maybe(vol.Coerce(Severity))
                for key in ("told", "acknowledged")
            },
            **{vol.Optional(key): bool for key in ("in_maintenance", "unwatched")},
            vol.Optional("absorbed"): vol.All([str], vol.Coerce(frozenset)),
            vol.Optional("timeline"): vol.All([_MOMENT], vol.Coerce(tuple)),
        }
    ),
    _incident,
)
_TIMES = vol.All([SECONDS], vol.Coerce(tuple))


def _rows(*columns: Any) -> Any:
    """Return the shape of rows with these columns."""
    row = vol.All(vol.ExactSequence(columns), vol.Coerce(tuple))
    return vol.All([row], vol.Coerce(tuple))


_HISTORY = vol.Schema(
    {
        **{vol.Optional(key): _TIMES for key in ("restarts", "reconnects")},
        **{vol.Optional(f"{key}_counted"): vol.Maybe(COUNT) for key in ("restarts", "reconnects")},
        vol.Optional("startups"): _rows(str, SECONDS, SECONDS, TEXT),
        vol.Optional("memory"): _rows(SECONDS, COUNT),
        vol.Optional("changes"): _rows(SECONDS, str, TEXT),
        **{
            vol.Optional(key): TEXT
            for key in (
                *("memory_life", "version", "version_life", "previous_version"),
                *("component_version", "home_assistant_version", "settings"),
            )
        },
        vol.Optional("token_accepted"): vol.Maybe(bool),
        **{
            vol.Optional(key): vol.Maybe(SECONDS)
            for key in (*("version_changed_at", "update_since", "update_seen_at"),)
        },
    }
)

_DAY = vol.All(
    vol.Schema(
        {
            vol.Required("day"): vol.All(int, vol.Range(min=1, max=3_652_059)),
            **{vol.Required(key): COUNT for key in ("restarts", "lost_windows")},
            **{
                vol.Required(key): vol.Maybe(COUNT)
                for key in (
                    *("reconnects", "memory_low", "memory_high", "memory_last", "usage_log"),
                )
            },
            vol.Required("response"): vol.All(
                [COUNT],
                vol.Any(vol.Length(max=0), vol.Length(BUCKETS, BUCKETS)),
                vol.Coerce(tuple),
            ),
            vol.Required("startups"): _TIMES,
            vol.Required("version"): TEXT,
        }
    ),
    lambda value: Day(**value),
)
_DIARY = vol.Schema(
    {
        vol.Required("days"): vol.All([_DAY], vol.Coerce(tuple)),
        vol.Required("changes"): _rows(SECONDS, str, TEXT),
        **{
            vol.Required(f"{key}_counted"): vol.Maybe(COUNT)
            for key in ("restarts", "reconnects", "lost_windows")
        },
    }
)


@dataclass(frozen=True, slots=True)
class CaseMemory:
    """An immutable picture of a case, but for its objectives, which belong to the counts."""

    incidents: tuple[Incident, ...] = ()
    history: History = field(default_factory=History)
    maintenance_until: float | None = None
    watched_until: float | None = None
    diary: Diary = field(default_factory=Diary)
    excused: tuple[tuple[float, float], ...] = ()


def remembered(case: Case) -> CaseMemory:
    """Return a picture of a case, the oldest incident first."""
    return CaseMemory(
        tuple(reversed(case.incidents.all)),
        case.history,
        case.maintenance_until,
        case.watched_until,
        case.diary,
        case.excused,
    )


def encode_case(memory: CaseMemory) -> dict[str, Any]:
    """Return a case as JSON data."""
    return {
        "incidents": [
            {**asdict(incident), "absorbed": sorted(incident.absorbed)}
            for incident in memory.incidents
        ],
        "history": asdict(memory.history),
        "maintenance_until": memory.maintenance_until,
        "watched_until": memory.watched_until,
        "diary": asdict(memory.diary),
        "excused": memory.excused,
    }


def _history(value: Any) -> History:
    return History(**_HISTORY(value))


def _diary(value: Any) -> Diary:
    return Diary(**_DIARY(value))


def decode_case(sections: Mapping[str, Any]) -> tuple[CaseMemory, dict[str, Any]]:
    """Return a case, and apart from it whatever has a wrong shape: incidents one by one."""
    known = Sections(sections)
    incidents: list[Incident] = []
    wrong: list[Any] = []
    rows: list[Any] = known.read("incidents", vol.Schema([object]), [])
    for value in rows:
        try:
            incidents.append(_INCIDENT(value))
        except WRONG_SHAPE:
            wrong.append(value)
    if wrong:
        known.unreadable["incidents"] = wrong
    moment = vol.Schema(vol.Maybe(SECONDS))
    memory = CaseMemory(
        tuple(incidents),
        known.read("history", _history, History()),
        known.read("maintenance_until", moment, None),
        known.read("watched_until", moment, None),
        known.read("diary", _diary, Diary()),
        known.read("excused", _rows(SECONDS, SECONDS), ()),
    )
    return memory, known.unreadable

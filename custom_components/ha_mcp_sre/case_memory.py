"""The shape on disk of what is remembered of a server's incidents."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import probatio as vol

from .assess.diary import Day, Diary
from .assess.finding import RuleKey, Severity
from .assess.histogram import BUCKETS
from .assess.history import History
from .assess.incident import ChangeKind, Incident, Moment
from .assess.judge import Case

_SECONDS = vol.All(vol.Any(float, int), vol.Range(min=0, max=250_000_000_000))
_EVIDENCE = vol.Schema({str: vol.Any(str, int, float)})
_MOMENT = vol.All(
    vol.Schema(
        {
            vol.Required("at"): _SECONDS,
            vol.Required("kind"): vol.Coerce(ChangeKind),
            vol.Required("rule"): vol.Coerce(RuleKey),
            vol.Required("evidence"): _EVIDENCE,
        }
    ),
    lambda value: Moment(**value),
)
_INCIDENT = vol.All(
    vol.Schema(
        {
            vol.Required("id"): str,
            vol.Required("rule"): vol.Coerce(RuleKey),
            vol.Required("subject"): vol.Maybe(str),
            **{vol.Required(key): vol.Coerce(Severity) for key in ("severity", "worst")},
            vol.Required("evidence"): _EVIDENCE,
            **{
                vol.Required(key): _SECONDS
                for key in ("started_at", "detected_at", "last_bad_at", "turned_at")
            },
            vol.Required("spells"): vol.All([_SECONDS], vol.Length(min=1), vol.Coerce(tuple)),
            **{
                vol.Optional(key): vol.Maybe(_SECONDS)
                for key in (
                    *("last_good_at", "clean_since", "resolved_at"),
                    *("paged_at", "acknowledged_at"),
                )
            },
            vol.Optional("hint"): vol.Maybe(str),
            **{
                vol.Optional(key): vol.Maybe(vol.Coerce(Severity))
                for key in ("told", "acknowledged")
            },
            **{vol.Optional(key): bool for key in ("in_maintenance", "unwatched")},
            vol.Optional("absorbed"): vol.All([str], vol.Coerce(frozenset)),
            vol.Optional("timeline"): vol.All([_MOMENT], vol.Coerce(tuple)),
        }
    ),
    lambda value: Incident(**value),
)
_TIMES = vol.All([_SECONDS], vol.Coerce(tuple))
_COUNT = vol.All(int, vol.Range(min=0))
_TEXT = vol.Maybe(str)


def _rows(*columns: Any) -> Any:
    """Return the shape of rows with these columns."""
    row = vol.All(vol.ExactSequence(columns), vol.Coerce(tuple))
    return vol.All([row], vol.Coerce(tuple))


_HISTORY = vol.Schema(
    {
        **{vol.Optional(key): _TIMES for key in ("restarts", "reconnects")},
        **{vol.Optional(f"{key}_counted"): vol.Maybe(_COUNT) for key in ("restarts", "reconnects")},
        vol.Optional("startups"): _rows(str, _SECONDS, _SECONDS, _TEXT),
        vol.Optional("memory"): _rows(_SECONDS, _COUNT),
        vol.Optional("changes"): _rows(_SECONDS, str, _TEXT),
        **{
            vol.Optional(key): _TEXT
            for key in (
                *("memory_life", "version", "version_life", "previous_version"),
                *("component_version", "home_assistant_version", "settings"),
            )
        },
        vol.Optional("token_accepted"): vol.Maybe(bool),
        **{
            vol.Optional(key): vol.Maybe(_SECONDS)
            for key in (*("version_changed_at", "update_since", "update_seen_at"),)
        },
    }
)

_DAY = vol.All(
    vol.Schema(
        {
            vol.Required("day"): vol.All(int, vol.Range(min=1, max=3_652_059)),
            **{vol.Required(key): _COUNT for key in ("restarts", "lost_windows")},
            **{
                vol.Required(key): vol.Maybe(_COUNT)
                for key in (
                    *("reconnects", "memory_low", "memory_high", "memory_last", "usage_log"),
                )
            },
            vol.Required("response"): vol.All(
                [_COUNT],
                vol.Any(vol.Length(max=0), vol.Length(BUCKETS, BUCKETS)),
                vol.Coerce(tuple),
            ),
            vol.Required("startups"): _TIMES,
            vol.Required("version"): _TEXT,
        }
    ),
    lambda value: Day(**value),
)
_DIARY = vol.Schema(
    {
        vol.Required("days"): vol.All([_DAY], vol.Coerce(tuple)),
        vol.Required("changes"): _rows(_SECONDS, str, _TEXT),
        **{
            vol.Required(f"{key}_counted"): vol.Maybe(_COUNT)
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


def remembered(case: Case) -> CaseMemory:
    """Return a picture of a case, the oldest incident first."""
    return CaseMemory(
        tuple(reversed(case.incidents.all)),
        case.history,
        case.maintenance_until,
        case.watched_until,
        case.diary,
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
    }


def _history(value: Any) -> History:
    return History(**_HISTORY(value))


def _diary(value: Any) -> Diary:
    return Diary(**_DIARY(value))


def decode_case(sections: Mapping[str, Any]) -> tuple[CaseMemory, dict[str, Any]]:
    """Return a case, and apart from it whatever has a wrong shape: incidents one by one."""
    unreadable: dict[str, Any] = {}

    def read[T](name: str, schema: Callable[[Any], T], fallback: T) -> T:
        if name not in sections:
            return fallback
        try:
            return schema(sections[name])
        except vol.Invalid, TypeError, ValueError:
            unreadable[name] = sections[name]
            return fallback

    incidents: list[Incident] = []
    wrong: list[Any] = []
    rows: list[Any] = read("incidents", vol.Schema([object]), [])
    for value in rows:
        try:
            incidents.append(_INCIDENT(value))
        except vol.Invalid, TypeError, ValueError:
            wrong.append(value)
    if wrong:
        unreadable["incidents"] = wrong
    moment = vol.Schema(vol.Maybe(_SECONDS))
    memory = CaseMemory(
        tuple(incidents),
        read("history", _history, History()),
        read("maintenance_until", moment, None),
        read("watched_until", moment, None),
        read("diary", _diary, Diary()),
    )
    return memory, unreadable

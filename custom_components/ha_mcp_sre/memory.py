"""What is remembered about one server, and its shape on disk."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import batched, chain
import struct
from typing import Any
import zlib

from homeassistant.helpers.json import prepare_save_json
import probatio as vol

from .assess.app_log import AppLog
from .assess.assessment import Counters
from .assess.cells import Cell
from .assess.ledger import Ledger, Part
from .assess.objectives import Objectives
from .assess.observation import Position
from .assess.server import Server
from .assess.sessions import Cause, Sessions
from .assess.signals import Source
from .const import DOMAIN
from .observe.journal import Entry
from .shapes import COUNT, SECONDS, Sections

VERSION = 1
_FRAME = {"version": VERSION, "minor_version": 1, "key": f"{DOMAIN}/{'0' * 26}/open"}
_COLUMNS = "IHHBI"
_ROW_SIZE = struct.calcsize(f"<{_COLUMNS}")

_PART = vol.Schema(
    {
        vol.Required("tools"): [str],
        vol.Required("codes"): [str],
        vol.Required("minutes"): str,
        vol.Required("hours"): str,
        vol.Required("days"): str,
    }
)
_SERVER = vol.Schema(
    {
        **{vol.Required(key): vol.Maybe(str) for key in ("version", "instance", "worker")},
        **{vol.Required(key): vol.Maybe(SECONDS) for key in ("started_at", "startup_time")},
        vol.Optional("imported_at"): vol.Maybe(SECONDS),
        vol.Optional("startup_source"): vol.Maybe(vol.Coerce(Source)),
        vol.Required("restarts"): COUNT,
    }
)
_COUNTERS = vol.Schema(
    {
        vol.Required("calls"): vol.Maybe(COUNT),
        vol.Required("errors"): vol.Maybe(COUNT),
        vol.Required("lost_windows"): COUNT,
        vol.Optional("broken_records"): COUNT,
        vol.Optional("own_bytes"): COUNT,
    }
)
_SESSIONS = vol.Schema(
    {
        vol.Optional("reconnects"): vol.Maybe(COUNT),
        **{
            vol.Optional(key): COUNT
            for key in ("server_restarts", "home_assistant_stops", "waiting")
        },
        **{
            vol.Optional(key): vol.Maybe(SECONDS)
            for key in ("opened_at", "last_disconnect", "life_at", "reopened_at")
        },
        vol.Optional("last_cause"): vol.Maybe(vol.Coerce(Cause)),
        **{vol.Optional(key): bool for key in ("shared", "lost")},
        vol.Optional("session"): vol.Maybe(int),
        vol.Optional("life"): vol.Maybe(str),
    }
)
_APP_LOG = vol.Schema(
    {
        **{
            vol.Optional(key): vol.Maybe(SECONDS)
            for key in (
                *("opened_at", "last_disconnect", "starting_since"),
                *("came_up_at", "startup_time"),
            )
        },
        **{vol.Optional(key): vol.Maybe(COUNT) for key in ("reconnects", "sessions")},
        vol.Optional("releases_due"): COUNT,
        **{vol.Optional(key): bool for key in ("lost", "crashed")},
    }
)
_POSITION = vol.Schema(
    {
        vol.Required("since"): SECONDS,
        **{vol.Optional(key): vol.Maybe(str) for key in ("last_seen", "mark")},
        **{vol.Optional(key): vol.Maybe(COUNT) for key in ("inode", "offset")},
        vol.Optional("last_ended"): vol.Maybe(SECONDS),
        vol.Optional("ahead"): bool,
    }
)
_JOURNAL = vol.Schema(
    {
        vol.Required("calls"): [{vol.Required("tool"): str, vol.Required("arguments"): dict}],
        vol.Required("times"): str,
    }
)


@dataclass(frozen=True, slots=True)
class Memory:
    """An immutable picture of everything that is kept, closed days apart.

    Since `whole_since` nothing is missing from the counts by time.
    """

    position: Position
    whole_since: float = 0.0
    part: Part = field(default_factory=lambda: Part((), ()))
    objectives: Part = field(default_factory=lambda: Part((), ()))
    counters: Counters = field(default_factory=Counters)
    server: Server = field(default_factory=Server)
    sessions: Sessions = field(default_factory=Sessions)
    app_log: AppLog = field(default_factory=AppLog)
    journal: tuple[Entry, ...] = ()
    archived: frozenset[int] = field(default_factory=frozenset)


def decode(
    sections: Mapping[str, Any], ledger: Ledger, now: float
) -> tuple[Memory, dict[str, Any]]:
    """Fill the ledger and return the rest, and apart from it every section of a wrong shape.

    What is missing is as of a server that is watched from `now` on.
    """
    known = Sections(sections)
    known.read("ledger", lambda value: ledger.restore(decode_part(value)), None)
    archived: list[int] = known.read("archived", vol.Schema([int]), [])
    memory = Memory(
        position=known.read("position", lambda v: Position(**_POSITION(v)), Position(now)),
        whole_since=known.read("whole_since", SECONDS, now),
        counters=known.read("counters", lambda v: Counters(**_COUNTERS(v)), Counters()),
        server=known.read("server", lambda v: Server(**_SERVER(v)), Server()),
        app_log=known.read("app_log", lambda v: AppLog(**_APP_LOG(v)), AppLog()),
        sessions=known.read("sessions", lambda v: Sessions(**_SESSIONS(v)), Sessions()),
        journal=known.read("journal", _decode_journal, ()),
        objectives=known.read("objectives", _decode_objectives, Part((), ())),
        archived=frozenset(archived),
    )
    return memory, known.unreadable


def encode(memory: Memory, limit: int) -> dict[str, Any]:
    """Return the memory as JSON data whose file has at most `limit` bytes.

    What does not fit is taken from the oldest minutes: hours and days know those calls too.
    """
    data = {
        "counters": asdict(memory.counters),
        "server": asdict(memory.server),
        "sessions": asdict(memory.sessions),
        "app_log": asdict(memory.app_log),
        "position": asdict(memory.position),
        "journal": _encode_journal(memory.journal),
        "objectives": encode_part(memory.objectives),
        "archived": sorted(memory.archived),
        "whole_since": memory.whole_since,
    }
    # No more rows than bytes: to compress a very busy day again and again would take seconds.
    minutes = sorted(memory.part.minutes)[-limit:]
    while True:
        data["ledger"] = encode_part(replace(memory.part, minutes=tuple(minutes)))
        if not minutes or _file_size(data) <= limit:
            return data
        minutes = minutes[len(minutes) // 4 + 1 :]


def _file_size(data: Mapping[str, Any]) -> int:
    return len(prepare_save_json({**_FRAME, "data": data})[1])


def encode_part(part: Part) -> dict[str, Any]:
    """Return a part of the ledger, or of the objectives, as JSON data."""
    return {
        "tools": list(part.tools),
        "codes": list(part.codes),
        "minutes": _pack(part.minutes),
        "hours": _pack(part.hours),
        "days": _pack(part.days),
    }


def decode_part(value: object) -> Part:
    """Return such a part from JSON data; raises one of `shapes.WRONG_SHAPE` if it is none."""
    data: Mapping[str, Any] = _PART(value)
    return Part(
        tools=tuple(data["tools"]),
        codes=tuple(data["codes"]),
        minutes=_unpack(data["minutes"]),
        hours=_unpack(data["hours"]),
        days=_unpack(data["days"]),
    )


def _decode_objectives(value: object) -> Part:
    part = decode_part(value)
    Objectives().restore(part)  # Raises IndexError for a row that means nothing.
    return part


def _pack(cells: tuple[Cell, ...]) -> str:
    """Write the cells column by column, which compresses to less than half of row by row."""
    columns = zip(*sorted(cells), strict=True)
    packed = _layout(len(cells)).pack(*chain.from_iterable(columns))
    return base64.b64encode(zlib.compress(packed)).decode()


def _unpack(text: str) -> tuple[Cell, ...]:
    packed = zlib.decompress(base64.b64decode(text, validate=True))
    rows = len(packed) // _ROW_SIZE
    columns = batched(_layout(rows).unpack(packed), rows or 1, strict=True)
    return tuple(Cell(*row) for row in zip(*columns, strict=True))


def _layout(rows: int) -> struct.Struct:
    return struct.Struct("<" + "".join(f"{rows}{column}" for column in _COLUMNS))


def _encode_journal(entries: tuple[Entry, ...]) -> dict[str, Any]:
    """Write what was called once, and of each call only when: all are of a few kinds."""
    calls: list[dict[str, Any]] = []
    times: list[str] = []
    for entry in entries:
        call = {"tool": entry.tool, "arguments": dict(entry.arguments)}
        if call not in calls:
            calls.append(call)
        answered = "" if entry.answered is None else entry.answered
        times.append(f"{calls.index(call)} {entry.sent} {answered}".strip())
    return {"calls": calls, "times": ";".join(times)}


def _decode_journal(value: object) -> tuple[Entry, ...]:
    data: Mapping[str, Any] = _JOURNAL(value)
    entries = []
    for line in filter(None, data["times"].split(";")):
        which, sent, *answered = line.split(" ")
        call = data["calls"][int(which)]
        times = [SECONDS(float(time)) for time in (sent, *answered[:1])]
        entries.append(Entry(call["tool"], call["arguments"], *times))
    return tuple(entries)

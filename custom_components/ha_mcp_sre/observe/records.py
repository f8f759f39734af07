"""One usage record of ha-mcp: its measures are taken, what was said is left behind.

Records come from `ha_report_issue`, the usage log and the ring buffer, all in one form. Of each
only tool, time, duration, outcome and error code are taken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
import json
from math import inf
import re
from typing import Any

from ..assess.observation import Position, ToolCall
from .journal import Journal
from .plain import error_code, moment, number

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_UNNAMED = "other"

_LONGEST = 24 * 3600.0
"""Seconds; a record of a call that took longer is broken."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    `key` tells it from others, None if nothing does; `call` is None if the record is broken.
    `parameters` serve to recognise calls of ours and are not kept. `size` is how many bytes the
    record takes in the usage log, 0 where it was not read there.
    """

    key: str | None
    call: ToolCall | None
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    size: int = 0

    @property
    def ended(self) -> float:
        """When the call ended; a broken record stands before all others."""
        return -inf if self.call is None else self.call.ended


@dataclass(frozen=True, slots=True)
class Sifted:
    """The calls of the assistant, and how many bytes and records were not such calls."""

    calls: tuple[ToolCall, ...]
    broken: int
    own_bytes: int


def read_record(raw: object, *, skew: float = 0.0, size: int = 0) -> Record:
    """Read a record; `skew` is the clock that wrote it minus ours, in seconds."""
    parameters = raw.get("parameters") if isinstance(raw, dict) else None
    return Record(
        key=_key(raw),
        call=_call(raw, skew),
        parameters=parameters if isinstance(parameters, dict) else {},
        size=size,
    )


def sift(
    records: Iterable[Record],
    journal: Journal,
    position: Position,
    now: float,
    *,
    skew: float = 0.0,
) -> Sifted:
    """Keep the assistant's calls since the watch began; each call of ours is claimed.

    The records come oldest first, which is how the journal can tell our calls from each other.
    """
    calls: list[ToolCall] = []
    broken = own_bytes = 0
    for record in records:
        if (call := record.call) is None:
            broken += 1
        # What was called before the watch is not in the journal, even if it looks like it.
        elif is_past(record, position):
            continue
        elif journal.claim(call.tool, record.parameters, call.ended + skew):
            own_bytes += record.size
        else:
            calls.append(_not_after(call, now))
    return Sifted(tuple(calls), broken, own_bytes)


def is_past(record: Record, position: Position) -> bool:
    """Return whether a call is older than the watch; after the first reading none is."""
    if record.call is None or position.last_seen is not None:
        return False
    return record.call.started < position.since


def _not_after(call: ToolCall, now: float) -> ToolCall:
    """Return the call as one that did not end in the future: a clock may have been set back."""
    return call if call.ended <= now else replace(call, started=now - call.duration)


def _key(raw: object) -> str | None:
    """Name a record without keeping any of its texts; None if nothing tells it from others."""
    if not isinstance(raw, dict):
        return None
    parts = [raw.get(name) for name in ("timestamp", "tool_name", "execution_time_ms")]
    if not all(isinstance(part, str | int | float) for part in parts):
        return None
    return sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _call(raw: object, skew: float) -> ToolCall | None:
    """Read the call of a record, None if it is broken; its time is put on our clock."""
    if not isinstance(raw, dict):
        return None
    name, success = raw.get("tool_name"), raw.get("success")
    ended, milliseconds = moment(raw.get("timestamp")), number(raw.get("execution_time_ms"))
    if not isinstance(name, str) or not isinstance(success, bool):
        return None
    if ended is None or milliseconds is None:
        return None
    duration = max(0.0, milliseconds / 1000)
    started = ended - skew - duration
    if duration > _LONGEST or started < 0:
        return None
    return ToolCall(
        tool=name if _NAME.fullmatch(name) else _UNNAMED,
        started=started,
        duration=duration,
        success=success,
        code=None if success else _envelope_code(raw.get("error_message")),
    )


def _envelope_code(message: object) -> str | None:
    """Take the code out of ha-mcp's error envelope; a text without one stays unread."""
    if not isinstance(message, str):
        return None
    try:
        envelope = json.loads(message)
    except ValueError, RecursionError:
        return None
    error = envelope.get("error") if isinstance(envelope, dict) else None
    return error_code(error.get("code")) if isinstance(error, dict) else None

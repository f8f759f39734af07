"""Tool calls from `ha_report_issue`: the one way to read them from outside ha-mcp.

Whatever it is asked for, the tool makes ha-mcp fetch its configuration, all states and the
error log, so it is asked rarely (`assess.schedule`). Of each record only tool, time, duration,
outcome, error code and size are taken; parameters and texts are dropped here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
import json
import re
import time
from typing import Any

from ..assess.observation import FailureKind, Identity, Position, ToolCall, ToolCallReading
from ..assess.policy import Policy
from .failures import McpError
from .journal import Journal
from .mcp import McpClient, ToolResult
from .plain import error_code, number, word

TOOL = "ha_report_issue"

_RECORDS_PER_COUNT = 12
"""`ha_report_issue` returns this many records for each `tool_call_count` (at most 16)."""

_MOST = 16

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_UNNAMED = "other"

_LONGEST = 24 * 3600.0
"""Seconds; a record of a call that took longer is broken."""

_STARTED = re.compile(
    r"Uvicorn running on|Application startup complete|StreamableHTTP session manager started"
)
"""Log lines of a server that has come up; which of them ha-mcp keeps differs by install mode."""


@dataclass(slots=True)
class Form:
    """How to ask this server: what one version takes, another refuses."""

    fields_as: int = 0
    count: int = _MOST


class ToolCallSource:
    """The tool calls of one server."""

    def __init__(self, client: McpClient, journal: Journal, policy: Policy) -> None:
        """Read from a server; the journal tells which calls are our own."""
        self._client = client
        self._journal = journal
        self._policy = policy
        self._form = Form()

    def start_anew(self) -> None:
        """Ask in the newest form again: another version may answer it."""
        self._form = Form()

    async def read(
        self, position: Position, now: float, skew: float | None, *, startup: bool = False
    ) -> ToolCallReading | FailureKind:
        """Read the calls since a position, or return why that was not possible.

        `skew` is the server's clock minus ours; `startup` asks for the start-up log too.
        """
        started = time.perf_counter()
        try:
            answer = await self._ask(startup=startup)
        except McpError as err:
            if err.kind is FailureKind.TOO_LARGE and self._form.count > 1:
                self._form.count //= 2
            return err.kind
        duration = time.perf_counter() - started
        if answer.is_error:
            return FailureKind.TOOL_REFUSED if answer.is_refused else FailureKind.TOOL_ERROR
        return self._digest(answer.data, position, now, skew, duration)

    async def _ask(self, *, startup: bool) -> ToolResult:
        """Ask in the newest form, and in older ones while the server refuses the arguments."""
        fields = ["diagnostic_info", "recent_logs", *(["startup_logs"] if startup else [])]
        forms: Sequence[Mapping[str, Any]] = (
            {"fields": fields, "tool_call_count": self._form.count},
            {"fields": ",".join(fields), "tool_call_count": self._form.count},
            {"tool_call_count": self._form.count},
        )
        while True:
            answer = await self._client.call_tool(
                TOOL, forms[self._form.fields_as], self._policy.tool_calls_timeout
            )
            refused = answer.is_error and (answer.code or "").startswith("VALIDATION_")
            if not refused or self._form.fields_as == len(forms) - 1:
                return answer
            self._form.fields_as += 1

    def _digest(
        self,
        data: Mapping[str, Any],
        position: Position,
        now: float,
        skew: float | None,
        duration: float,
    ) -> ToolCallReading | FailureKind:
        records = data.get("recent_logs")
        if not isinstance(records, list):
            return FailureKind.BAD_ANSWER
        identity = _identity(data.get("diagnostic_info"))
        fresh, overlap = _newer_than(position.last_seen, records)
        # Oldest first, which is how the journal can tell calls of ours from each other.
        read = [(record, _call(record, skew or 0.0)) for record in reversed(fresh)]
        known = [(record, call) for record, call in read if call is not None]
        calls = [
            _not_after(call, now)
            for record, call in known
            # What was called before the watch is not in the journal, even if it looks like it.
            if not _is_past(call, position) and not self._is_ours(record, call, skew or 0.0)
        ]
        if position.last_seen is None:
            # No last record to meet: a full list that does not reach back to `since` is short.
            full = len(records) >= _RECORDS_PER_COUNT * self._form.count
            lost = full and not any(_is_past(call, position) for _, call in known)
        else:
            lost = not overlap
        return ToolCallReading(
            at=now,
            duration=duration,
            calls=tuple(calls),
            position=Position(
                since=position.since,
                last_seen=next(filter(None, map(_key, records)), position.last_seen),
            ),
            lost=lost,
            skew=skew,
            broken_records=len(read) - len(known),
            identity=identity,
            connected=_connected(data.get("diagnostic_info")),
            startup_time=_startup_time(data.get("startup_logs")),
        )

    def _is_ours(self, record: Mapping[str, Any], call: ToolCall, skew: float) -> bool:
        parameters = record.get("parameters")
        return self._journal.claim(
            call.tool,
            parameters if isinstance(parameters, dict) else {},
            call.started + call.duration + skew,
        )


def _not_after(call: ToolCall, now: float) -> ToolCall:
    """Return the call as one that did not end in the future: a clock may have been set back."""
    return replace(call, started=min(call.started, now - call.duration))


def _is_past(call: ToolCall, position: Position) -> bool:
    """Return whether the call is older than the watch; after the first reading none is."""
    return position.last_seen is None and call.started < position.since


def _newer_than(last_seen: str | None, records: list[Any]) -> tuple[list[Any], bool]:
    """Return the records newer than the last one seen, and whether that one was there.

    ha-mcp lists the newest first and only ever appends, so one known record is enough to
    know all the older ones: no clock is compared.
    """
    if last_seen is not None:
        for index, record in enumerate(records):
            if _key(record) == last_seen:
                return records[:index], True
    return records, False


def _key(record: Any) -> str | None:
    """Name a record without keeping any of its texts; None if nothing tells it from others."""
    if not isinstance(record, dict):
        return None
    parts = [record.get(name) for name in ("timestamp", "tool_name", "execution_time_ms")]
    if not all(isinstance(part, str | int | float) for part in parts):
        return None
    return sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _call(record: Any, offset: float) -> ToolCall | None:
    """Read one record, None if it is broken; its time is put on our clock."""
    if not isinstance(record, dict):
        return None
    name, success = record.get("tool_name"), record.get("success")
    ended, milliseconds = _moment(record.get("timestamp")), number(record.get("execution_time_ms"))
    if not isinstance(name, str) or not isinstance(success, bool):
        return None
    if ended is None or milliseconds is None:
        return None
    duration = max(0.0, milliseconds / 1000)
    started = ended - offset - duration
    if duration > _LONGEST or started < 0:
        return None
    size = number(record.get("response_size_bytes"))
    return ToolCall(
        tool=name if _NAME.fullmatch(name) else _UNNAMED,
        started=started,
        duration=duration,
        success=success,
        code=None if success else _envelope_code(record.get("error_message")),
        size=None if size is None else int(size),
    )


def _moment(text: object) -> float | None:
    """Return the Unix time of an ISO 8601 text with a UTC offset, None if it is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return None if moment is None or moment.tzinfo is None else moment.timestamp()


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


def _identity(info: object) -> Identity | None:
    if not isinstance(info, dict):
        return None
    instance = info.get("instance")
    instance = instance if isinstance(instance, dict) else {}
    return Identity(
        version=word(info.get("ha_mcp_version")),
        instance=word(instance.get("instance_id")),
        started_at=number(instance.get("started_at")),
    )


def _connected(info: object) -> bool | None:
    status = info.get("connection_status") if isinstance(info, dict) else None
    if not isinstance(status, str) or status == "Unknown":
        return None
    return status == "Connected"


def _startup_time(lines: object) -> float | None:
    """Return the seconds from ha-mcp's first line of code to the last sign of coming up."""
    if not isinstance(lines, list):
        return None
    times = [
        elapsed
        for line in lines
        if isinstance(line, dict)
        and (elapsed := number(line.get("elapsed_seconds"))) is not None
        and isinstance(line.get("message"), str)
        and _STARTED.search(line["message"])
    ]
    return max(times, default=None)

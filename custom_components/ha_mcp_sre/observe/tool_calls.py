"""Tool calls from `ha_report_issue`: the one way to read them from outside ha-mcp.

Whatever it is asked for, the tool makes ha-mcp fetch its configuration, all states and the
error log, so it is asked rarely (`assess.schedule`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import time
from typing import Any

from ..assess.observation import Description, FailureKind, Position, ToolCallReading
from ..assess.policy import Policy
from .description import read_description
from .failures import McpError
from .journal import Journal
from .mcp import McpClient, ToolResult
from .records import Record, is_past, read_record, sift
from .ring_buffer import LISTED

TOOL = "ha_report_issue"

_RECORDS_PER_COUNT = 12
"""`ha_report_issue` returns this many records for each `tool_call_count` (at most 16)."""

_MOST = 16

FORMS = 3
"""In so many forms the report can be asked for; one version takes what another refuses."""


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
    ) -> ToolCallReading | FailureKind | None:
        """Read the calls since a position, or return why that was not possible.

        None is no answer yet: this server must be asked in another form, and the next reading
        does. `skew` is the server's clock minus ours; `startup` asks for the start-up log too.
        """
        started = time.perf_counter()
        data = await self._report(["recent_logs"], startup=startup)
        if data is None or isinstance(data, FailureKind):
            return data
        return self._digest(data, position, now, skew, time.perf_counter() - started)

    async def describe(self, *, startup: bool = False) -> Description | FailureKind | None:
        """Read what the server says of itself, and no calls, or return why that was not possible.

        None is no answer yet, as of `read`.
        """
        data = await self._report([], startup=startup)
        if data is None or isinstance(data, FailureKind):
            return data
        return read_description(data)

    async def _report(
        self, parts: Sequence[str], *, startup: bool
    ) -> Mapping[str, Any] | FailureKind | None:
        try:
            answer = await self._ask(
                ["diagnostic_info", *parts, *(["startup_logs"] if startup else [])]
            )
        except McpError as err:
            if err.kind is FailureKind.TOO_LARGE and self._form.count > 1:
                self._form.count //= 2
            return err.kind
        if answer is None:
            return None
        if answer.is_error:
            return FailureKind.TOOL_REFUSED if answer.is_refused else FailureKind.TOOL_ERROR
        return answer.data

    async def _ask(self, fields: Sequence[str]) -> ToolResult | None:
        """Ask once, in the newest form that the server has not refused; None if it just did."""
        forms: Sequence[Mapping[str, Any]] = (
            {"fields": list(fields), "tool_call_count": self._form.count},
            {"fields": ",".join(fields), "tool_call_count": self._form.count},
            {"tool_call_count": self._form.count},
        )
        answer = await self._client.call_tool(
            TOOL, forms[self._form.fields_as], self._policy.tool_calls_timeout
        )
        refused = answer.is_error and (answer.code or "").startswith("VALIDATION_")
        if not refused or self._form.fields_as == FORMS - 1:
            return answer
        self._form.fields_as += 1
        return None

    def _digest(
        self,
        data: Mapping[str, Any],
        position: Position,
        now: float,
        skew: float | None,
        duration: float,
    ) -> ToolCallReading | FailureKind:
        listed = data.get("recent_logs")
        if not isinstance(listed, list):
            return FailureKind.BAD_ANSWER
        records = [read_record(raw, skew=skew or 0.0) for raw in listed[:LISTED]]
        fresh, overlap = _newer_than(position.last_seen, records)
        sifted = sift(reversed(fresh), self._journal, position, now, skew=skew or 0.0)
        if position.last_seen is None:
            # No last record to meet: a full list that does not reach back to `since` is short.
            full = len(records) >= _RECORDS_PER_COUNT * self._form.count
            lost = full and not any(is_past(each, position) for each in fresh)
        else:
            lost = not overlap
        return ToolCallReading(
            duration=duration,
            calls=sifted.calls,
            position=Position(
                since=position.since,
                last_seen=next((each.key for each in records if each.key), position.last_seen),
            ),
            lost=lost,
            skew=skew,
            broken_records=sifted.broken,
            description=read_description(data),
        )


def _newer_than(last_seen: str | None, records: list[Record]) -> tuple[list[Record], bool]:
    """Return the records newer than the last one seen, and whether that one was there.

    ha-mcp lists the newest first and only ever appends, so one known record is enough to
    know all the older ones: no clock is compared.
    """
    if last_seen is not None:
        for index, record in enumerate(records):
            if record.key == last_seen:
                return records[:index], True
    return records, False

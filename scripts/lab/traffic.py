"""What an assistant would ask of ha-mcp: read-only tool calls, some of which fail."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
import json
from typing import Any

import aiohttp

from scripts.lab.processes import LabError


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call and whether ha-mcp should refuse it."""

    tool: str
    arguments: Mapping[str, Any]
    fails: bool = False


@dataclass(slots=True)
class Traffic:
    """What was sent, as ha-mcp's usage log should show it."""

    calls: int = 0
    errors: int = 0
    by_tool: Counter[str] = field(default_factory=Counter)

    def add(self, call: ToolCall) -> None:
        """Count one call that was sent."""
        self.calls += 1
        self.errors += call.fails
        self.by_tool[call.tool] += 1


RENDER = ToolCall("ha_eval_template", {"template": "{{ 6 * 7 }}"})
"""Needs the session that ha-mcp keeps."""

# Every failure here is one that ha-mcp records: it keeps no record of unknown tools or of
# arguments it could not validate.
MODEST = (
    ToolCall("ha_eval_template", {"template": "{{ states('sun.sun') }}"}),
    ToolCall("ha_get_state", {"entity_id": "sun.sun"}),
    ToolCall("ha_get_overview", {"detail_level": "minimal"}),
    ToolCall("ha_get_state", {"entity_id": "light.no_such_lamp"}, fails=True),
    ToolCall("ha_get_state", {"entity_id": "sensor.sun_next_rising"}),
    ToolCall("ha_search", {"query": "sun"}),
    ToolCall("ha_eval_template", {"template": "{{ now().year }}"}),
    ToolCall("ha_get_state", {"entity_id": "sensor.no_such_sensor"}, fails=True),
    RENDER,
    ToolCall("ha_get_state", {"entity_id": "zone.home"}),
)


def scripted(calls: int, failures: int) -> list[ToolCall]:
    """Return exactly so many calls, so many of which fail, spread evenly."""
    succeeding = cycle([call for call in MODEST if not call.fails])
    failing = cycle([call for call in MODEST if call.fails])
    fails = [(n + 1) * failures // calls > n * failures // calls for n in range(calls)]
    return [next(failing if each else succeeding) for each in fails]


async def send(url: str, calls: Sequence[ToolCall] = MODEST, *, into: Traffic) -> None:
    """Send calls one after the other and count them; an unexpected answer is an error."""
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        for call in calls:
            result = await _call(http, url, call)
            into.add(call)
            if result.get("isError", False) != call.fails:
                text = result["content"][0]["text"][:300]
                raise LabError(f"{call.tool} was expected to {_outcome(call)}, answered: {text}")


MANY = [RENDER] * 24
"""So many calls at once that they show whether the server is slow: 20 do."""

VERY_MANY = [RENDER] * 150
"""As many as a reading of ha-mcp's memory, which ends at 192, shows without a loss."""


async def send_together(url: str, calls: Sequence[ToolCall], *, into: Traffic) -> None:
    """Send calls all at once and count them; an unexpected answer is an error."""
    async with asyncio.TaskGroup() as tasks:
        for call in calls:
            tasks.create_task(send(url, [call], into=into))


def _outcome(call: ToolCall) -> str:
    return "fail" if call.fails else "succeed"


async def _call(http: aiohttp.ClientSession, url: str, call: ToolCall) -> dict[str, Any]:
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": call.tool, "arguments": call.arguments},
    }
    headers = {"Accept": "application/json, text/event-stream"}
    async with http.post(url, json=request, headers=headers) as answer:
        if answer.status != 200:
            raise LabError(f"{call.tool}: ha-mcp answered HTTP {answer.status}")
        message = _message(await answer.text())
    if "error" in message:
        raise LabError(f"{call.tool}: {message['error']['message']}")
    result: dict[str, Any] = message["result"]
    return result


def _message(body: str) -> dict[str, Any]:
    """Return the JSON-RPC message, sent plain or as the last event of a stream."""
    events = [line.removeprefix("data:") for line in body.splitlines() if line.startswith("data:")]
    message: dict[str, Any] = json.loads(events[-1] if events else body)
    return message

"""A week of little use and one outage, and what the weekly report says of it."""

from scripts.lab.cutter import Cutter
from scripts.lab.fault_demo import show_fault
from scripts.lab.faults import FAULTS
from scripts.lab.integration import WatchedServer
from scripts.lab.real_parts import RealParts
from scripts.lab.traffic import MODEST, ToolCall, Traffic, send
from scripts.provision.step import say

FAULT = FAULTS["kill"]

_MISTAKES = (
    ToolCall("ha_eval_template", {"template": "{{ 1 / 0 }}"}, fails=True),
    ToolCall("ha_call_service", {"domain": "light", "service": "no_such_service"}, fails=True),
)


async def write_report(parts: RealParts, cutter: Cutter, server: WatchedServer) -> str:
    """Have ha-mcp be used and fail, and return the report of this week so far."""
    await show_fault(parts, cutter, server, FAULT)
    say("Using the new ha-mcp")
    await send(parts.ha_mcp.url, [*MODEST, *_MISTAKES], into=Traffic())
    await server.probe_now()
    say("Asking for the report")
    markdown: str = (await server.report())["markdown"]
    return markdown

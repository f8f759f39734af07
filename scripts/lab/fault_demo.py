"""A fault from the beginning to the end, as Home Assistant shows it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from textwrap import indent
import time
from typing import Any

from scripts.lab.cutter import Cutter
from scripts.lab.faults import Fault
from scripts.lab.integration import DOMAIN, WatchedServer
from scripts.lab.live import Happening, watching
from scripts.lab.real_parts import RealParts, see_the_session
from scripts.lab.traffic import MANY, VERY_MANY, ToolCall, Traffic, send_together
from scripts.lab.waiting import wait_for
from scripts.provision.step import say

_LONGEST = 900
"""Seconds after which something that was waited for will not happen."""

_A_WHILE = 5
"""Seconds to let everything that belongs together happen."""

_INDENT = " " * 12

_WORDS = {
    ("repair", "create"): "Repairs: an issue appears",
    ("repair", "update"): "Repairs: the issue changes",
    ("repair", "remove"): "Repairs: the issue is gone",
    ("notification", "added"): "a notification appears",
    ("notification", "updated"): "the notification changes",
    ("notification", "removed"): "the notification is gone",
}


class Timeline:
    """Prints what happens, with the seconds since it began."""

    def __init__(self) -> None:
        """Begin now."""
        self._began = time.time()
        self._seen: set[tuple[str, str]] = set()

    def note(self, what: str) -> None:
        """Print something that happens now."""
        self._print(time.time(), what)

    def tell(self, happening: Happening) -> None:
        """Print something that has happened."""
        self._seen.add((happening.what, happening.became))
        self._print(happening.at, _in_words(happening))

    async def until_incident(self, *events: str) -> None:
        """Wait for one of some events of the incident."""

        async def seen() -> bool:
            return any(("incident", event) in self._seen for event in events)

        await wait_for(seen, what=f"the incident was {' or '.join(events)}", timeout=_LONGEST)

    def _print(self, at: float, what: str) -> None:
        print(f"{at - self._began:7.1f} s  {what}", flush=True)


async def show_fault(parts: RealParts, cutter: Cutter, server: WatchedServer, fault: Fault) -> None:
    """Inflict a fault, wait until people are told, mend it, and wait until it is over."""
    say("Having ha-mcp connect once more: its session is older than the integration")
    await cutter.cut()
    await see_the_session(server, parts.ha_mcp)
    await asyncio.sleep(_A_WHILE)
    say("Breaking it; at home a person is told after a grace of 1 or 2 minutes")
    print()
    timeline = Timeline()
    async with watching(server, timeline.tell):
        timeline.note(f"[{fault.what}]")
        await fault.inflict(parts, cutter)
        # Nobody sees that a server is slow that nobody uses.
        is_used = fault.rule == "slow"
        async with using(parts, server, timeline, MANY if is_used else []):
            await timeline.until_incident("paged" if fault.pages else "opened")
            await asyncio.sleep(_A_WHILE)
        await print_page(server)
        timeline.note(f"[{fault.mended}]")
        await fault.mend(parts, cutter)
        async with using(parts, server, timeline, VERY_MANY if is_used else []):
            await timeline.until_incident("resolved")
            await asyncio.sleep(_A_WHILE)
    print("\nThe incident is over.", flush=True)


@asynccontextmanager
async def using(
    parts: RealParts, server: WatchedServer, timeline: Timeline, calls: Sequence[ToolCall]
) -> AsyncIterator[None]:
    """Make calls again and again, all of them at once, and have them be read at once."""

    async def use() -> None:
        while calls:
            began = time.time()
            await send_together(parts.ha_mcp.url, calls, into=Traffic())
            timeline.note(f"[{len(calls)} tool calls at once took {time.time() - began:.1f} s]")
            await server.probe_now()
            await asyncio.sleep(_A_WHILE)

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(use())
        yield
        task.cancel()


async def print_page(server: WatchedServer) -> None:
    """Print what a person finds in Repairs and among the notifications."""
    issues = (await server.client.websocket("repairs/list_issues"))["issues"]
    for issue in issues:
        if issue["domain"] == DOMAIN:
            print(f"{_INDENT}Repairs: {await _title(server, issue)}", flush=True)
    for notification in await server.client.websocket("persistent_notification/get"):
        if DOMAIN in notification["notification_id"]:
            said = f"{notification['title']}\n{notification['message']}"
            print(indent(f"Notification: {said}", _INDENT), flush=True)


async def _title(server: WatchedServer, issue: dict[str, Any]) -> str:
    found = await server.client.websocket(
        "frontend/get_translations", language="en", category="issues", integration=[DOMAIN]
    )
    key = f"component.{DOMAIN}.issues.{issue['translation_key']}.title"
    title: str = found["resources"][key]
    return title.format_map(issue["translation_placeholders"] or {})


def _in_words(happening: Happening) -> str:
    if happening.what == "incident":
        rule, severity = happening.data["rule"], happening.data["severity"]
        return f"incident {happening.became}: {rule} ({severity})"
    words = _WORDS.get((happening.what, happening.became))
    return words or f"{happening.what.replace('_', ' ')}: {happening.became}"

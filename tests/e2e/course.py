"""The course that an incident takes, from a fault of the real parts to the end."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
import time
from typing import Any

from scripts.lab.cutter import Cutter
from scripts.lab.faults import FAULTS, Fault
from scripts.lab.integration import DOMAIN, WatchedServer
from scripts.lab.live import Happening, watching
from scripts.lab.real_parts import RealParts
from scripts.lab.traffic import MANY, VERY_MANY, ToolCall, Traffic, send_together
from scripts.lab.waiting import wait_for

SOON = 60
"""Seconds in which something that a short policy makes due has happened."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a person finds while an incident is open."""

    issues: list[dict[str, Any]]
    notifications: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Course:
    """A fault, and everything that came of it.

    Times are Unix seconds; the fault was mended at some moment between the last two. `incidents`
    are those that began since, `at_its_worst` as they were just before it was mended. `page` is
    what people found then, `left` what they find in the end.
    """

    name: str
    broken_at: float
    mending_at: float
    mended_at: float
    at_its_worst: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    page: Page
    left: Page
    seen: list[Happening]

    @property
    def fault(self) -> Fault:
        """What was done to the parts."""
        return FAULTS[self.name]

    def events(self, what: str = "incident") -> list[str]:
        """Return what became of an entity, of the repairs or of the notifications, in order."""
        return [happening.became for happening in self.seen if happening.what == what]


@dataclass(frozen=True, slots=True)
class IncidentLab:
    """The real parts with a short policy, and a loop of their own to use them in."""

    runner: asyncio.Runner
    parts: RealParts
    server: WatchedServer
    cutter: Cutter

    def run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Use the real parts."""
        return self.runner.run(coroutine)

    async def suffer(self, name: str) -> Course:
        """Break something, see what people are told, mend it, and wait for the end."""
        fault = FAULTS[name]
        known = {each["incident_id"] for each in await self.server.incidents()}

        async def begun() -> list[dict[str, Any]]:
            found = await self.server.incidents()
            return [each for each in found if each["incident_id"] not in known]

        seen: list[Happening] = []
        async with watching(self.server, seen.append):
            broken_at = time.time()
            await fault.inflict(self.parts, self.cutter)
            try:
                if name == "slow":
                    await self.use_until("opened", MANY, seen)
                await self.until("paged" if fault.pages else "opened", seen)
                at_its_worst, page = await begun(), await self.page()
            finally:
                mending_at = time.time()
                await fault.mend(self.parts, self.cutter)
                mended_at = time.time()
            if name == "slow":
                await self.use_until("resolved", VERY_MANY, seen)
            await self.until("resolved", seen)
        return Course(
            name=name,
            broken_at=broken_at,
            mending_at=mending_at,
            mended_at=mended_at,
            at_its_worst=at_its_worst,
            incidents=await begun(),
            page=page,
            left=await self.page(),
            seen=seen,
        )

    async def use_until(self, event: str, calls: Sequence[ToolCall], seen: list[Happening]) -> None:
        """Call tools, and have the calls be read, until something happens to the incident."""

        async def used() -> bool:
            await send_together(self.parts.ha_mcp.url, calls, into=Traffic())
            await self.server.probe_now()
            return _has(event, seen)

        await wait_for(used, what=f"the incident is {event}", timeout=4 * SOON)

    async def until(self, event: str, seen: list[Happening]) -> None:
        """Wait until something happens to the incident."""

        async def happened() -> bool:
            return _has(event, seen)

        await wait_for(happened, what=f"the incident is {event}", timeout=SOON)

    async def page(self) -> Page:
        """Return what people are told now."""
        issues = (await self.parts.client.websocket("repairs/list_issues"))["issues"]
        notifications = await self.parts.client.websocket("persistent_notification/get")
        return Page(
            [each for each in issues if each["domain"] == DOMAIN],
            [each for each in notifications if DOMAIN in each["notification_id"]],
        )


def _has(event: str, seen: list[Happening]) -> bool:
    return any((each.what, each.became) == ("incident", event) for each in seen)

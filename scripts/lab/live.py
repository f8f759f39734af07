"""What happens in Home Assistant around a server, as it happens."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
import time
from typing import Any

from scripts.lab.client import Told
from scripts.lab.integration import DOMAIN, WatchedServer

SHOWN = ("health", "severity", "open_incidents", "incident")
"""The entities whose changes are told."""

_COMMANDS: tuple[dict[str, str], ...] = (
    {"type": "subscribe_events", "event_type": "state_changed"},
    {"type": "subscribe_events", "event_type": "repairs_issue_registry_updated"},
    {"type": "persistent_notification/subscribe"},
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One change that a person or an automation could see.

    `what` is the key of an entity, `repair` or `notification`; `became` is the new state, for an
    event entity its type, for the others what was done to it. `data` is what came with it.
    """

    at: float
    what: str
    became: str
    data: dict[str, Any]


@asynccontextmanager
async def watching(
    server: WatchedServer, tell: Callable[[Happening], object]
) -> AsyncIterator[None]:
    """Have everything told that happens meanwhile."""
    keys = {(await server.entity(key)).entity_id: key for key in SHOWN}

    def each(told: Told) -> list[Happening]:
        return _HAPPENINGS[told.subscription](told.event, keys)

    async with server.client.listen(*_COMMANDS) as events:

        async def follow() -> None:
            async for told in events:
                for happening in each(told):
                    tell(happening)

        task = asyncio.create_task(follow())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


def _changed_state(event: dict[str, Any], keys: dict[str, str]) -> list[Happening]:
    key = keys.get(event["data"]["entity_id"])
    old, new = event["data"]["old_state"], event["data"]["new_state"]
    if key is None or new is None or (old is not None and old["state"] == new["state"]):
        return []
    became = new["attributes"].get("event_type") or new["state"]
    return [Happening(_fired(event), key, became, new["attributes"])]


def _changed_repairs(event: dict[str, Any], _keys: dict[str, str]) -> list[Happening]:
    data = event["data"]
    if data["domain"] != DOMAIN:
        return []
    return [Happening(_fired(event), "repair", data["action"], data)]


def _changed_notifications(event: dict[str, Any], _keys: dict[str, str]) -> list[Happening]:
    return [
        Happening(time.time(), "notification", event["type"], notification)
        for name, notification in event["notifications"].items()
        # Those there were already are told at the beginning.
        if event["type"] != "current" and DOMAIN in name
    ]


def _fired(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["time_fired"]).timestamp()


_HAPPENINGS = (_changed_state, _changed_repairs, _changed_notifications)

"""The integration under test, as a person would add it and look at it."""

from dataclasses import dataclass
from typing import Any

from scripts.lab.client import HomeAssistantClient, RegisteredEntity, State
from scripts.lab.processes import LabError

DOMAIN = "ha_mcp_sre"


@dataclass(frozen=True, slots=True)
class WatchedServer:
    """One config entry of the integration in a running Home Assistant."""

    client: HomeAssistantClient
    entry_id: str

    async def entity(self, key: str) -> RegisteredEntity:
        """Return the entity with this description key, enabled or not."""
        unique_id = f"{self.entry_id}_{key}"
        for entity in await self.entities():
            if entity.unique_id == unique_id:
                return entity
        raise LabError(f"The integration has no entity {key}")

    async def entities(self) -> list[RegisteredEntity]:
        """Return all of its entities, disabled ones included."""
        known = await self.client.entities(DOMAIN)
        return [entity for entity in known if entity.config_entry_id == self.entry_id]

    async def state(self, key: str) -> str:
        """Return the state of the entity with this description key."""
        entity_id = (await self.entity(key)).entity_id
        states = await self.client.states()
        return states[entity_id].state if entity_id in states else "unavailable"

    async def number(self, key: str) -> int:
        """Return a counter's value; one that was never measured counts as 0."""
        state = await self.state(key)
        return int(float(state)) if state not in {"unknown", "unavailable"} else 0

    async def states(self) -> list[State]:
        """Return what the enabled entities show, sorted by entity id."""
        states = await self.client.states()
        mine = {entity.entity_id for entity in await self.entities() if not entity.disabled}
        return sorted((states[each] for each in mine & states.keys()), key=lambda s: s.entity_id)

    async def attributes(self, key: str) -> dict[str, Any]:
        """Return the attributes of the entity with this description key."""
        entity_id = (await self.entity(key)).entity_id
        return (await self.client.states())[entity_id].attributes

    async def enable(self, *keys: str) -> None:
        """Enable entities, as a person does on the device page."""
        for key in keys:
            await self.client.websocket(
                "config/entity_registry/update",
                entity_id=(await self.entity(key)).entity_id,
                disabled_by=None,
            )
        # Home Assistant does the same by itself half a minute later.
        await self.client.reload_entry(self.entry_id)

    async def probe_now(self) -> None:
        """Press the button; returns when everything has been looked at and published."""
        await self.client.press((await self.entity("probe_now")).entity_id)

    async def seen_by(self, signal: str) -> str | None:
        """Return the source that shows a signal; None if nothing does."""
        found = await self.client.diagnostics(self.entry_id)
        source: str | None = found["data"]["signals"][signal]["seen_by"]
        return source

    async def incidents(self) -> list[dict[str, Any]]:
        """Return all incidents that are remembered, the newest first."""
        found = await self.client.ask_action(DOMAIN, "get_incidents", server=self.entry_id)
        incidents: list[dict[str, Any]] = found["incidents"]
        return incidents

    async def report(self, **about: Any) -> dict[str, Any]:
        """Ask for the weekly report over the WebSocket API; with a file unless that is unwanted."""
        called = await self.client.websocket(
            "call_service",
            domain=DOMAIN,
            service="generate_weekly_report",
            service_data=about,
            return_response=True,
        )
        report: dict[str, Any] = called["response"]
        return report


async def watch(client: HomeAssistantClient, url: str) -> WatchedServer:
    """Add a server by its address through the real config flow, or find it already added."""
    return await _add(client, {"install": "other"}, {"url": url, "verify_ssl": True})


async def watch_install(client: HomeAssistantClient, install: str) -> WatchedServer:
    """Add a server that the config flow has found."""
    return await _add(client, {"install": install})


async def _add(client: HomeAssistantClient, *answers: dict[str, Any]) -> WatchedServer:
    for entry in await client.config_entries(DOMAIN):
        return WatchedServer(client, entry["entry_id"])
    step = await client.start_flow(DOMAIN)
    for answer in answers:
        # The choice is left out where nothing was found.
        if {field["name"] for field in step["data_schema"]} >= answer.keys():
            step = await client.continue_flow(step["flow_id"], answer)
    # What follows are warnings, which a person reads and confirms.
    while step["type"] == "form" and not step["errors"] and not step["data_schema"]:
        step = await client.continue_flow(step["flow_id"], {})
    if step["type"] != "create_entry":
        said = step.get("errors") or step.get("reason")
        raise LabError(f"The config flow did not add the server: {said}")
    return WatchedServer(client, step["result"]["entry_id"])

"""Home Assistant's REST and WebSocket API, as far as the demo and the tests use it."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from scripts.lab.processes import LabError


@dataclass(frozen=True, slots=True)
class State:
    """What Home Assistant shows for one entity."""

    entity_id: str
    state: str
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RegisteredEntity:
    """One row of the entity registry."""

    entity_id: str
    unique_id: str
    platform: str
    device_id: str | None
    config_entry_id: str | None
    translation_key: str | None
    disabled: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a subscription, which is known by its number among those of a listener."""

    subscription: int
    event: dict[str, Any]


class HomeAssistantClient:
    """Calls with one access token; use as an async context manager."""

    def __init__(self, url: str, token: str) -> None:
        """Talk to the Home Assistant at this address."""
        headers = {"Authorization": f"Bearer {token}"}
        timeout = aiohttp.ClientTimeout(total=120)
        self._http = aiohttp.ClientSession(url, headers=headers, timeout=timeout)
        self._token = token

    async def __aenter__(self) -> Self:
        """Open nothing yet; the first call does."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._http.close()

    async def rest(self, method: str, path: str, body: object = None) -> Any:
        """Call the REST API; the answer's JSON, or its text where it is not JSON."""
        async with self._http.request(method, path, json=body) as answer:
            if answer.status >= 400:
                text = (await answer.text())[:500]
                raise LabError(f"{method} {path}: Home Assistant answered {answer.status}: {text}")
            return await (answer.json() if "json" in answer.content_type else answer.text())

    async def websocket(self, command: str, **arguments: Any) -> Any:
        """Send one WebSocket command over a connection of its own."""
        async with self._socket() as socket:
            await socket.send_json({"id": 1, "type": command, **arguments})
            answer = await socket.receive_json()
        if not answer["success"]:
            raise LabError(f"{command}: {answer['error']['message']}")
        return answer["result"]

    @asynccontextmanager
    async def listen(self, *commands: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[Told]]:
        """Subscribe by WebSocket commands; yields what they tell from now on, in order."""
        async with self._socket() as socket:
            for number, command in enumerate(commands):
                await socket.send_json({"id": number + 1, **command})
            early: list[Told] = []
            answered = 0
            while answered < len(commands):
                message = await socket.receive_json()
                if message["type"] == "event":
                    early.append(_told(message))
                elif not message["success"]:
                    raise LabError(f"{commands[message['id'] - 1]}: {message['error']['message']}")
                else:
                    answered += 1
            yield _tell(early, socket)

    @asynccontextmanager
    async def _socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with self._http.ws_connect("/api/websocket", max_msg_size=0) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self._token})
            if (await socket.receive_json())["type"] != "auth_ok":
                raise LabError("Home Assistant does not accept the lab's access token")
            yield socket

    async def core_state(self) -> str:
        """Return `RUNNING` once Home Assistant has set everything up."""
        state: str = (await self.rest("GET", "/api/config"))["state"]
        return state

    async def create_token(self, client_name: str) -> str:
        """Return a long-lived token, replacing an earlier one of that name."""
        await self.delete_token(client_name)
        token: str = await self.websocket(
            "auth/long_lived_access_token", client_name=client_name, lifespan=3650
        )
        return token

    async def delete_token(self, client_name: str) -> None:
        """Revoke a long-lived token, if there is one of that name."""
        for known in await self.websocket("auth/refresh_tokens"):
            if known["client_name"] == client_name:
                await self.websocket("auth/delete_refresh_token", refresh_token_id=known["id"])

    async def states(self) -> dict[str, State]:
        """Return every state, by entity id."""
        found = await self.rest("GET", "/api/states")
        return {
            each["entity_id"]: State(each["entity_id"], each["state"], each["attributes"])
            for each in found
        }

    async def entities(self, platform: str) -> list[RegisteredEntity]:
        """Return an integration's rows of the entity registry, disabled ones included."""
        rows = await self.websocket("config/entity_registry/list")
        return [
            RegisteredEntity(
                entity_id=row["entity_id"],
                unique_id=row["unique_id"],
                platform=row["platform"],
                device_id=row["device_id"],
                config_entry_id=row["config_entry_id"],
                translation_key=row["translation_key"],
                disabled=row["disabled_by"] is not None,
            )
            for row in rows
            if row["platform"] == platform
        ]

    async def devices(self, entry_id: str) -> list[dict[str, Any]]:
        """Return the device registry rows of one config entry."""
        rows: list[dict[str, Any]] = await self.websocket("config/device_registry/list")
        return [row for row in rows if entry_id in row["config_entries"]]

    async def config_entries(self, domain: str) -> list[dict[str, Any]]:
        """Return the config entries of one integration."""
        entries: list[dict[str, Any]] = await self.websocket("config_entries/get", domain=domain)
        return entries

    async def reload_entry(self, entry_id: str) -> None:
        """Unload a config entry and set it up again."""
        await self.rest("POST", f"/api/config/config_entries/entry/{entry_id}/reload")

    async def disable_entry(self, entry_id: str) -> None:
        """Unload a config entry until it is enabled."""
        await self.websocket("config_entries/disable", entry_id=entry_id, disabled_by="user")

    async def enable_entry(self, entry_id: str) -> None:
        """Set up a config entry that was disabled."""
        await self.websocket("config_entries/disable", entry_id=entry_id, disabled_by=None)

    async def remove_entry(self, entry_id: str) -> None:
        """Remove a config entry with everything that belongs to it."""
        await self.rest("DELETE", f"/api/config/config_entries/entry/{entry_id}")

    async def configure_entry(self, entry_id: str, options: dict[str, Any]) -> None:
        """Replace the options of a config entry whose options flow has one step."""
        path = "/api/config/config_entries/options/flow"
        step = await self.rest("POST", path, {"handler": entry_id})
        await self.rest("POST", f"{path}/{step['flow_id']}", options)

    async def start_flow(self, domain: str) -> dict[str, Any]:
        """Begin a config flow, as “Add integration” does; returns its first step."""
        body = {"handler": domain, "show_advanced_options": False}
        step: dict[str, Any] = await self.rest("POST", "/api/config/config_entries/flow", body)
        return step

    async def continue_flow(self, flow_id: str, answers: dict[str, Any]) -> dict[str, Any]:
        """Submit one step of a config flow; returns the next step or the result."""
        path = f"/api/config/config_entries/flow/{flow_id}"
        step: dict[str, Any] = await self.rest("POST", path, answers)
        return step

    async def call_action(self, domain: str, action: str, **data: Any) -> None:
        """Perform an action that answers nothing."""
        await self.rest("POST", f"/api/services/{domain}/{action}", data)

    async def ask_action(self, domain: str, action: str, **data: Any) -> Any:
        """Perform an action and return its response."""
        path = f"/api/services/{domain}/{action}?return_response"
        return (await self.rest("POST", path, data))["service_response"]

    async def press(self, entity_id: str) -> None:
        """Press a button."""
        await self.call_action("button", "press", entity_id=entity_id)

    async def diagnostics(self, entry_id: str) -> dict[str, Any]:
        """Return the diagnostics file a person would download for a config entry."""
        path = f"/api/diagnostics/config_entry/{entry_id}"
        content: dict[str, Any] = await self.rest("GET", path)
        return content


async def _tell(
    early: Iterable[Told], socket: aiohttp.ClientWebSocketResponse
) -> AsyncIterator[Told]:
    for told in early:
        yield told
    async for message in socket:
        yield _told(message.json())


def _told(message: dict[str, Any]) -> Told:
    return Told(message["id"] - 1, message["event"])

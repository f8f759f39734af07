"""Sessions at the test's Home Assistant, opened as ha-mcp opens them: over a real socket."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aiohttp import ClientWebSocketResponse
from aiohttp.test_utils import TestClient
from homeassistant.auth.models import (
    TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
    TOKEN_TYPE_NORMAL,
    RefreshToken,
)
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockUser

HA_MCP = "Python/3.14 websockets/17.1"


async def long_lived_token(
    hass: HomeAssistant, user: MockUser, name: str = "ha-mcp"
) -> RefreshToken:
    """Return the credential behind a long-lived access token, as a person makes it."""
    return await hass.auth.async_create_refresh_token(
        user,
        client_name=name,
        token_type=TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
        access_token_expiration=timedelta(days=365),
    )


async def minted_token(hass: HomeAssistant, user: MockUser) -> RefreshToken:
    """Return a credential from which a server mints its access tokens."""
    return await hass.auth.async_create_refresh_token(
        user,
        client_id="http://127.0.0.1/",
        token_type=TOKEN_TYPE_NORMAL,
        access_token_expiration=timedelta(days=3650),
    )


class Link:
    """A client with one credential; every session of it is a connection of its own."""

    def __init__(
        self, hass: HomeAssistant, http: TestClient[Any, Any], token: RefreshToken
    ) -> None:
        """Use a credential at Home Assistant's web server."""
        self.credential = token.id
        self._access_token = hass.auth.async_create_access_token(token)
        self._http = http

    async def open(self, *, agent: str = HA_MCP, commands: int = 0) -> ClientWebSocketResponse:
        """Open a session and send commands over it, each of them answered."""
        websocket = await self._http.ws_connect("/api/websocket", headers={"User-Agent": agent})
        await websocket.receive_json()
        await websocket.send_json({"type": "auth", "access_token": self._access_token})
        assert (await websocket.receive_json())["type"] == "auth_ok"
        for number in range(1, commands + 1):
            await websocket.send_json({"id": number, "type": "ping"})
            assert (await websocket.receive_json())["type"] == "pong"
        return websocket

    async def check(self, **options: Any) -> None:
        """Open a throw-away session with one command, as ha-mcp's health checks do."""
        websocket = await self.open(commands=1, **options)
        await websocket.close()


def cut(websocket: ClientWebSocketResponse) -> None:
    """Cut the connection without a goodbye."""
    connection = websocket._response.connection
    assert connection is not None
    assert connection.transport is not None
    connection.transport.abort()


async def until(happened: Callable[[], bool]) -> None:
    """Wait until Home Assistant has taken notice."""
    async with asyncio.timeout(10):
        while True:
            if happened():
                return
            await asyncio.sleep(0.01)

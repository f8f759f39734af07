"""Both real parts, up and connected."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from scripts.lab.client import HomeAssistantClient
from scripts.lab.ha_mcp import LATEST, HaMcp
from scripts.lab.home_assistant import HomeAssistant
from scripts.lab.integration import WatchedServer
from scripts.lab.ports import free_port
from scripts.lab.traffic import RENDER, Traffic, send
from scripts.lab.waiting import wait_for

HA_MCP_CLIENT = "ha-mcp"
"""The name of the long-lived token that ha-mcp uses."""


@dataclass(frozen=True, slots=True)
class RealParts:
    """A Home Assistant, the ha-mcp that serves it, and a client with a token of its own."""

    home_assistant: HomeAssistant
    ha_mcp: HaMcp
    client: HomeAssistantClient
    token: str


async def see_the_session(server: WatchedServer, ha_mcp: HaMcp) -> None:
    """Have ha-mcp open a session while the integration listens, and wait until it is known.

    One that ha-mcp has open from before cannot be seen.
    """

    async def seen() -> bool:
        await send(ha_mcp.url, [RENDER], into=Traffic())
        await server.probe_now()
        return await server.seen_by("session") == "websocket_api"

    await wait_for(seen, what="the session was seen", timeout=60, every=1)


@asynccontextmanager
async def real_parts(
    folder: Path,
    *,
    port: int | None = None,
    version: str = LATEST,
    via: str | None = None,
    env: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[RealParts]:
    """Start both with their files in the folder; nothing is left running afterwards.

    `via` is where ha-mcp finds Home Assistant, if not at its own address; `env` is what Home
    Assistant is told.
    """
    home_assistant = HomeAssistant(folder, port or free_port(), env=env)
    try:
        await home_assistant.start()
        token = await home_assistant.create_token("HA-MCP SRE lab")
        ha_mcp = HaMcp(
            folder,
            home_assistant_url=via or home_assistant.url,
            token=await home_assistant.create_token(HA_MCP_CLIENT),
            version=version,
        )
        try:
            await ha_mcp.start()
            async with HomeAssistantClient(home_assistant.url, token) as client:
                yield RealParts(home_assistant, ha_mcp, client, token)
        finally:
            await ha_mcp.stop()
    finally:
        await home_assistant.stop()

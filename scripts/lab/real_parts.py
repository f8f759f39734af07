"""Both real parts, up and connected."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.lab.client import HomeAssistantClient
from scripts.lab.ha_mcp import LATEST, HaMcp
from scripts.lab.home_assistant import HomeAssistant
from scripts.lab.processes import free_port


@dataclass(frozen=True, slots=True)
class RealParts:
    """A Home Assistant, the ha-mcp that serves it, and a client with a token of its own."""

    home_assistant: HomeAssistant
    ha_mcp: HaMcp
    client: HomeAssistantClient
    token: str


@asynccontextmanager
async def real_parts(
    folder: Path, *, port: int | None = None, version: str = LATEST, via: str | None = None
) -> AsyncIterator[RealParts]:
    """Start both with their files in the folder; nothing is left running afterwards.

    `via` is where ha-mcp finds Home Assistant, if not at its own address.
    """
    home_assistant = HomeAssistant(folder, port or free_port())
    try:
        await home_assistant.start()
        token = await home_assistant.create_token("HA-MCP SRE lab")
        ha_mcp = HaMcp(
            folder,
            home_assistant_url=via or home_assistant.url,
            token=await home_assistant.create_token("ha-mcp"),
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

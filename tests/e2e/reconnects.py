"""What shows how steady the connection between ha-mcp and Home Assistant is."""

from scripts.lab.integration import WatchedServer
from scripts.lab.traffic import ToolCall
from scripts.lab.waiting import wait_for

CYCLES = 75
"""Seconds in which at least two regular cycles pass."""

CHECK_HEALTH = ToolCall("ha_get_system_health", {})
"""Has ha-mcp open a session for this one question."""


async def reconnects(server: WatchedServer) -> tuple[int, int, int]:
    """Return the reconnects that were lost connections, and those after either side's restart."""
    await server.probe_now()
    attributes = await server.attributes("websocket_reconnects")
    return (
        await server.number("websocket_reconnects"),
        attributes["after_server_restart"],
        attributes["after_home_assistant_stop"],
    )


async def until_reconnects(server: WatchedServer, expected: tuple[int, int, int]) -> None:
    async def counted() -> bool:
        return await reconnects(server) == expected

    await wait_for(counted, what=f"the reconnects were {expected}", timeout=CYCLES)


async def until_healthy(server: WatchedServer) -> None:
    async def healthy() -> bool:
        return await server.state("health") == "healthy"

    await wait_for(healthy, what="health is back", timeout=CYCLES)

"""The official MCP SDK looks at a server; runs in an environment of its own, prints JSON."""

import asyncio
import json
import sys
from typing import Any

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client


async def look(url: str) -> dict[str, Any]:
    """Return what the server says of itself, its tools, and the answers to the calls wanted."""
    async with streamable_http_client(url) as streams, ClientSession(*streams[:2]) as session:
        server = await session.initialize()
        tools = await session.list_tools()
        calls = [
            await session.call_tool(name, arguments) for name, arguments in json.load(sys.stdin)
        ]
    return {
        "server": server.model_dump(mode="json", by_alias=True, exclude_none=True)["serverInfo"],
        "tools": sorted(tool.name for tool in tools.tools),
        "calls": [call.model_dump(mode="json", by_alias=True, exclude_none=True) for call in calls],
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(look(sys.argv[1]))))

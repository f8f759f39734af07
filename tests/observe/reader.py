"""A reader of tool calls that goes on where it stopped, as the coordinator does."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
import time

import aiohttp

from custom_components.ha_mcp_sre.assess.observation import (
    FailureKind,
    Position,
    ToolCallReading,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.journal import Journal
from custom_components.ha_mcp_sre.observe.mcp import McpClient
from custom_components.ha_mcp_sre.observe.tool_calls import ToolCallSource

POLICY = replace(Policy(), tool_calls_timeout=10)


@dataclass(slots=True)
class Clock:
    """Our clock, ahead of the true time by some seconds."""

    ahead: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return time.time() + self.ahead


@dataclass(slots=True)
class Reader:
    """Reads from one server."""

    client: McpClient
    journal: Journal
    source: ToolCallSource
    clock: Clock
    position: Position
    skew: float | None = 0.0

    async def read(self, *, startup: bool = False) -> ToolCallReading:
        """Read what is new; it must be readable."""
        reading = await self.try_to_read(startup=startup)
        assert isinstance(reading, ToolCallReading), reading
        self.position = reading.position
        return reading

    async def try_to_read(self, *, startup: bool = False) -> ToolCallReading | FailureKind | None:
        """Read what is new."""
        return await self.source.read(self.position, self.clock(), self.skew, startup=startup)

    async def tools(self) -> list[str]:
        """Return which tools were called since the last reading, oldest first."""
        return [call.tool for call in (await self.read()).calls]


def reader_of(
    session: aiohttp.ClientSession,
    url: str,
    *,
    limit: int = POLICY.answer_limit,
    policy: Policy = POLICY,
) -> Reader:
    """Return a reader that has watched for an hour and not read yet."""
    journal = Journal()
    clock = Clock()
    client = McpClient(session, url, limit=limit, clock=clock, journal=journal)
    source = ToolCallSource(client, journal, policy)
    return Reader(client, journal, source, clock, Position(since=clock() - 3600))


def moment(at: float) -> datetime:
    """Return a time as ha-mcp's usage records have it."""
    return datetime.fromtimestamp(at, UTC)

"""An ha-mcp inside Home Assistant, as its usage log and its memory show it, and their reader."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
import json
from pathlib import Path
from typing import Any

from custom_components.ha_mcp_sre.assess.observation import (
    FailureKind,
    Position,
    ToolCallReading,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.journal import Journal
from custom_components.ha_mcp_sre.observe.usage_log import UsageLogSource
from tests.fake_ha_mcp import FakeHaMcp
from tests.observe.reader import moment

NOW = 1_795_405_090.0
"""When the watch begins."""

LAG = Policy().usage_log_lag


@dataclass(slots=True)
class HaMcpInside:
    """Keeps its calls as a real one does: in a file, and the last 200 in memory.

    The time stands still except for a moment that each call takes. `ring` is what its memory
    shows instead, if a test needs that.
    """

    path: Path
    now: float = NOW + 1
    memory: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=200))
    ring: Sequence[object] | None = None
    loaded: bool = True
    maker: FakeHaMcp = field(default_factory=FakeHaMcp)

    def call(
        self, tool: str = "ha_search", *, age: float = 0.0, log: bool = True, **details: Any
    ) -> bytes:
        """Take a call that ended now, or some seconds ago; return its line of the log."""
        self.now += 0.001
        self.maker.call(tool, ended=moment(self.now - age), **details)
        self.memory.append(self.maker.records[-1])
        line = json.dumps(self.maker.records[-1], ensure_ascii=False).encode() + b"\n"
        if log:
            self.write(line)
        return line

    def write(self, data: bytes) -> None:
        """Append to the log."""
        with self.path.open("ab") as file:
            file.write(data)

    def restart(self) -> None:
        """Forget what is kept in memory only."""
        self.memory.clear()

    def listed(self) -> Sequence[object] | None:
        """Return what the memory shows, newest first."""
        if not self.loaded:
            return None
        return list(reversed(self.memory)) if self.ring is None else self.ring


@dataclass(slots=True)
class LogReader:
    """Reads what is new, as the coordinator does."""

    ha_mcp: HaMcpInside
    journal: Journal = field(default_factory=Journal)
    policy: Policy = field(default_factory=Policy)
    position: Position = field(default_factory=lambda: Position(since=NOW))
    source: UsageLogSource = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing in mind but the position."""
        self.restart()

    def restart(self) -> None:
        """Start again with what is stored: position and journal."""
        self.source = UsageLogSource(
            self.ha_mcp.path, self.journal, self.policy, ring_buffer=self.ha_mcp.listed
        )

    def read_at_most(self, chunk: int) -> None:
        """Read that many bytes at a time from now on."""
        self.policy = replace(self.policy, usage_log_chunk=chunk)
        self.restart()

    async def try_to_read(self) -> ToolCallReading | FailureKind:
        """Read once."""
        return await self.source.read(self.position, self.ha_mcp.now)

    async def read(self) -> ToolCallReading:
        """Read once; there must be something to read."""
        reading = await self.try_to_read()
        assert isinstance(reading, ToolCallReading), reading
        self.position = reading.position
        return reading

    async def begin(self) -> None:
        """Take the first reading, of a log that is in use."""
        self.ha_mcp.call("ha_before", age=60)
        assert (await self.read()).calls == ()

    async def read_all(self) -> list[ToolCallReading]:
        """Read until there is no more."""
        readings = [await self.read()]
        while readings[-1].more:
            readings.append(await self.read())
        return readings

    async def tools(self) -> list[str]:
        """Return which tools were called since the last reading, oldest first."""
        return [call.tool for reading in await self.read_all() for call in reading.calls]

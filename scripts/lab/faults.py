"""What can go wrong with a server, done to the real parts and undone again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scripts.lab.cutter import Cutter
from scripts.lab.real_parts import HA_MCP_CLIENT, RealParts

SLOW_LINE = 3.0
"""Seconds by which a slow line delays every answer of Home Assistant."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How to inflict and to mend it, and what to tell a person who watches.

    For `link` and `slow` ha-mcp must reach Home Assistant through the cutter. `rule` and
    `severity` are what the integration should make of it.
    """

    what: str
    mended: str
    rule: str
    severity: str
    inflict: Callable[[RealParts, Cutter], Awaitable[object]]
    mend: Callable[[RealParts, Cutter], Awaitable[object]]

    @property
    def pages(self) -> bool:
        """Whether people are told of it."""
        return self.severity in {"p0", "p1"}


async def _kill(parts: RealParts, _cutter: Cutter) -> None:
    await parts.ha_mcp.kill()


async def _start(parts: RealParts, _cutter: Cutter) -> None:
    await parts.ha_mcp.start()


async def _suspend(parts: RealParts, _cutter: Cutter) -> None:
    parts.ha_mcp.process.suspend()


async def _resume(parts: RealParts, _cutter: Cutter) -> None:
    parts.ha_mcp.process.resume()


async def _revoke(parts: RealParts, _cutter: Cutter) -> None:
    await parts.client.delete_token(HA_MCP_CLIENT)


async def _renew(parts: RealParts, _cutter: Cutter) -> None:
    """Do what a person would: a token lives in ha-mcp's environment, so it has to restart."""
    await parts.ha_mcp.stop()
    parts.ha_mcp.use_token(await parts.client.create_token(HA_MCP_CLIENT))
    await parts.ha_mcp.start()


async def _refuse(_parts: RealParts, cutter: Cutter) -> None:
    await cutter.refuse()


async def _accept(_parts: RealParts, cutter: Cutter) -> None:
    await cutter.accept()


async def _slow_down(_parts: RealParts, cutter: Cutter) -> None:
    await cutter.delay(SLOW_LINE)


async def _speed_up(_parts: RealParts, cutter: Cutter) -> None:
    await cutter.delay(0)
    # What is late already comes first, in order, and holds up what follows.
    await asyncio.sleep(SLOW_LINE)


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "kill": Fault(
            "ha-mcp is killed (kill -9)",
            "ha-mcp is started again",
            "server_down",
            "p0",
            _kill,
            _start,
        ),
        "hang": Fault(
            "ha-mcp is stopped (SIGSTOP): it accepts connections and never answers",
            "ha-mcp continues (SIGCONT)",
            "server_down",
            "p0",
            _suspend,
            _resume,
        ),
        "token": Fault(
            "ha-mcp's access token is deleted in Home Assistant",
            "ha-mcp has a new token and is started again",
            "token_rejected",
            "p1",
            _revoke,
            _renew,
        ),
        "link": Fault(
            "Home Assistant refuses the connections of ha-mcp, which stays up",
            "Home Assistant accepts the connections of ha-mcp again",
            "link_broken",
            "p1",
            _refuse,
            _accept,
        ),
        "slow": Fault(
            f"Home Assistant's answers to ha-mcp take {SLOW_LINE:.0f} s longer",
            "Home Assistant's answers are as fast as before",
            "slow",
            "p2",
            _slow_down,
            _speed_up,
        ),
    }
)

"""How soon it is seen that ha-mcp was killed: from `kill -9` to the severity sensor."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
import os
from pathlib import Path
import random
from statistics import median
import sys
import tempfile
import time

import aiohttp

from scripts.lab.ha_mcp import LATEST
from scripts.lab.integration import DOMAIN, WatchedServer, watch
from scripts.lab.processes import LabError, redact
from scripts.lab.real_parts import RealParts, real_parts, see_the_session

CYCLE = 30
"""Seconds between two regular looks, by default."""

LONGEST = 120
"""Seconds after which an incident will not be seen any more."""

PAUSE = random.SystemRandom()
"""Each kill comes at any moment of a cycle."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bench; the targets are in seconds, None if there is none."""

    name: str
    session: bool
    median: float | None
    worst: float


SEEN = Part("with an open session", session=True, median=0.3, worst=2)
UNSEEN = Part("without", session=False, median=None, worst=CYCLE + 2)


async def bench(plan: Sequence[tuple[Part, int]]) -> None:
    """Measure every part and print a table of each."""
    with tempfile.TemporaryDirectory() as folder:
        async with real_parts(Path(folder)) as parts:
            version = (await parts.client.rest("GET", "/api/config"))["version"]
            print(f"Home Assistant {version}, ha-mcp {LATEST}, {os.cpu_count()} processors")
            print(f"default policy: a look every {CYCLE} s")
            for part, kills in plan:
                await measure(parts, part, kills)


async def measure(parts: RealParts, part: Part, kills: int) -> None:
    """Kill so many times, with an incident store that is new each time."""
    print(f"\n{part.name}\n  kill   detected after", flush=True)
    times: list[float] = []
    for number in range(1, kills + 1):
        server = await added_anew(parts)
        if part.session:
            await with_a_session(parts, server)
        elif (source := await server.seen_by("session")) is not None:
            raise LabError(f"The session was not to be seen, but {source} shows it")
        await asyncio.sleep(PAUSE.uniform(1, 1 + CYCLE))
        times.append(await killed(parts, server))
        print(f"  {number:4d}   {times[-1]:8.3f} s", flush=True)
        await parts.ha_mcp.start()
    if not times:
        return
    targets = ("" if part.median is None else f"median {part.median} s, ") + f"worst {part.worst} s"
    print(f"median   {median(times):8.3f} s")
    print(f" worst   {max(times):8.3f} s   (target: {targets})", flush=True)


async def added_anew(parts: RealParts) -> WatchedServer:
    """Remove the server with all that is remembered of it, and add it again.

    The session that ha-mcp opens for this is older than the listening for it.
    """
    for entry in await parts.client.config_entries(DOMAIN):
        await parts.client.remove_entry(entry["entry_id"])
    server = await watch(parts.client, parts.ha_mcp.url)
    await server.probe_now()
    return server


async def with_a_session(parts: RealParts, server: WatchedServer) -> None:
    """Have ha-mcp forget its session while nobody watches, and open the next in sight."""
    await parts.client.disable_entry(server.entry_id)
    await parts.ha_mcp.stop()
    await parts.ha_mcp.start()
    await parts.client.enable_entry(server.entry_id)
    await see_the_session(server, parts.ha_mcp)


async def killed(parts: RealParts, server: WatchedServer) -> float:
    """Kill ha-mcp; return the seconds until the sensor shows an incident.

    By Home Assistant's own time of the change: its clock is this machine's.
    """
    severity = (await server.entity("severity")).entity_id
    changes = {"type": "subscribe_events", "event_type": "state_changed"}
    async with parts.client.listen(changes) as events, asyncio.timeout(LONGEST):
        killed_at = time.time()
        await parts.ha_mcp.kill()
        async for told in events:
            data = told.event["data"]
            if data["entity_id"] == severity and data["new_state"]["state"] == "p0":
                return datetime.fromisoformat(told.event["time_fired"]).timestamp() - killed_at
    raise LabError("Home Assistant ended the connection")


def main() -> int:
    """Read the command line and run; 1 if something did not work, having said what."""
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="with an open session (20)")
    parser.add_argument("--unseen", type=int, default=6, help="without one (6)")
    options = parser.parse_args()
    try:
        asyncio.run(bench([(SEEN, options.kills), (UNSEEN, options.unseen)]))
    except (LabError, aiohttp.ClientError, TimeoutError) as error:
        print(f"\nFAILED: {redact(str(error))}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

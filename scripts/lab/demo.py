"""The main job on real parts: Home Assistant watches ha-mcp while an assistant uses it."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stdout, suppress
from pathlib import Path
import shutil
import signal
import sys

import aiohttp

from scripts.lab.credentials import PASSWORD, USERNAME
from scripts.lab.cutter import Cutter, open_cutter
from scripts.lab.fault_demo import show_fault
from scripts.lab.faults import FAULTS
from scripts.lab.ha_mcp import HaMcp
from scripts.lab.home_assistant import HomeAssistant
from scripts.lab.integration import WatchedServer, watch
from scripts.lab.policy import QUICK, told
from scripts.lab.ports import port_in_use
from scripts.lab.processes import LabError, redact
from scripts.lab.real_parts import RealParts, real_parts
from scripts.lab.report_demo import write_report
from scripts.lab.traffic import MODEST, Traffic, send
from scripts.lab.waiting import wait_for
from scripts.provision.step import LAB, say

FOLDER = LAB / "demo"
# Enough for the latency sensor, which is silent under 20 calls.
FIRST_TRAFFIC = 3 * MODEST
SECONDS_BETWEEN_TRAFFIC = 20
SECONDS_DOWN = 60


@asynccontextmanager
async def live(
    folder: Path, port: int, *, quick: bool
) -> AsyncIterator[tuple[RealParts, Cutter, WatchedServer]]:
    """Bring everything up, and show that the sensors tell the truth."""
    say("Starting Home Assistant and ha-mcp")
    async with (
        open_cutter(folder, port) as cutter,
        real_parts(folder, port=port, via=cutter.url, env=told(QUICK if quick else {})) as parts,
    ):
        say("Adding the integration through its config flow")
        server = await watch(parts.client, parts.ha_mcp.url)
        await show(server, parts.ha_mcp, parts.home_assistant.url)
        yield parts, cutter, server


async def demo(
    folder: Path, port: int, *, once: bool, fault: str | None = None, quick: bool = False
) -> None:
    """Bring everything up and stay until cancelled; with a fault, show that instead of staying."""
    async with live(folder, port, quick=quick) as (parts, cutter, server):
        if fault is not None:
            await show_fault(parts, cutter, server, FAULTS[fault])
        if once or fault is not None:
            return
        print(
            f"\nha-mcp is process {parts.ha_mcp.process.pid}: end it to see health go down; it is"
            f" started again after {SECONDS_DOWN} s.\nCtrl-C ends the demo.",
            flush=True,
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(keep_using(parts.ha_mcp))
                tasks.create_task(keep_alive(parts.ha_mcp))
                tasks.create_task(fail_when_gone(parts.home_assistant))
        except ExceptionGroup as group:
            # The first to fail ended the others; it alone says what happened.
            raise group.exceptions[0] from None


async def report(folder: Path, port: int) -> None:
    """Print the report of this week so far, and nothing else, to the standard output."""
    with redirect_stdout(sys.stderr):
        async with live(folder, port, quick=True) as (parts, cutter, server):
            markdown = await write_report(parts, cutter, server)
    print(markdown, end="")


async def show(server: WatchedServer, ha_mcp: HaMcp, url: str) -> None:
    """Send traffic, wait until the sensors show exactly that, and print every entity."""
    calls, errors = await server.number("tool_calls"), await server.number("tool_errors")
    say(f"Sending {len(FIRST_TRAFFIC)} tool calls, some of which fail")
    sent = Traffic(calls, errors)
    await send(ha_mcp.url, FIRST_TRAFFIC, into=sent)
    say("Waiting until the sensors are live")
    await wait_until_live(server, sent)
    print(f"\nHome Assistant: {url}\nLogin:          {USERNAME} / {PASSWORD}\n")
    await print_entities(server)
    print(f"\nTraffic sent:  {sent.calls - calls} tool calls, {sent.errors - errors} errors")
    before = f" ({calls} and {errors} of them from before)" if calls else ""
    print(f"Sensors show:  {sent.calls} tool calls, {sent.errors} errors{before}", flush=True)


async def wait_until_live(server: WatchedServer, sent: Traffic) -> None:
    """Wait until the server is seen healthy, with exactly the calls that were sent."""
    expected = ("healthy", str(sent.calls), str(sent.errors))
    seen = ("", "", "")

    async def look() -> bool:
        nonlocal seen
        await server.probe_now()
        keys = ("health", "tool_calls", "tool_errors")
        health, calls, errors = [await server.state(key) for key in keys]
        seen = (health, calls, errors)
        return seen == expected

    try:
        await wait_for(look, what="the sensors are live", timeout=60, every=1)
    except LabError:
        words = "health {}, {} tool calls, {} errors"
        raise LabError(
            f"The sensors do not match the traffic.\n  sent: {words.format(*expected)}"
            f"\n  seen: {words.format(*seen)}"
        ) from None


async def print_entities(server: WatchedServer) -> None:
    """One entity a line, and how many more there are to enable."""
    states = await server.states()
    width = max((len(state.entity_id) for state in states), default=0)
    for state in states:
        print(f"{state.entity_id:<{width}}  {state.state}")
    disabled = sum(entity.disabled for entity in await server.entities())
    print(f"({disabled} more are disabled by default)")


async def keep_using(ha_mcp: HaMcp) -> None:
    """Go on as an assistant would; a server that is down is what there is to see."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_TRAFFIC)
        with suppress(aiohttp.ClientError, TimeoutError, LabError):
            await send(ha_mcp.url, into=Traffic())


async def keep_alive(ha_mcp: HaMcp) -> None:
    """Start ha-mcp again some time after somebody ended it."""
    while True:
        await ha_mcp.process.wait()
        say(f"ha-mcp has ended; it is started again in {SECONDS_DOWN} s")
        await asyncio.sleep(SECONDS_DOWN)
        await ha_mcp.start()
        say(f"ha-mcp is process {ha_mcp.process.pid}")


async def fail_when_gone(home_assistant: HomeAssistant) -> None:
    """End the demo when Home Assistant ends."""
    await home_assistant.process.wait()
    raise LabError(f"Home Assistant has ended\n{home_assistant.process.last_lines()}")


async def run(options: argparse.Namespace) -> None:
    """Run the demo; SIGTERM ends it as Ctrl-C does, also in the background of a script."""
    task = asyncio.create_task(
        report(FOLDER, options.port)
        if options.report
        else demo(FOLDER, options.port, once=options.once, fault=options.fault, quick=options.quick)
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await task


def main() -> int:
    """Read the command line and run; 1 if something did not work, having said what."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8123, help="of Home Assistant (8123)")
    parser.add_argument("--once", action="store_true", help="print the entities and end")
    parser.add_argument(
        "--fault", choices=FAULTS, help="break this, show what becomes of it, mend it, and end"
    )
    parser.add_argument(
        "--report",
        action="store_true",
        help="use and kill ha-mcp, print the weekly report of it, and end",
    )
    parser.add_argument(
        "--quick", action="store_true", help="do not be as patient as at home: 3 s, not 60 s"
    )
    parser.add_argument("--keep", action="store_true", help="go on with the last demo's data")
    options = parser.parse_args()
    if port_in_use(options.port):
        print(
            f"Port {options.port} is in use. Choose another one: scripts/demo --port 8124",
            file=sys.stderr,
        )
        return 1
    if not options.keep:
        shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        asyncio.run(run(options))
    except asyncio.CancelledError:
        print("\nEnded; nothing is left running.")
    except (LabError, aiohttp.ClientError, TimeoutError) as error:
        print(f"\nFAILED: {redact(str(error))}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

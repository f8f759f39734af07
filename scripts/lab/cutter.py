"""A line to Home Assistant that a test or a demo can cut, close or slow down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import sys

from scripts.lab.ports import free_port, port_in_use
from scripts.lab.processes import LabError, Process
from scripts.lab.waiting import wait_for
from scripts.provision.step import ROOT


@dataclass(frozen=True, slots=True)
class Cutter:
    """Another address of a Home Assistant, for an ha-mcp to use."""

    url: str
    control: int

    async def cut(self) -> int:
        """Break every WebSocket session with a reset, on both sides; returns how many.

        Other connections stay, and new ones are passed on as before.
        """
        return await self._tell("cut")

    async def cut_one(self) -> None:
        """Break the session that is there to stay, when no other is.

        Tools open others for single questions, also those that a watching integration calls.
        """

        async def is_alone() -> bool:
            return await self._tell("sessions") == 1

        await wait_for(is_alone, what="one session was open", timeout=30, every=0.05)
        if (broken := await self.cut()) != 1:
            raise LabError(f"{broken} sessions were cut instead of one")

    async def refuse(self) -> int:
        """Break every connection and refuse new ones until told to accept; returns how many."""
        return await self._tell("refuse")

    async def accept(self) -> None:
        """Pass new connections on again."""
        await self._tell("accept")

    async def delay(self, seconds: float) -> None:
        """Have everything that Home Assistant sends arrive so much later; 0 ends that."""
        await self._tell(f"delay {seconds}")

    async def _tell(self, command: str) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.control)
        try:
            writer.write(f"{command}\n".encode())
            return int(await reader.read())
        finally:
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def open_cutter(folder: Path, target: int) -> AsyncIterator[Cutter]:
    """Pass connections on to a port of 127.0.0.1, whether or not something listens there yet.

    In a process of its own, because the loop of the tests stands still between them.
    """
    port, control = free_port(), free_port()
    process = Process(
        "cutter",
        [sys.executable, ROOT / "scripts/lab/run_cutter.py", str(port), str(control), str(target)],
        home=folder / "cutter-home",
        log=folder / "cutter.log",
        env={},
    )

    async def listens() -> bool:
        return port_in_use(port) and port_in_use(control)

    try:
        await process.start()
        await process.wait_until(listens, what="it listened", timeout=30)
        yield Cutter(f"http://127.0.0.1:{port}", control)
    finally:
        await process.stop()

"""A TCP proxy on 127.0.0.1 that spoils the connections through it when it is told to.

`run_cutter.py PORT CONTROL TARGET` passes connections to PORT on to TARGET. Whoever connects to
CONTROL sends one line, and is answered with a number when it has been done:

- `cut` breaks every WebSocket session; the number is how many there were;
- `sessions` does nothing; the number is how many WebSocket sessions there are;
- `refuse` has the machine refuse new connections and breaks all there are; their number;
- `accept` ends that; 0;
- `delay SECONDS` has whatever TARGET sends arrive so much later, in connections that are open
  already too; the number of those.
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
import socket
import struct
import sys

HOST = "127.0.0.1"
_RESET = struct.pack("ii", 1, 0)

type Ends = tuple[StreamWriter, StreamWriter]


class Proxy:
    """The connections through one port to another."""

    def __init__(self, port: int, target: int) -> None:
        """Pass on from one port of 127.0.0.1 to another."""
        self._port = port
        self._target = target
        self._listener: asyncio.Server | None = None
        self._connections: set[Ends] = set()
        self._sessions: set[Ends] = set()
        self._delay = 0.0

    async def accept(self) -> int:
        """Take connections from now on."""
        if self._listener is None:
            self._listener = await asyncio.start_server(self._connected, HOST, self._port)
        return 0

    async def refuse(self) -> int:
        """Take no connections from now on, and break those there are."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        return self._break(self._connections)

    async def cut(self) -> int:
        """Break every session on both sides."""
        return self._break(self._sessions)

    async def sessions(self) -> int:
        """Tell how many sessions there are."""
        return len(self._sessions)

    async def delay(self, seconds: str) -> int:
        """Hold back what the target sends from now on."""
        self._delay = float(seconds)
        return len(self._connections)

    async def control(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Do what a line says, and answer with the number that it yields."""
        commands: dict[str, Callable[..., Awaitable[int]]] = {
            "accept": self.accept,
            "cut": self.cut,
            "delay": self.delay,
            "refuse": self.refuse,
            "sessions": self.sessions,
        }
        command, *arguments = (await reader.readline()).decode().split()
        writer.write(str(await commands[command](*arguments)).encode())
        writer.close()

    def _break(self, connections: Iterable[Ends]) -> int:
        broken = list(connections)
        self._connections.difference_update(broken)
        self._sessions.difference_update(broken)
        for ends in broken:
            for end in ends:
                reset(end)
        return len(broken)

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Connect through, until one side ends."""
        try:
            target_reader, target_writer = await asyncio.open_connection(HOST, self._target)
        except OSError:
            reset(writer)
            return
        ends = (writer, target_writer)
        self._connections.add(ends)
        try:
            start = await reader.read(65536)
            if start.startswith(b"GET /api/websocket"):
                self._sessions.add(ends)
            target_writer.write(start)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(pass_on(reader, target_writer))
                tasks.create_task(self._pass_back(target_reader, writer))
        except* OSError:
            # A connection broken on one side is broken on the other.
            for end in ends:
                reset(end)
        finally:
            self._connections.discard(ends)
            self._sessions.discard(ends)
            for end in ends:
                end.close()

    async def _pass_back(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass bytes back, and their end, each as late as the delay was when it came."""
        clock = asyncio.get_running_loop().time
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def collect() -> None:
            received = b"-"
            while received:
                received = await reader.read(65536)
                line.put_nowait((clock() + self._delay, received))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(collect())
            while True:
                due, received = await line.get()
                await asyncio.sleep(due - clock())
                if not received:
                    break
                writer.write(received)
                await writer.drain()
        writer.write_eof()


async def pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    """Pass bytes on, and their end."""
    while received := await reader.read(65536):
        writer.write(received)
        await writer.drain()
    writer.write_eof()


def reset(writer: StreamWriter) -> None:
    """Close at once, with a reset instead of an end."""
    # One that is closed already has no socket to speak of.
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


async def serve(port: int, control: int, target: int) -> None:
    """Run until killed."""
    proxy = Proxy(port, target)
    await proxy.accept()
    async with await asyncio.start_server(proxy.control, HOST, control) as listener:
        await listener.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*(int(argument) for argument in sys.argv[1:])))

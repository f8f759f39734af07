"""A TCP proxy on 127.0.0.1 that breaks WebSocket sessions when it is told to.

`run_cutter.py PORT CONTROL TARGET` passes connections to PORT on to TARGET. Whoever connects to
CONTROL has every WebSocket session broken at once, and is told how many there were.
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
import socket
import struct
import sys

HOST = "127.0.0.1"
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """The connections that go to one port."""

    def __init__(self, target: int) -> None:
        """Pass on to this port of 127.0.0.1."""
        self._target = target
        self._sessions: set[tuple[StreamWriter, StreamWriter]] = set()

    async def accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Connect through, until one side ends."""
        try:
            target_reader, target_writer = await asyncio.open_connection(HOST, self._target)
        except OSError:
            reset(writer)
            return
        ends = (writer, target_writer)
        try:
            start = await reader.read(65536)
            if start.startswith(b"GET /api/websocket"):
                self._sessions.add(ends)
            target_writer.write(start)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(pass_on(reader, target_writer))
                tasks.create_task(pass_on(target_reader, writer))
        except* OSError:
            # A connection broken on one side is broken on the other.
            for end in ends:
                reset(end)
        finally:
            self._sessions.discard(ends)
            for end in ends:
                end.close()

    async def cut(self, _reader: StreamReader, writer: StreamWriter) -> None:
        """Break every session on both sides, and say how many."""
        sessions = list(self._sessions)
        self._sessions.clear()
        for ends in sessions:
            for end in ends:
                reset(end)
        writer.write(str(len(sessions)).encode())
        writer.close()


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
    proxy = Proxy(target)
    listener = await asyncio.start_server(proxy.accept, HOST, port)
    await asyncio.start_server(proxy.cut, HOST, control)
    await listener.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*(int(argument) for argument in sys.argv[1:])))

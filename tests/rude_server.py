"""A server that breaks every rule of HTTP on request, on a real loopback port."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import repeat
import socket
import ssl
import struct

type Behaviour = Callable[["Visit"], Awaitable[None]]


@dataclass(slots=True)
class Visit:
    """One connection of a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: RudeServer

    async def request(self) -> bytes:
        """Read the whole request."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        lengths = [line[15:] for line in head.lower().split(b"\r\n") if b"content-length:" in line]
        return head + await self.reader.readexactly(int(lengths[0]) if lengths else 0)

    async def send(self, data: bytes) -> None:
        """Send, and wait while the client does not take it."""
        self.writer.write(data)
        await self.writer.drain()
        self.server.sent += len(data)

    def reset(self) -> None:
        """Cut the connection without a good-bye."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


@dataclass(slots=True)
class RudeServer:
    """Behaves the same way to every client; `sent` counts the bytes that clients took."""

    behave: Behaviour
    tls: ssl.SSLContext | None = None
    visits: int = 0
    sent: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=self.tls)

    async def stop(self) -> None:
        """Stop listening and drop all clients."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self.behave(Visit(reader, writer, self))
        except ConnectionError, asyncio.IncompleteReadError:
            pass  # The client had enough.
        finally:
            writer.transport.close()


def http(
    body: bytes = b"",
    *,
    status: str = "200 OK",
    content_type: str | None = "application/json",
    length: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return an HTTP answer; `length` is what it claims its length to be."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    wanted = {"Connection": "close", **(headers or {})}
    lines += [f"{name}: {value}" for name, value in wanted.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def stream(content_type: str = "text/event-stream") -> bytes:
    """Return the head of an HTTP answer that ends when the connection does."""
    return http(content_type=content_type).replace(b"Content-Length: 0\r\n", b"")


def answers(*parts: bytes) -> Behaviour:
    """Answer every request with these bytes, in as many packets, and hang up."""

    async def behave(visit: Visit) -> None:
        await visit.request()
        for part in parts:
            await visit.send(part)
            await asyncio.sleep(0)

    return behave


def answers_and_hangs(*parts: bytes) -> Behaviour:
    """Answer with these bytes and then say nothing more."""

    async def behave(visit: Visit) -> None:
        await answers(*parts)(visit)
        await visit.reader.read()

    return behave


def answers_and_resets(*parts: bytes) -> Behaviour:
    """Answer with these bytes and then cut the connection."""

    async def behave(visit: Visit) -> None:
        await answers(*parts)(visit)
        visit.reset()

    return behave


def answers_at_length(head: bytes, part: bytes, times: int | None = None) -> Behaviour:
    """Answer with a head and then one part over and over, without end unless `times` is given."""

    async def behave(visit: Visit) -> None:
        await visit.request()
        await visit.send(head)
        for data in repeat(part) if times is None else repeat(part, times):
            await visit.send(data)
            await asyncio.sleep(0)

    return behave


def drips(head: bytes, part: bytes) -> Behaviour:
    """Answer with a head and then a part every now and then, without end."""

    async def behave(visit: Visit) -> None:
        await visit.request()
        await visit.send(head)
        while True:
            await visit.send(part)
            await asyncio.sleep(0.02)

    return behave


def greets(banner: bytes) -> Behaviour:
    """Speak first, as other protocols do, and listen to nothing."""

    async def behave(visit: Visit) -> None:
        await visit.send(banner)
        await visit.reader.read()

    return behave

"""A client of our own for each test, and servers to try it on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
import ssl
import time

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
import pytest

from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.journal import Journal
from custom_components.ha_mcp_sre.observe.mcp import McpClient
from tests.fake_github import FakeGitHub
from tests.fake_ha_mcp import FakeHaMcp
from tests.observe.in_process import HaMcpInside, LogReader
from tests.observe.reader import Reader, reader_of
from tests.rude_server import Behaviour, RudeServer, answers

PATIENCE = 10.0
"""Seconds that no answer here takes."""

type Serve = Callable[..., Awaitable[RudeServer]]


class NoNames(AbstractResolver):
    """The name service of a network where no host has a name."""

    async def resolve(self, host: str, *_: object, **__: object) -> list[ResolveResult]:
        raise OSError(None, f"no such host: {host}")

    async def close(self) -> None:
        """Have nothing to close."""


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a plain session; addresses work in it, names do not."""
    connector = aiohttp.TCPConnector(resolver=NoNames())
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
def client(session: aiohttp.ClientSession, ha_mcp: FakeHaMcp) -> McpClient:
    """Return a client of the fake ha-mcp."""
    return connect(session, ha_mcp.url)


@pytest.fixture
async def serve(socket_enabled: None) -> AsyncIterator[Serve]:
    """Return a way to start rude servers, which end with the test."""
    async with AsyncExitStack() as stack:

        async def serve(behave: Behaviour, tls: ssl.SSLContext | None = None) -> RudeServer:
            server = RudeServer(behave, tls)
            await server.start()
            stack.push_async_callback(server.stop)
            return server

        yield serve


@pytest.fixture
async def rude(serve: Serve) -> RudeServer:
    """Return a server that hangs up on everybody, until a test teaches it something else."""
    return await serve(answers())


def connect(
    session: aiohttp.ClientSession,
    url: str,
    *,
    limit: int = Policy().answer_limit,
    clock: Callable[[], float] = time.time,
    journal: Journal | None = None,
) -> McpClient:
    """Return a client of the server at an address."""
    return McpClient(
        session, url, limit=limit, clock=clock, journal=Journal() if journal is None else journal
    )


@pytest.fixture
def reader(session: aiohttp.ClientSession, ha_mcp: FakeHaMcp) -> Reader:
    """Return a reader of the fake ha-mcp's tool calls."""
    return reader_of(session, ha_mcp.url)


@pytest.fixture
def inside(tmp_path: Path) -> HaMcpInside:
    """Return an ha-mcp inside Home Assistant that was not called yet."""
    return HaMcpInside(tmp_path / "mcp_usage.jsonl")


@pytest.fixture
def log(inside: HaMcpInside) -> LogReader:
    """Return a reader of its usage log, which did not read yet."""
    return LogReader(inside)


@pytest.fixture
async def github(socket_enabled: None) -> AsyncIterator[FakeGitHub]:
    """Return a GitHub whose repository is empty."""
    github = FakeGitHub()
    await github.start()
    yield github
    await github.stop()

"""The real parts, started once and shared: they take seconds to come up."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_socket

from scripts.lab.cutter import Cutter, open_cutter
from scripts.lab.in_process import in_process_parts
from scripts.lab.integration import WatchedServer, watch, watch_install
from scripts.lab.policy import QUICK, told
from scripts.lab.ports import free_port
from scripts.lab.real_parts import RealParts, real_parts, see_the_session
from scripts.lab.traffic import MODEST, Traffic, send
from tests.e2e.course import IncidentLab
from tests.e2e.inside import InProcessLab


@dataclass(slots=True)
class Lab:
    """A real Home Assistant that watches a real ha-mcp, and a loop of its own to use them in."""

    runner: asyncio.Runner
    parts: RealParts
    server: WatchedServer
    cutter: Cutter
    sent: Traffic = field(default_factory=Traffic)

    def run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Use the real parts."""
        return self.runner.run(coroutine)

    async def use(self) -> None:
        """Send traffic, and remember it."""
        await send(self.parts.ha_mcp.url, MODEST, into=self.sent)

    async def counted(self) -> tuple[int, int]:
        """Return calls and errors as the sensors show them after a look."""
        await self.server.probe_now()
        return await self.server.number("tool_calls"), await self.server.number("tool_errors")


@pytest.fixture(autouse=True)
def network(socket_enabled: None) -> None:
    """Let the tests talk to the processes they started on this machine."""


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return the real parts, with the integration added through its config flow."""
    pytest_socket.enable_socket()
    folder: Path = tmp_path_factory.mktemp("lab")
    # A loop that is not the current one: each test has its own as well.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        stack = AsyncExitStack()

        async def start() -> Lab:
            # The loop's thread must be older than the tests, which check that they leave none.
            await asyncio.to_thread(lambda: None)
            port = free_port()
            cutter = await stack.enter_async_context(open_cutter(folder, port))
            starting = real_parts(folder, port=port, via=cutter.url)
            parts = await stack.enter_async_context(starting)
            return Lab(runner, parts, await watch(parts.client, parts.ha_mcp.url), cutter)

        try:
            yield runner.run(start())
        finally:
            runner.run(stack.aclose())


@pytest.fixture(scope="session")
def incident_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IncidentLab]:
    """Return the real parts with a short policy; ha-mcp's session is seen."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("incidents")
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        stack = AsyncExitStack()

        async def start() -> IncidentLab:
            # The loop's thread must be older than the tests, which check that they leave none.
            await asyncio.to_thread(lambda: None)
            port = free_port()
            cutter = await stack.enter_async_context(open_cutter(folder, port))
            starting = real_parts(folder, port=port, via=cutter.url, env=told(QUICK))
            parts = await stack.enter_async_context(starting)
            server = await watch(parts.client, parts.ha_mcp.url)
            await cutter.cut()
            await see_the_session(server, parts.ha_mcp)
            return IncidentLab(runner, parts, server, cutter)

        try:
            yield runner.run(start())
        finally:
            runner.run(stack.aclose())


@pytest.fixture(scope="session")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessLab]:
    """Return the real parts, which leave no process behind."""
    pytest_socket.enable_socket()
    folder: Path = tmp_path_factory.mktemp("in-process")
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        stack = AsyncExitStack()

        async def start() -> InProcessLab:
            # The loop's thread must be older than the tests, which check that they leave none.
            await asyncio.to_thread(lambda: None)
            port = free_port()
            cutter = await stack.enter_async_context(open_cutter(folder, port))
            parts = in_process_parts(folder, port=port, via=cutter.url)
            return InProcessLab(runner, await stack.enter_async_context(parts), cutter)

        try:
            yield runner.run(start())
        finally:
            runner.run(stack.aclose())
    left = [p.info for p in psutil.process_iter(["cmdline", "cwd"]) if str(folder) in str(p.info)]
    assert left == []


@pytest.fixture(scope="session")
def watched_inside(inside: InProcessLab) -> WatchedServer:
    """Return the integration that watches the server inside Home Assistant."""
    pytest_socket.enable_socket()
    return inside.run(watch_install(inside.parts.client, "in_process_server"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, so that it can be left out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)

"""A real ha-mcp that a Supervisor seems to run, watched by a real Home Assistant under it.

The Supervisor is a stand-in; Home Assistant's own integration and its library talk to it over
a socket. ha-mcp stands at the address of the app, and what it logs is put into the app's log.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import sys
from typing import Any

import aiohttp
import pytest
import pytest_socket

from custom_components.ha_mcp_sre.observe.supervisor import APP_PORT
from scripts.lab.client import HomeAssistantClient
from scripts.lab.cutter import Cutter, open_cutter
from scripts.lab.ha_mcp import Address, HaMcp
from scripts.lab.home_assistant import HomeAssistant
from scripts.lab.integration import WatchedServer, watch_install
from scripts.lab.ports import free_port, port_in_use
from scripts.lab.processes import Process
from scripts.lab.traffic import MODEST, RENDER, Traffic, send
from scripts.lab.waiting import wait_for
from scripts.provision.step import ROOT
from tests.fake_supervisor import SECRET_PATH, SLUG, TOKEN

SOON = 40
"""Seconds, a little more than a regular cycle."""


@dataclass(slots=True)
class AppLab:
    """The real parts and the stand-in, and a loop of their own to use them in."""

    runner: asyncio.Runner
    ha_mcp: HaMcp
    server: WatchedServer
    cutter: Cutter
    supervisor: str
    home_assistant: HomeAssistant
    sent: Traffic = field(default_factory=Traffic)
    _logged: int = 0

    def run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Use the real parts."""
        return self.runner.run(coroutine)

    async def log(self) -> None:
        """Put what ha-mcp has logged since the last time into the app's log."""
        text = self.ha_mcp.process.log.read_bytes()
        new, self._logged = text[self._logged :], len(text)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(f"{self.supervisor}/lab/{SLUG}/log", data=new) as answer,
        ):
            assert answer.status == 200


@asynccontextmanager
async def supervisor(folder: Path, port: int) -> AsyncIterator[str]:
    """Run the stand-in."""
    process = Process(
        "Supervisor",
        [sys.executable, "-m", "tests.fake_supervisor", "--port", str(port)],
        home=folder / "supervisor-home",
        log=folder / "supervisor.log",
        env={"PYTHONPATH": str(ROOT)},
    )

    async def listens() -> bool:
        return port_in_use(port)

    try:
        await process.start()
        await process.wait_until(listens, what="it listened", timeout=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        await process.stop()


@pytest.fixture(scope="module")
def app_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppLab]:
    """Return the app, found and added through the config flow."""
    pytest_socket.enable_socket()
    if port_in_use(APP_PORT):
        pytest.skip(f"another program uses port {APP_PORT}, which is the app's")
    folder = tmp_path_factory.mktemp("app")
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        stack = AsyncExitStack()

        async def start() -> AppLab:
            # The loop's thread must be older than the tests, which check that they leave none.
            await asyncio.to_thread(lambda: None)
            supervisor_port, port = free_port(), free_port()
            host = await stack.enter_async_context(supervisor(folder, supervisor_port))
            cutter = await stack.enter_async_context(open_cutter(folder, port))
            told = {"SUPERVISOR": f"127.0.0.1:{supervisor_port}", "SUPERVISOR_TOKEN": TOKEN}
            home_assistant = HomeAssistant(folder, port, env=told)
            stack.push_async_callback(home_assistant.stop)
            await home_assistant.start()
            ha_mcp = HaMcp(
                folder,
                home_assistant_url=cutter.url,
                token=await home_assistant.create_token("ha-mcp"),
                address=Address(APP_PORT, SECRET_PATH),
            )
            stack.push_async_callback(ha_mcp.stop)
            await ha_mcp.start()
            token = await home_assistant.create_token("HA-MCP SRE lab")
            client = HomeAssistantClient(home_assistant.url, token)
            await stack.enter_async_context(client)
            server = await watch_install(client, f"app_{SLUG}")
            return AppLab(runner, ha_mcp, server, cutter, host, home_assistant)

        try:
            yield runner.run(start())
        finally:
            runner.run(stack.aclose())


def test_the_app_is_watched_like_any_other_server(app_lab: AppLab) -> None:
    async def story() -> None:
        await send(app_lab.ha_mcp.url, MODEST, into=app_lab.sent)
        await app_lab.server.probe_now()
        assert await app_lab.server.state("health") == "healthy"
        assert await app_lab.server.number("tool_calls") == app_lab.sent.calls
        assert await app_lab.server.number("tool_errors") == app_lab.sent.errors

    app_lab.run(story())


def test_its_memory_is_what_supervisor_says(app_lab: AppLab) -> None:
    async def story() -> None:
        await app_lab.server.probe_now()
        assert float(await app_lab.server.state("memory")) == pytest.approx(120.6, abs=0.1)

    app_lab.run(story())


def test_cuts_of_the_connection_are_reconnects_by_its_log(app_lab: AppLab) -> None:
    async def count() -> int:
        await app_lab.log()
        await app_lab.server.probe_now()
        return await app_lab.server.number("websocket_reconnects")

    async def story() -> None:
        await app_lab.log()
        before = await count()
        for _ in range(5):
            await send(app_lab.ha_mcp.url, [RENDER], into=app_lab.sent)
            await app_lab.cutter.cut_one()
        await send(app_lab.ha_mcp.url, [RENDER], into=app_lab.sent)

        async def counted() -> bool:
            return await count() == before + 5

        await wait_for(counted, what="five reconnects were counted", timeout=SOON)

    app_lab.run(story())


def test_the_gaps_are_those_of_every_app(app_lab: AppLab) -> None:
    async def story() -> None:
        await app_lab.server.probe_now()
        gaps = (await app_lab.server.attributes("monitoring_gaps"))["gaps"]
        assert gaps == ["network_host_network", "usage_log_size_in_container"]

    app_lab.run(story())


def test_home_assistant_logs_no_error_of_ours_and_no_secret(app_lab: AppLab) -> None:
    log = app_lab.home_assistant.process.log.read_text(encoding="utf-8")
    ours = [line for line in log.splitlines() if "ha_mcp_sre" in line]
    assert not [line for line in ours if "ERROR" in line or "Traceback" in line]
    assert SECRET_PATH not in log
    assert TOKEN not in log

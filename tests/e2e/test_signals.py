"""What a real Home Assistant shows of the connection, the process and the token of a real ha-mcp."""

import asyncio
from datetime import UTC, datetime, timedelta
import subprocess

import pytest
import pytest_socket

from scripts.lab.traffic import RENDER, Traffic, scripted, send
from scripts.lab.waiting import wait_for
from tests.e2e.conftest import Lab
from tests.e2e.reconnects import (
    CHECK_HEALTH,
    CYCLES,
    reconnects,
    until_healthy,
    until_reconnects,
)


@pytest.fixture(scope="module")
def bound(lab: Lab) -> Lab:
    """Return the lab with its session opened while the integration listened, and its token known."""

    async def seen() -> bool:
        await send(lab.parts.ha_mcp.url, [RENDER], into=lab.sent)
        await lab.server.probe_now()
        return await lab.server.state("websocket_session") == "on"

    async def story() -> None:
        await lab.server.enable("websocket_session", "token_accepted", "token_expires", "cpu")
        await lab.cutter.cut()
        await wait_for(seen, what="the session is seen", timeout=CYCLES)

    pytest_socket.enable_socket()
    lab.run(story())
    return lab


def test_five_cuts_of_the_connection_are_five_reconnects(bound: Lab) -> None:
    async def story() -> None:
        before = await reconnects(bound.server)
        for _ in range(5):
            await send(bound.parts.ha_mcp.url, [RENDER], into=bound.sent)
            await bound.cutter.cut_one()
        await send(bound.parts.ha_mcp.url, [RENDER], into=bound.sent)
        await until_reconnects(bound.server, (before[0] + 5, *before[1:]))

    bound.run(story())


def test_fifty_sessions_for_single_questions_are_none(bound: Lab) -> None:
    async def story() -> None:
        before = await reconnects(bound.server)
        await send(bound.parts.ha_mcp.url, [CHECK_HEALTH] * 50, into=bound.sent)
        assert await reconnects(bound.server) == before
        assert await bound.server.state("websocket_session") == "on"

    bound.run(story())


def test_a_restart_of_ha_mcp_is_told_from_a_lost_connection(bound: Lab) -> None:
    async def story() -> None:
        lost, server, home = await reconnects(bound.server)
        await bound.parts.ha_mcp.stop()
        await bound.parts.ha_mcp.start()
        await send(bound.parts.ha_mcp.url, [RENDER], into=bound.sent)
        await until_reconnects(bound.server, (lost, server + 1, home))

    bound.run(story())


def test_a_restart_of_home_assistant_is_told_from_a_lost_connection(bound: Lab) -> None:
    async def story() -> None:
        lost, server, home = await reconnects(bound.server)
        await bound.parts.home_assistant.restart()
        await until_healthy(bound.server)
        await send(bound.parts.ha_mcp.url, [RENDER], into=bound.sent)
        await until_reconnects(bound.server, (lost, server, home + 1))

    bound.run(story())


def test_memory_is_that_of_the_process(lab: Lab) -> None:
    async def story() -> None:
        await lab.server.probe_now()
        shown = float(await lab.server.state("memory"))
        command = ["ps", "-o", "rss=", "-p", str(lab.parts.ha_mcp.process.pid)]
        listed = await asyncio.to_thread(subprocess.check_output, command, text=True)
        assert shown == pytest.approx(int(listed) / 1024, rel=0.05)

    lab.run(story())


def test_the_token_is_known_with_its_expiry(bound: Lab) -> None:
    async def story() -> None:
        await bound.server.probe_now()
        assert await bound.server.state("token_accepted") == "on"
        expires = datetime.fromisoformat(await bound.server.state("token_expires"))
        assert timedelta(days=300) < expires - datetime.now(UTC) < timedelta(days=4000)

    bound.run(story())


def test_the_only_gap_is_the_one_that_every_such_server_has(bound: Lab) -> None:
    async def story() -> None:
        await bound.server.probe_now()
        attributes = await bound.server.attributes("monitoring_gaps")
        assert attributes["gaps"] == ["usage_log_size_on_server"]
        assert await bound.server.state("monitoring_gaps") == "1"

    bound.run(story())


def test_two_hundred_calls_are_counted_or_the_loss_is_admitted(lab: Lab) -> None:
    async def story() -> None:
        calls, errors = await lab.counted()
        burst = Traffic()
        await send(lab.parts.ha_mcp.url, scripted(200, 30), into=burst)
        after = await lab.counted()
        diagnostics = await lab.parts.client.diagnostics(lab.server.entry_id)
        lost = diagnostics["data"]["assessment"]["tool_calls"]["lost_windows"]
        if after == (calls + 200, errors + 30):
            assert lost == 0
        else:
            assert lost > 0
            assert after <= (calls + 200, errors + 30)

    lab.run(story())

"""What the integration shows of an ha-mcp inside the same real Home Assistant."""

from datetime import UTC, datetime, timedelta
import json

import pytest
import pytest_socket

from scripts.lab.integration import WatchedServer
from scripts.lab.ports import free_port
from scripts.lab.traffic import RENDER, Traffic, scripted, send
from scripts.lab.waiting import wait_for
from tests.e2e.inside import InProcessLab
from tests.e2e.reconnects import (
    CHECK_HEALTH,
    CYCLES,
    reconnects,
    until_healthy,
    until_reconnects,
)

SOON = 20
"""Seconds, less than a regular cycle: what is seen by then was told by an event."""


@pytest.fixture(scope="module")
def bound(inside: InProcessLab, watched_inside: WatchedServer) -> WatchedServer:
    """Return the watched server with a session that was opened while the integration listened."""

    async def seen() -> bool:
        await send(inside.parts.url, [RENDER], into=Traffic())
        await watched_inside.probe_now()
        return await watched_inside.state("websocket_session") == "on"

    async def story() -> None:
        keys = ("websocket_session", "token_accepted", "token_expires", "cpu", "startup_time")
        await watched_inside.enable(*keys, "usage_log_size", "restarts")
        await inside.cutter.cut()
        await wait_for(seen, what="the session is seen", timeout=CYCLES)

    pytest_socket.enable_socket()
    inside.run(story())
    return watched_inside


def test_two_hundred_calls_are_counted_exactly(
    inside: InProcessLab, watched_inside: WatchedServer
) -> None:
    sent = Traffic()

    async def counted() -> tuple[int, int]:
        await watched_inside.probe_now()
        calls = await watched_inside.number("tool_calls")
        return calls, await watched_inside.number("tool_errors")

    async def story() -> None:
        before = await counted()
        await send(inside.parts.url, scripted(200, 30), into=sent)
        expected = (before[0] + sent.calls, before[1] + sent.errors)

        async def complete() -> bool:
            return await counted() >= expected

        # ha-mcp writes a call down a little later than it answers it.
        await wait_for(complete, what="all calls were counted", timeout=CYCLES)
        assert await counted() == expected
        assert await counted() == expected

    inside.run(story())
    assert (sent.calls, sent.errors) == (200, 30)


def test_five_cuts_of_the_connection_are_five_reconnects(
    inside: InProcessLab, bound: WatchedServer
) -> None:
    async def story() -> None:
        lost, server, home = await reconnects(bound)
        for _ in range(5):
            await send(inside.parts.url, [RENDER], into=Traffic())
            await inside.cutter.cut_one()
        await send(inside.parts.url, [RENDER], into=Traffic())
        await until_reconnects(bound, (lost + 5, server, home))

    inside.run(story())


def test_fifty_sessions_for_single_questions_are_none(
    inside: InProcessLab, bound: WatchedServer
) -> None:
    async def story() -> None:
        before = await reconnects(bound)
        await send(inside.parts.url, [CHECK_HEALTH] * 50, into=Traffic())
        assert await reconnects(bound) == before
        assert await bound.state("websocket_session") == "on"

    inside.run(story())


def test_a_reload_is_told_from_a_lost_connection_and_timed(
    inside: InProcessLab, bound: WatchedServer
) -> None:
    async def story() -> None:
        lost, server, home = await reconnects(bound)
        restarts = await bound.number("restarts")
        await inside.parts.reload()
        await send(inside.parts.url, [RENDER], into=Traffic())
        await until_reconnects(bound, (lost, server + 1, home))
        assert await bound.number("restarts") == restarts + 1
        assert 0 < float(await bound.state("startup_time")) < 60
        memory = await bound.attributes("memory_with_home_assistant")
        assert memory["before_start"] > 50
        assert memory["after_start"] > 50

    inside.run(story())


def test_a_restart_of_home_assistant_is_told_from_a_lost_connection(
    inside: InProcessLab, bound: WatchedServer
) -> None:
    async def story() -> None:
        lost, server, home = await reconnects(bound)
        await inside.parts.home_assistant.restart()
        await inside.parts.info()
        await until_healthy(bound)
        await send(inside.parts.url, [RENDER], into=Traffic())
        await until_reconnects(bound, (lost, server, home + 1))

    inside.run(story())


@pytest.mark.parametrize(
    ("end", "begin", "reason"),
    [
        ("crash", "reload", "crashed"),
        ("disable", "enable", "disabled"),
        ("remove", "add", "not_installed"),
    ],
)
def test_an_end_of_the_server_is_seen_at_once_with_its_reason(
    inside: InProcessLab, bound: WatchedServer, end: str, begin: str, reason: str
) -> None:
    async def down() -> bool:
        return await bound.state("health") == "down"

    async def story() -> None:
        await until_healthy(bound)
        await getattr(inside.parts, end)()
        try:
            await wait_for(down, what="health is down", timeout=SOON)
            assert (await bound.attributes("health"))["reason"] == reason
        finally:
            await getattr(inside.parts, begin)()
        await until_healthy(bound)

    inside.run(story())


def test_it_is_followed_to_another_port(inside: InProcessLab, bound: WatchedServer) -> None:
    async def story() -> None:
        before = inside.parts.options["server_port"]
        await inside.parts.configure(server_port=free_port())
        await until_healthy(bound)
        await bound.probe_now()
        assert await bound.state("reachable") == "on"
        await inside.parts.configure(server_port=before)
        await until_healthy(bound)

    inside.run(story())


def test_what_only_this_way_to_install_shows_is_shown(
    inside: InProcessLab, bound: WatchedServer
) -> None:
    async def story() -> None:
        await bound.probe_now()
        assert float(await bound.state("memory_with_home_assistant")) > 50
        assert await bound.state("token_accepted") == "on"
        expires = datetime.fromisoformat(await bound.state("token_expires"))
        assert expires - datetime.now(UTC) > timedelta(days=3600)
        size = float(await bound.state("usage_log_size")) * 2**10
        assert size == pytest.approx(inside.parts.usage_log.stat().st_size, rel=0.05)

    inside.run(story())


def test_nothing_is_missing_in_this_way_to_install(
    inside: InProcessLab, bound: WatchedServer
) -> None:
    async def story() -> None:
        await inside.parts.reload()
        await send(inside.parts.url, [RENDER], into=Traffic())

        async def complete() -> bool:
            await bound.probe_now()
            return await bound.state("monitoring_gaps") == "0"

        await wait_for(complete, what="no gap was left", timeout=CYCLES)

    inside.run(story())


def test_the_secret_is_nowhere_but_in_the_config_entries(
    inside: InProcessLab, bound: WatchedServer
) -> None:
    async def shown() -> str:
        states = [str(state) for state in await bound.states()]
        return json.dumps([states, await bound.client.diagnostics(bound.entry_id)])

    secret = inside.parts.options["secret_path_override"].lstrip("/")
    assert secret not in inside.run(shown())
    ours = [line for line in inside.log().splitlines() if "ha_mcp_sre" in line]
    assert not [line for line in ours if secret in line]
    assert not [line for line in ours if "ERROR" in line or "Traceback" in line]

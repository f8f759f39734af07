"""How the endpoint stage decides whether a server is there, and who it is."""

import asyncio
from contextlib import suppress
from dataclasses import replace
import json
import reprlib
from typing import Any

import aiohttp
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.observation import (
    EndpointMethod,
    FailureKind,
    Identity,
    Outcome,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.mcp import McpClient
from custom_components.ha_mcp_sre.observe.probe import EndpointAnswer, probe_endpoint
from tests.fake_ha_mcp import FakeHaMcp, Handler
from tests.observe.conftest import PATIENCE, Serve, connect
from tests.recorded import capture
from tests.rude_server import Behaviour, RudeServer, answers, answers_and_resets, http

POLICY = replace(Policy(), confirm_delays=(0, 0, 0), stage_timeout=PATIENCE)
NOON = 1_795_435_200.0

INFO: dict[str, Any] = {
    "version": "8.7.0",
    "instance_id": "instance",
    "worker_id": "worker",
    "started_at": 1_795_403_812.7,
}


def status(code: int) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=code)

    return answer


async def ask(
    client: McpClient,
    method: EndpointMethod = EndpointMethod.SETTINGS_INFO,
    *,
    policy: Policy = POLICY,
    now: float = NOON,
) -> EndpointAnswer:
    return await probe_endpoint(client, policy, lambda: now, method)


async def ask_who(session: aiohttp.ClientSession, server: RudeServer, info: object) -> Identity:
    """Return who a server with this `settings/info` is, an empty identity if it is nobody."""
    server.behave = answers(http(json.dumps(info).encode()))
    answer = await ask(connect(session, f"http://127.0.0.1:{server.port}/mcp"))
    if answer.identity is None:
        assert answer.result.kind is FailureKind.NOT_MCP
    return answer.identity or Identity()


@pytest.mark.parametrize("version", ["8.3.0", "8.7.0"])
async def test_the_server_names_itself(
    session: aiohttp.ClientSession, rude: RudeServer, version: str
) -> None:
    info = capture(f"{version}/healthy", "settings-info").message
    identity = await ask_who(session, rude, info)
    assert identity == Identity(
        version=version,
        instance=info["instance_id"],
        worker=info.get("worker_id"),
        started_at=info["started_at"],
    )
    assert (identity.worker is None) is (version == "8.3.0")


@pytest.mark.parametrize(
    "change",
    [
        {"version": None},
        {"version": 8},
        {"version": "x" * 300},
        {"version": "see http://host/private_x"},
        {"instance_id": None},
        {"instance_id": ["a"]},
    ],
    ids=reprlib.repr,
)
async def test_a_web_server_with_json_is_not_ha_mcp(
    session: aiohttp.ClientSession, rude: RudeServer, change: dict[str, Any]
) -> None:
    assert await ask_who(session, rude, INFO | change) == Identity()


@pytest.mark.parametrize(
    "started_at",
    [True, None, "1795403812", float("nan"), float("inf"), 10**400, [1], -1, 1_795_403_812_700],
    ids=reprlib.repr,
)
async def test_a_start_time_that_is_none_is_unknown(
    session: aiohttp.ClientSession, rude: RudeServer, started_at: object
) -> None:
    identity = await ask_who(session, rude, INFO | {"started_at": started_at})
    assert identity == Identity("8.7.0", "instance", "worker", None)


@given(st.dictionaries(st.sampled_from(list(INFO)), st.none() | st.text() | st.integers()))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)
async def test_any_description_is_somebody_or_nobody(
    session: aiohttp.ClientSession, rude: RudeServer, change: dict[str, Any]
) -> None:
    identity = await ask_who(session, rude, INFO | change)
    assert len(identity.version or "") <= 64


async def test_plain_mcp_decides_where_the_own_route_is_missing(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.routes["info"] = status(404)
    first = await ask(client)
    assert (first.result.outcome, first.method) == (Outcome.OK, EndpointMethod.INITIALIZE)
    assert first.identity == Identity(version="8.7.0")
    await ask(client, first.method)
    assert ha_mcp.requests == ["info", "initialize", "initialize"]


@pytest.mark.parametrize(
    ("initialize", "kind"),
    [(404, FailureKind.NOT_FOUND), (401, FailureKind.SIGN_IN), (500, FailureKind.HTTP_ERROR)],
)
async def test_where_neither_answers_the_own_route_is_tried_again_next_time(
    client: McpClient, ha_mcp: FakeHaMcp, initialize: int, kind: FailureKind
) -> None:
    ha_mcp.routes |= {"info": status(404), "initialize": status(initialize)}
    answer = await ask(client)
    assert (answer.result.kind, answer.method) == (kind, EndpointMethod.SETTINGS_INFO)
    ha_mcp.routes.clear()
    assert (await ask(client, answer.method)).identity is not None


@pytest.mark.parametrize("code", [401, 500, 302])
async def test_another_failure_of_the_own_route_is_final(
    client: McpClient, ha_mcp: FakeHaMcp, code: int
) -> None:
    ha_mcp.routes["info"] = status(code)
    assert (await ask(client)).result.outcome is Outcome.FAILED
    assert ha_mcp.requests == ["info"]


@pytest.mark.parametrize(
    ("behave", "visits"),
    [(answers_and_resets(), 2), (answers(http(status="500 Internal Server Error")), 1)],
    ids=["reset", "error"],
)
async def test_only_a_dropped_connection_is_tried_again(
    session: aiohttp.ClientSession, serve: Serve, behave: Behaviour, visits: int
) -> None:
    server = await serve(behave)
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp")
    answer = await ask(client, EndpointMethod.INITIALIZE)
    assert (answer.result.outcome, server.visits) == (Outcome.FAILED, visits)


async def test_a_server_that_comes_up_meanwhile_is_up(client: McpClient, ha_mcp: FakeHaMcp) -> None:
    assert ha_mcp.server is not None
    assert ha_mcp.server.port is not None
    port = ha_mcp.server.port
    await ha_mcp.stop()
    policy = replace(POLICY, confirm_delays=(0.01,) * 500)
    asking = asyncio.create_task(ask(client, policy=policy))
    with suppress(TimeoutError):
        # Long enough to be refused more than once.
        await asyncio.wait_for(asyncio.shield(asking), 0.1)
    assert not asking.done()
    await ha_mcp.start(port)
    assert (await asking).result.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("date", "skew"),
    [
        ("Mon, 23 Nov 2026 12:00:00 GMT", 0),
        ("Mon, 23 Nov 2026 12:00:01 GMT", 0),
        ("Mon, 23 Nov 2026 11:59:59 GMT", 0),
        ("Mon, 23 Nov 2026 13:00:00 GMT", 3600),
        ("Mon, 23 Nov 2026 11:00:00 GMT", -3600),
        ("noon", None),
        (None, None),
    ],
)
async def test_the_skew_is_what_the_servers_clock_is_ahead(
    session: aiohttp.ClientSession, serve: Serve, date: str | None, skew: float | None
) -> None:
    headers = {} if date is None else {"Date": date}
    server = await serve(answers(http(json.dumps(INFO).encode(), headers=headers)))
    answer = await ask(connect(session, f"http://127.0.0.1:{server.port}/mcp"))
    assert answer.skew == (skew if not skew else pytest.approx(skew, abs=1))

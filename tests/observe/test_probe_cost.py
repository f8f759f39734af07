"""Whatever a server does, a look asks at most three small things of it."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
import time

import aiohttp
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.observation import (
    EndpointMethod,
    FailureKind,
    Outcome,
    Probe,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.schedule import TOOL_STAGES
from custom_components.ha_mcp_sre.observe.mcp import McpClient
from custom_components.ha_mcp_sre.observe.probe import probe
from tests.fake_ha_mcp import FakeHaMcp
from tests.observe.conftest import PATIENCE, Serve, connect
from tests.recorded import Capture, capture
from tests.rude_server import Behaviour, Visit, answers_and_resets

POLICY = replace(Policy(), confirm_delays=(0, 0, 0), stage_timeout=PATIENCE, stall_tolerance=9)
MOST = 3

METHODS = pytest.mark.parametrize("method", EndpointMethod)

MOODS = ("fine", "reset", "missing", "renamed", "error")
"""What a server may do with a request; a renamed one tells its own name by its greeting only."""

type Ask = Callable[[McpClient], Awaitable[object]]


@contextmanager
def in_these_moods(ha_mcp: FakeHaMcp, moods: list[str]) -> Iterator[list[str]]:
    """Have one request after another met in these moods, the last of which lasts."""
    left = list(moods)

    def meets(answer: Capture) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handler(request: web.Request) -> web.StreamResponse:
            mood = left.pop(0) if len(left) > 1 else left[0]
            if mood == "reset":
                assert request.transport is not None
                request.transport.abort()
            if mood in ("missing", "error"):
                return web.Response(status=404 if mood == "missing" else 500)
            renamed = answer.body.replace(b'"name":"ha-mcp"', b'"name":"home"')
            return await ha_mcp._play(
                replace(answer, body=renamed) if mood == "renamed" else answer, request
            )

        return handler

    healthy = "8.7.0/healthy"
    routes = {"info": "settings-info", "initialize": "initialize", "landing": "landing"}
    tools = {"ha_eval_template": "eval-template", "ha_get_state": "get-state"}
    ha_mcp.routes = {route: meets(capture(healthy, name)) for route, name in routes.items()}
    ha_mcp.tools = {tool: meets(capture(healthy, name)) for tool, name in tools.items()}
    ha_mcp.requests.clear()
    yield ha_mcp.requests


async def look(client: McpClient, method: EndpointMethod) -> Probe:
    found, _ = await probe(
        client, POLICY, time.time, method=method, stages=TOOL_STAGES, entity_id="sun.sun"
    )
    return found


@given(st.sampled_from(EndpointMethod), st.lists(st.sampled_from(MOODS), min_size=1, max_size=6))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
async def test_no_look_costs_more_than_three_requests(
    client: McpClient, ha_mcp: FakeHaMcp, method: EndpointMethod, moods: list[str]
) -> None:
    with in_these_moods(ha_mcp, moods) as requests:
        found = await look(client, method)
    assert len(requests) <= MOST
    at_the_endpoint = {"info", "initialize", "landing"}
    assert found.requests == sum(request in at_the_endpoint for request in requests)


async def hangs_up(visit: Visit) -> None:
    """Take the request and answer nothing."""
    await visit.request()


@METHODS
@pytest.mark.parametrize("behave", [hangs_up, answers_and_resets()], ids=["hangs up", "resets"])
async def test_a_server_that_drops_connections_is_asked_twice(
    session: aiohttp.ClientSession, serve: Serve, behave: Behaviour, method: EndpointMethod
) -> None:
    server = await serve(behave)
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp")
    found = await look(client, method)
    assert (found.endpoint.outcome, server.visits) == (Outcome.FAILED, 2)


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.settings_info(PATIENCE),
        lambda client: client.landing(PATIENCE),
        lambda client: client.request("ping", {}, PATIENCE),
    ],
    ids=["info", "landing", "ping"],
)
async def test_a_request_that_is_not_answered_is_sent_once(
    session: aiohttp.ClientSession, serve: Serve, ask: Ask
) -> None:
    server = await serve(hangs_up)
    with pytest.raises(Exception, match="reset"):
        await ask(connect(session, f"http://127.0.0.1:{server.port}/mcp"))
    assert server.visits == 1


async def test_what_took_two_requests_leaves_one_link_to_the_next_look(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    with in_these_moods(ha_mcp, ["reset", "fine"]) as requests:
        first, second = [await look(client, EndpointMethod.SETTINGS_INFO) for _ in range(2)]
    assert (first.websocket.outcome, first.rest.outcome) == (Outcome.OK, Outcome.SKIPPED)
    assert second.websocket.outcome is second.rest.outcome is Outcome.OK
    both = ["info", "ha_eval_template", "ha_get_state"]
    assert requests == ["info", "info", "ha_eval_template", *both]


async def test_a_look_that_found_no_request_left_leaves_both_links_to_the_next(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    with in_these_moods(ha_mcp, ["missing", "renamed", "fine"]) as requests:
        found = await look(client, EndpointMethod.SETTINGS_INFO)
    assert found.endpoint.outcome is Outcome.OK
    assert found.websocket.outcome is found.rest.outcome is Outcome.SKIPPED
    assert requests == ["info", "initialize", "landing"]


@pytest.mark.parametrize(
    ("moods", "kind"),
    [
        (["missing", "reset", "fine"], None),
        (["missing", "reset", "reset"], FailureKind.RESET),
        (["missing", "reset", "renamed"], FailureKind.RESET),
    ],
    ids=["answers", "drops", "goes by another name"],
)
async def test_plain_mcp_that_was_dropped_is_tried_once_more(
    client: McpClient, ha_mcp: FakeHaMcp, moods: list[str], kind: FailureKind | None
) -> None:
    with in_these_moods(ha_mcp, moods) as requests:
        found = await look(client, EndpointMethod.SETTINGS_INFO)
    assert found.endpoint.kind is kind
    assert requests == ["info", "initialize", "initialize"]

"""What a look at a server finds: stage by stage, with as few requests as it takes."""

import asyncio
from dataclasses import replace
import time

from aiohttp import web
import pytest

from custom_components.ha_mcp_sre.assess.observation import (
    SKIPPED,
    EndpointMethod,
    FailureKind,
    Outcome,
    Probe,
    Stage,
    StageResult,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.mcp import McpClient
from custom_components.ha_mcp_sre.observe.probe import MARKED_TEMPLATE, probe
from tests.fake_ha_mcp import FakeHaMcp, tool_error
from tests.observe.conftest import PATIENCE
from tests.recorded import Capture, capture

POLICY = replace(Policy(), confirm_delays=(0,), stage_timeout=PATIENCE, stall_tolerance=PATIENCE)
EVERYTHING = frozenset({Stage.WEBSOCKET, Stage.REST})
ENTITY = "sensor.ha_mcp_health"

TOOLS = {Stage.WEBSOCKET: "ha_eval_template", Stage.REST: "ha_get_state"}

OK = (Outcome.OK, None, None)

REFUSALS = {
    "unknown tool, 8.3.0": (capture("8.3.0/healthy", "unknown-tool"), None),
    "unknown tool, 8.7.0": (capture("8.7.0/healthy", "unknown-tool"), None),
} | {
    code: (tool_error(code), code)
    for code in (
        "USER_APPROVAL_REQUIRED",
        "READ_ONLY_MODE",
        "ENTITY_VISIBILITY_ENFORCED",
        "VALIDATION_FAILED",
    )
}


async def look(
    client: McpClient,
    stages: frozenset[Stage] = EVERYTHING,
    *,
    policy: Policy = POLICY,
    entity_id: str | None = ENTITY,
) -> Probe:
    found, _ = await probe(
        client,
        policy,
        time.time,
        method=EndpointMethod.SETTINGS_INFO,
        stages=stages,
        entity_id=entity_id,
    )
    return found


def verdict(result: StageResult) -> tuple[Outcome, FailureKind | None, str | None]:
    return result.outcome, result.kind, result.code


def failed(code: str) -> tuple[Outcome, FailureKind, str]:
    return Outcome.FAILED, FailureKind.TOOL_ERROR, code


@pytest.mark.parametrize(
    ("state", "websocket", "rest"),
    [
        ("8.3.0/healthy", OK, OK),
        ("8.7.0/healthy", OK, OK),
        ("8.7.0/ha-down", failed("CONNECTION_FAILED"), failed("CONNECTION_FAILED")),
        ("8.7.0/ha-hung", failed("TIMEOUT_OPERATION"), failed("CONNECTION_TIMEOUT")),
        ("8.7.0/token-rejected", failed("CONNECTION_FAILED"), failed("AUTH_INVALID_TOKEN")),
    ],
)
async def test_each_stage_finds_what_it_can_see(
    client: McpClient, ha_mcp: FakeHaMcp, state: str, websocket: object, rest: object
) -> None:
    ha_mcp.state = state
    found = await look(client)
    assert verdict(found.endpoint) == OK
    assert verdict(found.websocket) == websocket
    assert verdict(found.rest) == rest


async def test_every_stage_that_ran_has_a_duration(client: McpClient, ha_mcp: FakeHaMcp) -> None:
    ha_mcp.tools["ha_get_state"] = tool_error("CONNECTION_FAILED")
    found = await look(client)
    for result in (found.endpoint, found.websocket, found.rest):
        assert result.duration is not None
        assert 0 < result.duration < PATIENCE


async def test_that_an_entity_is_missing_proves_the_way_to_it(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.tools["ha_get_state"] = capture("8.7.0/healthy", "get-state-missing")
    assert (await look(client)).rest.outcome is Outcome.OK


@pytest.mark.parametrize(("answer", "code"), REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("stage", EVERYTHING)
async def test_a_refusal_proves_nothing(
    client: McpClient, ha_mcp: FakeHaMcp, stage: Stage, answer: Capture, code: str | None
) -> None:
    ha_mcp.tools[TOOLS[stage]] = answer
    found = await look(client, frozenset({stage}))
    result = found.websocket if stage is Stage.WEBSOCKET else found.rest
    assert verdict(result) == (Outcome.INCONCLUSIVE, FailureKind.TOOL_REFUSED, code)


async def test_a_question_that_the_server_does_not_take_proves_nothing(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    async def invalid_params(request: web.Request) -> web.Response:
        error = {"code": -32602, "message": "Invalid params"}
        message = await request.json()
        return web.json_response({"jsonrpc": "2.0", "id": message["id"], "error": error})

    ha_mcp.tools["ha_get_state"] = invalid_params
    found = await look(client)
    assert verdict(found.rest) == (Outcome.INCONCLUSIVE, FailureKind.TOOL_REFUSED, "-32602")


async def test_a_hung_tool_ends_with_the_stages_own_timeout(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    ha_mcp.tools["ha_eval_template"] = hang
    found = await look(client, policy=replace(POLICY, stage_timeout=0.3))
    assert verdict(found.websocket) == (Outcome.FAILED, FailureKind.TIMEOUT, None)
    assert verdict(found.rest) == OK


@pytest.mark.parametrize(
    ("stages", "requests"),
    [
        (frozenset(), ["info"]),
        (frozenset({Stage.WEBSOCKET}), ["info", "ha_eval_template"]),
        (frozenset({Stage.REST}), ["info", "ha_get_state"]),
        (EVERYTHING, ["info", "ha_eval_template", "ha_get_state"]),
    ],
)
async def test_a_look_takes_one_request_a_stage(
    client: McpClient, ha_mcp: FakeHaMcp, stages: frozenset[Stage], requests: list[str]
) -> None:
    found = await look(client, stages)
    assert ha_mcp.requests == requests
    assert (found.websocket == SKIPPED) is (Stage.WEBSOCKET not in stages)
    assert (found.rest == SKIPPED) is (Stage.REST not in stages)


async def test_our_calls_say_that_they_are_ours_and_ask_for_little(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    await look(client)
    assert ha_mcp.asked == [
        {"template": MARKED_TEMPLATE},
        {"entity_id": ENTITY, "fields": ["state"]},
    ]
    assert "ha_mcp_sre" in MARKED_TEMPLATE


async def test_without_an_entity_of_ours_there_is_nothing_to_read(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    found = await look(client, entity_id=None)
    assert found.rest == SKIPPED
    assert "ha_get_state" not in ha_mcp.requests


async def test_behind_a_dead_endpoint_nothing_is_asked(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    ha_mcp.routes["info"] = broken
    found = await look(client)
    assert verdict(found.endpoint) == (Outcome.FAILED, FailureKind.HTTP_ERROR, "500")
    assert (found.websocket, found.rest, found.identity) == (SKIPPED, SKIPPED, None)
    assert ha_mcp.requests == ["info"]

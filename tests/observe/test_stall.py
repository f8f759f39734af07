"""While our own event loop stands still, a server cannot be blamed for anything."""

from dataclasses import replace
import time

from aiohttp import web
import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind, Outcome, StageResult
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.mcp import McpClient
from custom_components.ha_mcp_sre.observe.stall import watching_the_loop
from tests.fake_ha_mcp import FakeHaMcp, Handler, tool_error
from tests.observe.conftest import PATIENCE
from tests.observe.test_probe import look
from tests.recorded import Capture, capture

POLICY = replace(Policy(), confirm_delays=(), stage_timeout=PATIENCE, stall_tolerance=0.05)
STALLED = StageResult(Outcome.INCONCLUSIVE, kind=FailureKind.STALLED)


def stand_still() -> None:
    """Keep the event loop, which is the client's as well, from doing anything."""
    time.sleep(0.5)


def after_a_stall(ha_mcp: FakeHaMcp, answer: Capture) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        stand_still()
        return await ha_mcp._play(answer, request)

    return handler


@pytest.mark.parametrize(
    "answer", [Capture(500, "text/plain", b""), Capture(404, "text/plain", b"")]
)
async def test_a_failure_during_a_stall_proves_nothing(
    client: McpClient, ha_mcp: FakeHaMcp, answer: Capture
) -> None:
    ha_mcp.routes["info"] = ha_mcp.routes["initialize"] = after_a_stall(ha_mcp, answer)
    assert (await look(client, policy=POLICY)).endpoint == STALLED


async def test_an_answer_during_a_stall_counts_but_its_duration_does_not(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    answer = capture("8.7.0/healthy", "settings-info")
    ha_mcp.routes["info"] = after_a_stall(ha_mcp, answer)
    found = await look(client, policy=POLICY)
    assert found.endpoint == found.websocket == found.rest == StageResult(Outcome.OK)
    assert found.identity is not None


async def test_a_stall_casts_doubt_on_every_stage(client: McpClient, ha_mcp: FakeHaMcp) -> None:
    ha_mcp.tools["ha_get_state"] = after_a_stall(ha_mcp, tool_error("CONNECTION_FAILED"))
    found = await look(client, policy=POLICY)
    assert (found.endpoint, found.rest) == (StageResult(Outcome.OK), STALLED)


async def test_a_timeout_during_a_stall_proves_nothing(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    answer = capture("8.7.0/healthy", "settings-info")
    ha_mcp.routes["info"] = after_a_stall(ha_mcp, answer)
    found = await look(client, policy=replace(POLICY, stage_timeout=0.1))
    assert found.endpoint.outcome is not Outcome.FAILED


async def test_a_stall_is_noticed_even_if_nothing_runs_after_it() -> None:
    with watching_the_loop() as stall:
        stand_still()
    assert stall.longest > POLICY.stall_tolerance


async def test_a_loop_that_keeps_time_is_not_late() -> None:
    with watching_the_loop() as stall:
        pass
    assert stall.longest == 0


async def test_a_delay_within_the_tolerance_is_no_stall(
    client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.routes["info"] = after_a_stall(ha_mcp, Capture(500, "text/plain", b""))
    found = await look(client, policy=replace(POLICY, stall_tolerance=PATIENCE))
    assert found.endpoint.outcome is Outcome.FAILED
    assert found.endpoint.duration is not None

"""What a cycle asks of a server: three small things at most, whatever happens."""

from typing import Any
from unittest.mock import patch

from aiohttp import web
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.observation import EndpointMethod
from custom_components.ha_mcp_sre.assess.schedule import Schedule
from tests.component.conftest import cycle, probe_now, state
from tests.component.test_bad_answers import another_mcp_server
from tests.fake_ha_mcp import FakeHaMcp, plain_answer

MOST = 3
NEVER = 1e12


async def drop(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def everything_due(entry: MockConfigEntry, **schedule: Any) -> None:
    """Have whatever a cycle may do be due now."""
    coordinator = entry.runtime_data
    coordinator._knowledge.schedule = Schedule(**schedule)
    coordinator._sessions._search_due = 0.0


async def cost(hass: HomeAssistant, entry: MockConfigEntry, ha_mcp: FakeHaMcp) -> list[str]:
    """Return what one cycle asked, with what it started beside itself but no other cycle."""
    ha_mcp.requests.clear()
    with patch.object(entry.runtime_data, "look_again"):
        await cycle(hass, entry)
    return list(ha_mcp.requests)


SCHEDULES = pytest.mark.parametrize(
    "schedule",
    [{}, {"stages_due": NEVER}, {"stages_due": NEVER, "reading_due": NEVER}],
    ids=["stages", "report", "search"],
)


@SCHEDULES
async def test_a_healthy_server_is_asked_three_things(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, schedule: dict[str, float]
) -> None:
    await probe_now(hass)
    everything_due(watched, **schedule)
    assert 1 < len(await cost(hass, watched, ha_mcp)) <= MOST


@SCHEDULES
async def test_a_server_that_dropped_the_first_request_is_asked_no_more_than_that(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, schedule: dict[str, float]
) -> None:
    await probe_now(hass)
    everything_due(watched, **schedule)

    async def drop_once(request: web.Request) -> web.StreamResponse:
        del ha_mcp.routes["info"]
        return await drop(request)

    ha_mcp.routes["info"] = drop_once
    assert await cost(hass, watched, ha_mcp) == ["info", "info"]
    assert 1 < len(await cost(hass, watched, ha_mcp)) <= MOST


@SCHEDULES
async def test_to_find_out_how_to_ask_a_server_is_all_that_a_cycle_does(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, schedule: dict[str, float]
) -> None:
    await probe_now(hass)
    ha_mcp.routes |= another_mcp_server("my home", "HA-MCP server is up and running!")
    everything_due(watched, **schedule)
    assert await cost(hass, watched, ha_mcp) == ["info", "initialize", "landing"]
    assert watched.runtime_data._knowledge.method is EndpointMethod.INITIALIZE
    assert 1 < len(await cost(hass, watched, ha_mcp)) <= MOST


async def test_a_server_that_takes_only_the_oldest_form_is_asked_once_a_cycle(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await probe_now(hass)
    ha_mcp.fields_as = ()
    ha_mcp.call("ha_search")
    for _ in range(3):
        everything_due(watched, stages_due=NEVER)
        assert await cost(hass, watched, ha_mcp) == ["info", "ha_report_issue"]
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "1"


async def test_a_form_that_is_refused_has_the_next_one_tried_in_the_next_cycle(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await probe_now(hass)
    ha_mcp.fields_as = (str,)
    everything_due(watched, stages_due=NEVER)
    asked = [await cost(hass, watched, ha_mcp) for _ in range(3)]
    assert [cycle.count("ha_report_issue") for cycle in asked] == [1, 1, 0]


@pytest.mark.parametrize("answer", [drop, plain_answer(404), plain_answer(500)])
async def test_a_server_that_is_down_is_asked_twice(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, answer: Any
) -> None:
    ha_mcp.routes |= {"info": answer, "initialize": answer}
    for _ in range(2):
        everything_due(watched)
        assert len(await cost(hass, watched, ha_mcp)) <= 2

"""What a cycle asks of a server: three small things at most, whatever happens."""

from itertools import count
from typing import Any
from unittest.mock import patch

from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.observation import EndpointMethod
from custom_components.ha_mcp_sre.assess.schedule import Schedule
from tests.component.conftest import HEALTH, cycle, probe_now, state
from tests.component.test_bad_answers import another_mcp_server
from tests.fake_ha_mcp import FakeHaMcp, plain_answer
from tests.recorded import capture

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
    [{"reading_due": NEVER}, {"stages_due": NEVER}, {"stages_due": NEVER, "reading_due": NEVER}],
    ids=["stages", "report", "search"],
)


@SCHEDULES
async def test_a_healthy_server_is_asked_three_things(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, schedule: dict[str, float]
) -> None:
    await probe_now(hass)
    everything_due(watched, **schedule)
    assert 1 < len(await cost(hass, watched, ha_mcp)) <= MOST


@pytest.mark.parametrize(
    ("schedule", "more"),
    [
        ({"reading_due": NEVER}, ["ha_eval_template"]),
        ({"stages_due": NEVER}, ["ha_report_issue"]),
        ({"stages_due": NEVER, "reading_due": NEVER}, []),
    ],
    ids=["stages", "report", "search"],
)
async def test_of_a_server_that_dropped_the_first_request_one_thing_more_is_asked(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    schedule: dict[str, float],
    more: list[str],
) -> None:
    await probe_now(hass)
    everything_due(watched, **schedule)
    drop_first_of_look(ha_mcp, looks=1)
    assert await cost(hass, watched, ha_mcp) == ["info", "info", *more]
    assert 1 < len(await cost(hass, watched, ha_mcp)) <= MOST


async def test_a_server_that_drops_the_first_request_of_every_look_is_watched(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    drop_first_of_look(ha_mcp, looks=99)
    ha_mcp.call("ha_search")
    for _ in range(30):
        freezer.tick(30)
        assert len(await cost(hass, watched, ha_mcp)) <= MOST
    assert state(hass, HEALTH) == "healthy"
    assert watched.runtime_data.record.counters.calls == 1


def drop_first_of_look(ha_mcp: FakeHaMcp, *, looks: int) -> None:
    """Have the server drop the first request of so many looks."""
    met = count()

    async def info(request: web.Request) -> web.StreamResponse:
        number = next(met)
        if number >= 2 * looks - 2:
            del ha_mcp.routes["info"]
        if number % 2 == 0:
            return await drop(request)
        return await ha_mcp._play(capture("8.7.0/healthy", "settings-info"), request)

    ha_mcp.routes["info"] = info


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


async def test_where_no_request_was_left_for_the_links_a_look_at_them_follows(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await probe_now(hass)
    ha_mcp.routes |= another_mcp_server("my home", "HA-MCP server is up and running!")
    everything_due(watched, reading_due=NEVER)
    ha_mcp.requests.clear()
    await cycle(hass, watched)
    assert "ha_eval_template" in ha_mcp.requests


async def test_to_probe_now_reads_what_a_server_tells_in_the_oldest_form_only(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await probe_now(hass)
    ha_mcp.fields_as = ()
    ha_mcp.call("ha_search")
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "1"


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

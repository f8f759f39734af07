"""The first look at a server, before it is watched."""

from aiohttp import web
from homeassistant.core import HomeAssistant

from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.trial import async_try
from tests.component.test_cost import drop
from tests.fake_ha_mcp import FakeHaMcp


async def test_a_server_that_dropped_one_request_is_tried_once_more(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    async def drop_once(request: web.Request) -> web.StreamResponse:
        del ha_mcp.routes["info"]
        return await drop(request)

    ha_mcp.routes["info"] = drop_once
    trial = await async_try(hass, ha_mcp.url, verify_ssl=True, watched=frozenset())
    assert (trial.failure, trial.instance) == (None, ha_mcp.instance.instance_id)


async def test_a_server_that_drops_every_request_is_not_tried_on_and_on(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.routes["info"] = drop
    trial = await async_try(hass, ha_mcp.url, verify_ssl=True, watched=frozenset())
    assert trial.failure is FailureKind.RESET
    assert ha_mcp.requests == ["info", "info"]

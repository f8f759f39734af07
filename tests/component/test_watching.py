"""What a person sees of a server that is watched."""

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.component.conftest import probe_now, state
from tests.fake_ha_mcp import FakeHaMcp


async def test_a_healthy_server_is_healthy_after_the_first_look(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    assert state(hass, "sensor.ha_mcp_health") == "healthy"
    assert state(hass, "binary_sensor.ha_mcp_reachable") == "on"
    assert state(hass, "sensor.ha_mcp_version") == "8.7.0"


async def test_calls_of_the_assistant_are_counted_and_ours_are_not(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_search")
    ha_mcp.call("ha_get_state", code="ENTITY_NOT_FOUND")
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "2"
    assert state(hass, "sensor.ha_mcp_tool_errors") == "1"
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "2"

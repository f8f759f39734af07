"""The link from ha-mcp to its Home Assistant: how its loss is seen, and how often it is tried."""

from datetime import UTC, datetime

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.component.conftest import HEALTH, cycle, probe_now, reason, state
from tests.fake_ha_mcp import FakeHaMcp, tool_error


@pytest.mark.parametrize(
    ("captured", "why"),
    [
        ("8.7.0/ha-down", ("websocket", "tool_error", "CONNECTION_FAILED")),
        ("8.7.0/token-rejected", ("websocket", "tool_error", "CONNECTION_FAILED")),
        ("8.7.0/ha-hung", ("websocket", "tool_error", "TIMEOUT_OPERATION")),
    ],
)
async def test_a_server_that_lost_its_home_is_degraded(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    captured: str,
    why: tuple[str, str, str],
) -> None:
    ha_mcp.state = captured
    await probe_now(hass)
    assert state(hass, HEALTH) == "degraded"
    assert state(hass, "binary_sensor.ha_mcp_reachable") == "on"
    assert state(hass, "binary_sensor.ha_mcp_home_assistant_link") == "off"
    assert reason(hass) == why
    ha_mcp.state = "8.7.0/healthy"
    await probe_now(hass)
    assert state(hass, HEALTH) == "healthy"


async def test_a_link_that_works_again_is_seen_within_half_a_minute(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    ha_mcp.state = "8.7.0/ha-down"
    freezer.tick(301)
    await cycle(hass, watched)
    await cycle(hass, watched)
    assert state(hass, HEALTH) == "degraded"
    ha_mcp.state = "8.7.0/healthy"
    freezer.tick(30)
    await cycle(hass, watched)
    assert state(hass, HEALTH) == "healthy"


@pytest.mark.parametrize(("captured", "most"), [("ha-down", 60), ("token-rejected", 8)])
async def test_a_broken_link_is_not_hammered(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
    captured: str,
    most: int,
) -> None:
    await cycle(hass, watched)
    ha_mcp.state = f"8.7.0/{captured}"
    freezer.tick(301)
    ha_mcp.requests.clear()
    for _ in range(120):
        await cycle(hass, watched)
        freezer.tick(30)
    tool_calls = [name for name in ha_mcp.requests if name.startswith("ha_")]
    assert 0 < len(tool_calls) <= most
    assert state(hass, HEALTH) == "degraded"


async def test_nobody_is_told_of_a_link_that_works_again(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await cycle(hass, watched)
    ha_mcp.state = "8.7.0/ha-down"
    for wait in (301, 30, 60, 30):
        freezer.tick(wait)
        await cycle(hass, watched)
    (incident,) = watched.runtime_data.data.judgement.incidents
    ha_mcp.state = "8.7.0/healthy"
    freezer.move_to(datetime.fromtimestamp(incident.turned_at + 120, UTC))
    await cycle(hass, watched)
    (incident,) = watched.runtime_data.data.judgement.incidents
    assert incident.paged_at is None
    assert incident.clean_since is not None


async def test_a_link_that_policy_hides_is_unknown_and_not_asked_for_again(
    hass: HomeAssistant, entry: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    for tool in ("ha_eval_template", "ha_get_state", "ha_report_issue"):
        ha_mcp.tools[tool] = tool_error("USER_APPROVAL_REQUIRED")
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await cycle(hass, entry)
    assert state(hass, HEALTH) == "unknown"
    assert state(hass, "binary_sensor.ha_mcp_home_assistant_link") == "unknown"
    assert state(hass, "sensor.ha_mcp_tool_calls") == "unknown"
    ha_mcp.requests.clear()
    for _ in range(5):
        await cycle(hass, entry)
    assert ha_mcp.requests == ["info"] * 5


async def test_a_failing_call_starts_a_probe_of_the_link(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await cycle(hass, watched)
    freezer.tick(310)
    ha_mcp.call("ha_search", code="CONNECTION_FAILED")
    ha_mcp.requests.clear()
    await cycle(hass, watched)
    assert ha_mcp.requests == [
        "info",
        "ha_report_issue",
        "info",
        "ha_eval_template",
        "ha_get_state",
    ]

"""The entities, as Home Assistant registers and shows them."""

from collections.abc import Iterable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED, Platform
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from custom_components.ha_mcp_sre.const import DOMAIN
from tests.component.conftest import cycle, probe_now, reload, state
from tests.fake_ha_mcp import FakeHaMcp, Instance

SEARCH = "sensor.ha_mcp_tool_ha_search_error_rate"


@pytest.fixture
async def still_clock(freezer: FrozenDateTimeFactory) -> None:
    """Stop the clock, before anything is set up."""
    freezer.move_to("2026-11-23T12:00:00+00:00")


async def test_all_entities(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    all_enabled: None,
    still_clock: None,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    snapshot: SnapshotAssertion,
) -> None:
    for number in range(40):
        ha_mcp.call("ha_search", duration_ms=number)
    ha_mcp.call("ha_get_state", code="ENTITY_NOT_FOUND")
    await probe_now(hass)
    for known in er.async_entries_for_config_entry(entity_registry, watched.entry_id):
        assert known == snapshot(name=f"{known.entity_id}-entry")
        # What is measured differs from run to run.
        measured = known.unique_id == "entry_response_time"
        assert hass.states.get(known.entity_id) == snapshot(
            name=f"{known.entity_id}-state", exclude=props("state") if measured else None
        )


async def test_about_twenty_entities_are_enabled_at_first(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, watched: MockConfigEntry
) -> None:
    entities = er.async_entries_for_config_entry(entity_registry, watched.entry_id)
    enabled = {e.unique_id.removeprefix("entry_") for e in entities if not e.disabled}
    disabled = {e.unique_id.removeprefix("entry_") for e in entities if e.disabled}
    assert enabled == {
        "availability",
        "burn_rate",
        "error_budget_remaining",
        "health",
        "home_assistant_link",
        "incident",
        "maintenance",
        "memory",
        "monitoring_gaps",
        "open_incidents",
        "probe_now",
        "reachable",
        "response_time",
        "severity",
        "started",
        "tool_calls",
        "tool_error_rate",
        "tool_errors",
        "tool_latency_p95",
        "version",
        "websocket_reconnects",
        "write_report",
    }
    assert disabled == {
        "caller_error_rate",
        "component_version",
        "cpu",
        "installed_version",
        "last_cycle",
        "last_disconnect",
        "read_only_mode",
        "restart_needed",
        "restarts",
        "session_opened",
        "startup_time",
        "token_accepted",
        "token_expires",
        "websocket_enabled",
        "websocket_session",
    }


async def test_the_device_follows_the_version(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
) -> None:
    def version() -> str | None:
        (device,) = dr.async_entries_for_config_entry(device_registry, watched.entry_id)
        return device.sw_version

    assert version() == "8.7.0"
    ha_mcp.instance = Instance("instance-2", "worker-2", version="8.8.0")
    await cycle(hass, watched)
    assert version() == "8.8.0"


async def test_a_tool_gets_a_sensor_when_it_is_first_used(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await probe_now(hass)
    assert hass.states.get(SEARCH) is None
    ha_mcp.call("ha_search")
    ha_mcp.call("ha_search", code="INTERNAL_ERROR")
    await probe_now(hass)
    assert state(hass, SEARCH) == "50.0"
    shown = hass.states.get(SEARCH)
    assert shown is not None
    assert shown.attributes["calls"] == 2
    assert shown.attributes["errors"] == 1
    assert shown.attributes["top_codes"] == {"INTERNAL_ERROR": 1}


async def test_a_tool_unused_for_hours_has_an_unknown_rate(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    freezer.tick(6 * 3600 + 60)
    await probe_now(hass)
    assert state(hass, SEARCH) == "unknown"


async def test_a_tool_unused_for_35_days_loses_its_sensor(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    freezer.tick(34 * 86400)
    await probe_now(hass)
    assert entity_registry.async_get(SEARCH) is not None
    freezer.tick(2 * 86400)
    await probe_now(hass)
    await hass.async_block_till_done()
    assert entity_registry.async_get(SEARCH) is None
    ha_mcp.call("ha_search")
    await probe_now(hass)
    assert state(hass, SEARCH) == "0.0"


async def test_tool_sensors_are_still_there_after_a_reload(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    await reload(hass, watched)
    await probe_now(hass)
    assert state(hass, SEARCH) == "0.0"


async def test_a_tool_that_is_first_used_during_the_unloading_gets_no_sensor(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unload = hass.config_entries.async_unload_platforms

    async def unload_slowly(entry: ConfigEntry, platforms: Iterable[Platform]) -> bool:
        unloaded = await unload(entry, platforms)
        ha_mcp.call("ha_search")
        await entry.runtime_data.async_probe_now()
        return unloaded

    with monkeypatch.context() as patch:
        patch.setattr(hass.config_entries, "async_unload_platforms", unload_slowly)
        await probe_now(hass)
        assert await hass.config_entries.async_unload(watched.entry_id)
        await hass.async_block_till_done()
    assert hass.states.get(SEARCH) is None


async def test_an_option_switches_the_tool_sensors_off(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    form = await hass.config_entries.options.async_init(watched.entry_id)
    chosen = {"notifications": {}, "objectives": {}, "report": {}, "tool_sensors": False}
    await hass.config_entries.options.async_configure(form["flow_id"], chosen)
    await hass.async_block_till_done(wait_background_tasks=True)
    await probe_now(hass)
    assert entity_registry.async_get(SEARCH) is None
    assert state(hass, "sensor.ha_mcp_tool_calls") == "1"


async def test_a_day_of_use_writes_at_most_2000_rows(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Eight tools in constant use, two hours of cycles of 30 s; a day has twelve times as many.

    Some of their calls fail, but too few to be an incident.
    """
    tools = [f"ha_tool_{number}" for number in range(8)]
    for tool in tools:
        ha_mcp.call(tool)
    await probe_now(hass)
    rows: list[Event[EventStateChangedData]] = async_capture_events(hass, EVENT_STATE_CHANGED)
    for number in range(240):
        freezer.tick(30)
        for tool in tools:
            ha_mcp.call(tool, code="INTERNAL_ERROR" if number % 40 == 20 else None)
        await cycle(hass, watched)
    registry = er.async_get(hass)
    ours = [
        row
        for row in rows
        if (known := registry.async_get(row.data["entity_id"])) is not None
        and known.platform == DOMAIN
    ]
    assert not any("incident" in row.data["entity_id"] for row in ours)
    assert 0 < 12 * len(ours) <= 2000


async def test_tool_sensors_outlive_a_ledger_that_cannot_be_read(
    hass: HomeAssistant,
    hass_storage: dict[str, dict[str, Any]],
    entity_registry: er.EntityRegistry,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    await hass.config_entries.async_unload(watched.entry_id)
    hass_storage[f"{DOMAIN}/{watched.entry_id}/open"]["data"]["ledger"] = "broken"
    await hass.config_entries.async_setup(watched.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await probe_now(hass)
    assert entity_registry.async_get(SEARCH) is not None
    assert state(hass, "sensor.ha_mcp_tool_calls") == "1"

"""What a person sees of a server over its life."""

import asyncio
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.observation import HostReading
from custom_components.ha_mcp_sre.assess.signals import Source
from custom_components.ha_mcp_sre.const import DOMAIN
from tests.component.conftest import HEALTH, cycle, own_log, probe_now, reason, reload, state
from tests.fake_ha_mcp import FakeHaMcp, Instance


async def test_a_healthy_server_is_healthy_after_the_first_look(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    assert state(hass, HEALTH) == "healthy"
    assert state(hass, "binary_sensor.ha_mcp_reachable") == "on"
    assert state(hass, "binary_sensor.ha_mcp_home_assistant_link") == "on"
    assert state(hass, "sensor.ha_mcp_version") == "8.7.0"


async def test_what_was_not_measured_yet_is_unknown_and_not_zero(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    for key in ("tool_calls", "tool_errors", "tool_error_rate", "tool_latency_p95"):
        assert state(hass, f"sensor.ha_mcp_{key}") == "unknown"


async def test_a_server_that_is_down_can_be_set_up(
    hass: HomeAssistant, entry: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert state(hass, HEALTH) == "down"
    assert state(hass, "binary_sensor.ha_mcp_reachable") == "off"
    assert state(hass, "binary_sensor.ha_mcp_home_assistant_link") == "unknown"
    assert state(hass, "sensor.ha_mcp_response_time") == "unknown"
    assert state(hass, "sensor.ha_mcp_tool_calls") == "unknown"


async def test_an_outage_is_seen_and_said_once_and_so_is_its_end(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    assert ha_mcp.server is not None
    port = ha_mcp.server.port or 0
    caplog.clear()
    await ha_mcp.stop()
    for _ in range(3):
        await cycle(hass, watched)
    assert state(hass, HEALTH) == "down"
    assert reason(hass) == ("endpoint", "refused", None)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "1"
    assert state(hass, "sensor.ha_mcp_version") == "8.7.0"
    assert [r.getMessage() for r in own_log(caplog) if r.levelno > logging.DEBUG] == [
        "ha-mcp is down: endpoint failed (refused)"
    ]
    caplog.clear()
    await ha_mcp.start(port)
    for _ in range(3):
        await cycle(hass, watched)
    assert state(hass, HEALTH) == "healthy"
    assert [r.getMessage() for r in own_log(caplog) if r.levelno > logging.DEBUG] == [
        "ha-mcp is healthy"
    ]


async def test_a_quiet_cycle_costs_one_request(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    # First the tool stages have their turn, then the report, then the search for the session.
    for _ in range(3):
        await cycle(hass, watched)
    ha_mcp.requests.clear()
    for _ in range(4):
        await cycle(hass, watched)
    assert ha_mcp.requests == ["info"] * 4


async def test_no_cycle_costs_more_than_three_requests(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    seen: set[str] = set()
    for _ in range(30):
        freezer.tick(30)
        ha_mcp.requests.clear()
        await cycle(hass, watched)
        assert len(ha_mcp.requests) <= 3
        seen.update(ha_mcp.requests)
    assert seen == {
        "info",
        "ha_eval_template",
        "ha_get_state",
        "ha_report_issue",
        "ha_get_system_health",
    }


async def test_a_thorough_look_costs_three_requests_a_cycle_as_well(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    watched.runtime_data._sessions.start_anew()
    ha_mcp.requests.clear()
    await probe_now(hass)
    assert ha_mcp.requests == [
        *("info", "ha_eval_template", "ha_get_state"),
        *("info", "ha_report_issue"),
        *("info", "ha_get_system_health"),
    ]


async def test_calls_of_the_assistant_are_counted_and_ours_are_not(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_search")
    ha_mcp.call("ha_get_state", code="ENTITY_NOT_FOUND")
    for _ in range(2):
        await probe_now(hass)
        assert state(hass, "sensor.ha_mcp_tool_calls") == "2"
        assert state(hass, "sensor.ha_mcp_tool_errors") == "1"
    assert len(ha_mcp.records) > 2


async def test_only_the_servers_and_its_links_faults_raise_the_error_rate(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    for code in (None, None, "ENTITY_NOT_FOUND", "READ_ONLY_MODE", "SOMETHING_NEW"):
        ha_mcp.call("ha_search", code=code)
    for code in ("INTERNAL_ERROR", "CONNECTION_FAILED"):
        ha_mcp.call("ha_search", code=code)
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_tool_error_rate") == "50.0"
    assert state(hass, "sensor.ha_mcp_tool_errors") == "5"


async def test_latency_needs_twenty_calls(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    for _ in range(19):
        ha_mcp.call("ha_search", duration_ms=15)
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_tool_latency_p95") == "unknown"
    ha_mcp.call("ha_search", duration_ms=15)
    await probe_now(hass)
    assert 10 < float(state(hass, "sensor.ha_mcp_tool_latency_p95")) <= 20


async def test_numbers_are_published_every_quarter_of_an_hour(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await probe_now(hass)
    ha_mcp.call("ha_search")
    freezer.tick(600)
    await cycle(hass, watched)
    await cycle(hass, watched)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "0"
    freezer.tick(301)
    await cycle(hass, watched)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "1"


async def test_a_restart_between_readings_loses_no_counter(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    ha_mcp.records.clear()
    ha_mcp.instance = Instance("instance-2", "worker-2", started_at=1_795_410_000.0)
    ha_mcp.call("ha_search")
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "2"
    assert state(hass, "sensor.ha_mcp_started") == "2026-11-23T05:00:00+00:00"
    assessment = watched.runtime_data.data
    assert assessment.server.restarts == 1
    assert assessment.tool_calls.counters.lost_windows == 1


async def test_a_reload_counts_nothing_twice(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    await reload(hass, watched)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "1"
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "1"


async def test_rates_are_back_soon_after_a_reload(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    await reload(hass, watched)
    assert state(hass, "sensor.ha_mcp_tool_error_rate") == "unknown"
    shown = hass.states.get("sensor.ha_mcp_tool_ha_search_error_rate")
    assert shown is not None
    assert shown.attributes["calls"] is None
    for _ in range(2):
        await cycle(hass, watched)
    assert state(hass, "sensor.ha_mcp_tool_error_rate") == "0.0"


async def test_a_clock_set_back_an_hour_loses_nothing(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    freezer.tick(-3600)
    ha_mcp.call("ha_search")
    await probe_now(hass)
    await cycle(hass, watched)
    assert state(hass, HEALTH) == "healthy"
    assert state(hass, "sensor.ha_mcp_tool_calls") == "2"
    assert not [r for r in caplog.records if r.exc_info]


async def test_while_home_assistant_starts_only_the_endpoint_is_asked(
    hass: HomeAssistant, entry: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    hass.set_state(CoreState.starting)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await cycle(hass, entry)
    assert ha_mcp.requests == ["info"]
    assert state(hass, "binary_sensor.ha_mcp_reachable") == "on"
    assert state(hass, HEALTH) == "unknown"
    await hass.async_start()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass, HEALTH) == "healthy"


async def test_our_own_calls_are_known_after_a_sudden_stop(
    hass: HomeAssistant,
    hass_storage: dict[str, dict[str, Any]],
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
) -> None:
    ha_mcp.requests.clear()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    stored = hass_storage[f"{DOMAIN}/{watched.entry_id}/open"]["data"]
    assert [call["tool"] for call in stored["journal"]["calls"]] == [
        "ha_eval_template",
        "ha_get_state",
    ]


async def test_what_a_newer_version_wrote_is_left_alone(
    hass: HomeAssistant, hass_storage: dict[str, dict[str, Any]], entry: MockConfigEntry
) -> None:
    newer = {"version": 99, "minor_version": 1, "key": "open", "data": {"all": "new"}}
    hass_storage[f"{DOMAIN}/{entry.entry_id}/open"] = newer
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "storage_too_new"
    assert hass_storage[f"{DOMAIN}/{entry.entry_id}/open"] == newer


async def test_a_machine_that_is_slow_to_tell_delays_no_report_and_doubles_none(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    coordinator = watched.runtime_data
    told = asyncio.Event()

    async def slow(now: float) -> str:
        await told.wait()
        return "supervisor_silent"

    coordinator._vantage.host = slow
    coordinator._host_due = 0
    coordinator._knowledge.want_a_reading()
    ha_mcp.requests.clear()
    for _ in range(3):
        await coordinator.async_refresh()
        await hass.async_block_till_done()
    told.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ha_mcp.requests.count("ha_report_issue") == 1


async def test_memory_of_a_server_that_is_down_is_not_shown_on(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    async def measured(now: float) -> HostReading:
        return HostReading(now, Source.PROCESS, memory=200 * 2**20)

    watched.runtime_data._vantage.host = measured
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_memory") == "200.0"
    await ha_mcp.stop()
    await cycle(hass, watched)
    assert state(hass, HEALTH) == "down"
    assert state(hass, "sensor.ha_mcp_memory") == "unknown"

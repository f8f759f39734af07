"""What a person sees of a server inside the same Home Assistant."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.observation import Startup
from custom_components.ha_mcp_sre.assess.signals import Source
from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.observe import component
from tests.component.conftest import HEALTH, cycle, probe_now, reason, reload, state
from tests.component.inside import serve, server_thread, watching_inside, write_calls
from tests.fake_ha_mcp import FakeHaMcp

GAPS = "sensor.ha_mcp_monitoring_gaps"


@pytest.fixture
def log(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Give Home Assistant a configuration folder of its own; return the usage log in it."""
    hass.config.config_dir = str(tmp_path)
    return component.usage_log(hass)


@pytest.fixture
def server(hass: HomeAssistant, ha_mcp: FakeHaMcp) -> MockConfigEntry:
    """Return the config entry that runs the server."""
    return serve(hass, ha_mcp)


@pytest.fixture
def thread() -> Iterator[None]:
    """Run the server's thread."""
    with server_thread():
        yield


@pytest.fixture
async def inside(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, log: Path, server: MockConfigEntry, thread: None
) -> MockConfigEntry:
    """Return the config entry that watches the server, after its first look."""
    entry = watching_inside(ha_mcp)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


def gaps(hass: HomeAssistant) -> set[str]:
    found = hass.states.get(GAPS)
    assert found is not None
    return set(found.attributes["gaps"])


def kibibytes(file: Path) -> float:
    return file.stat().st_size / 2**10


def start_anew(log: Path, record: dict[str, Any]) -> None:
    """Put another log in the place of this one."""
    log.unlink()
    write_calls(log, record)


def put_a_folder_there(file: Path) -> None:
    """Make a file unreadable, also for root."""
    file.mkdir(parents=True)


async def test_its_calls_are_counted_from_the_usage_log(
    hass: HomeAssistant, inside: MockConfigEntry, ha_mcp: FakeHaMcp, log: Path
) -> None:
    for code in (None, None, "ENTITY_NOT_FOUND", "INTERNAL_ERROR"):
        ha_mcp.call("ha_search", code=code)
    write_calls(log, *ha_mcp.records)
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "4"
    assert state(hass, "sensor.ha_mcp_tool_errors") == "2"


async def test_its_report_is_not_asked_for_calls(
    hass: HomeAssistant, inside: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await probe_now(hass)
    asked = [
        each["fields"] for each in ha_mcp.asked if "fields" in each and "entity_id" not in each
    ]
    assert asked
    assert not any("recent_logs" in fields for fields in asked)


async def test_a_failed_call_in_the_log_starts_a_look_at_the_link(
    hass: HomeAssistant, inside: MockConfigEntry, ha_mcp: FakeHaMcp, log: Path
) -> None:
    await cycle(hass, inside)
    ha_mcp.requests.clear()
    ha_mcp.call("ha_search", code="CONNECTION_FAILED")
    write_calls(log, ha_mcp.records[-1])
    await cycle(hass, inside)
    assert {"ha_eval_template", "ha_get_state"} <= set(ha_mcp.requests)


async def test_a_rejected_token_is_not_tried_again_for_each_failed_call(
    hass: HomeAssistant, inside: MockConfigEntry, ha_mcp: FakeHaMcp, log: Path
) -> None:
    ha_mcp.state = "8.7.0/token-rejected"
    await probe_now(hass)
    assert inside.runtime_data._knowledge.seen.token_rejected
    ha_mcp.requests.clear()
    for _ in range(10):
        ha_mcp.call("ha_search", code="AUTH_INVALID_TOKEN")
        write_calls(log, ha_mcp.records[-1])
        await cycle(hass, inside)
    assert set(ha_mcp.requests) == {"info"}


async def test_our_part_of_a_log_goes_with_the_log(
    hass: HomeAssistant, inside: MockConfigEntry, ha_mcp: FakeHaMcp, log: Path
) -> None:
    for _ in range(3):
        await probe_now(hass)
        write_calls(log, *ha_mcp.records)
        ha_mcp.records.clear()
    await probe_now(hass)
    assert inside.runtime_data.data.usage_log.own > 0
    ha_mcp.records.clear()
    ha_mcp.call("ha_search")
    start_anew(log, ha_mcp.records[-1])
    await probe_now(hass)
    assert inside.runtime_data.data.usage_log.own == 0


async def test_the_start_of_an_earlier_life_is_not_taken_for_that_of_this_one(
    hass: HomeAssistant, inside: MockConfigEntry, server: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    inside.runtime_data._vantage._startup = Startup(2e9, 12.0, Source.BRINGUP, 1, 2)
    await probe_now(hass)
    assert inside.runtime_data.record.server.startup_time == 12.0
    server.mock_state(hass, ConfigEntryState.SETUP_IN_PROGRESS)
    server.mock_state(hass, ConfigEntryState.LOADED)
    ha_mcp.instance.worker_id = "worker-2"
    await probe_now(hass)
    assert inside.runtime_data.record.server.restarts == 1
    assert inside.runtime_data.record.server.startup_time != 12.0


async def test_a_bring_up_is_timed_from_its_beginning(
    hass: HomeAssistant, inside: MockConfigEntry, server: MockConfigEntry
) -> None:
    over = asyncio.Event()
    server.mock_state(hass, ConfigEntryState.SETUP_IN_PROGRESS)
    hass.data["ha_mcp_tools"]["bringup_task"] = hass.async_create_background_task(over.wait(), "")
    server.mock_state(hass, ConfigEntryState.LOADED)
    over.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    await probe_now(hass)
    known = inside.runtime_data.record.server
    assert known.startup_source is Source.BRINGUP
    assert 0 <= known.startup_time < 60
    shown = hass.states.get("sensor.ha_mcp_memory_with_home_assistant")
    assert shown is not None
    assert shown.attributes["before_start"] > 10
    assert shown.attributes["after_start"] > 10


async def test_a_clock_that_is_set_back_during_a_bring_up_costs_no_memory(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    inside: MockConfigEntry,
    server: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    server.mock_state(hass, ConfigEntryState.SETUP_IN_PROGRESS)
    freezer.tick(-100)
    over = hass.async_create_background_task(asyncio.sleep(0), "")
    hass.data["ha_mcp_tools"]["bringup_task"] = over
    server.mock_state(hass, ConfigEntryState.LOADED)
    await hass.async_block_till_done(wait_background_tasks=True)
    await probe_now(hass)
    assert inside.runtime_data.record.server.startup_time == 0
    await reload(hass, inside)
    assert f"{DOMAIN}/{inside.entry_id}/set_aside" not in hass_storage


async def test_broken_lines_are_counted_and_the_rest_goes_on(
    hass: HomeAssistant, inside: MockConfigEntry, ha_mcp: FakeHaMcp, log: Path
) -> None:
    ha_mcp.call("ha_search")
    write_calls(log, ha_mcp.records[-1])
    with log.open("a", encoding="utf-8") as file:
        file.write('{"timestamp": "2026\n\x00\x01\n[]\n')
    ha_mcp.call("ha_search")
    write_calls(log, ha_mcp.records[-1])
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_tool_calls") == "2"
    assert inside.runtime_data.record.counters.broken_records == 3


async def test_a_log_that_cannot_be_read_is_a_gap_and_no_exception(
    hass: HomeAssistant, inside: MockConfigEntry, log: Path, freezer: FrozenDateTimeFactory
) -> None:
    put_a_folder_there(log)
    await probe_now(hass)
    assert state(hass, HEALTH) == "healthy"
    assert state(hass, "sensor.ha_mcp_tool_calls") == "0"
    assert "usage_log_size_no_file" in gaps(hass)
    freezer.tick(1801)
    await probe_now(hass)
    assert "tool_calls_no_file" in gaps(hass)
    assert state(hass, "sensor.ha_mcp_tool_error_rate") == "unknown"


async def test_a_server_that_records_nothing_at_all_is_a_gap_and_not_an_idle_one(
    hass: HomeAssistant, inside: MockConfigEntry, log: Path, freezer: FrozenDateTimeFactory
) -> None:
    freezer.tick(1801)
    await probe_now(hass)
    freezer.tick(11)
    await probe_now(hass)
    assert {"tool_calls_no_file", "usage_log_size_no_file"} <= gaps(hass)


async def test_the_memory_that_is_shown_is_that_of_home_assistant_and_says_so(
    hass: HomeAssistant, inside: MockConfigEntry
) -> None:
    await probe_now(hass)
    assert float(state(hass, "sensor.ha_mcp_memory_with_home_assistant")) > 10
    assert hass.states.get("sensor.ha_mcp_memory") is None


async def test_the_size_of_the_log_is_shown_with_our_part_of_it(
    hass: HomeAssistant,
    inside: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    log: Path,
    entity_registry: er.EntityRegistry,
) -> None:
    size = "sensor.ha_mcp_usage_log_size"
    entity_registry.async_update_entity(size, disabled_by=None)
    await reload(hass, inside)
    ha_mcp.call("ha_search")
    write_calls(log, *ha_mcp.records)
    await probe_now(hass)
    shown = hass.states.get(size)
    assert shown is not None
    assert float(shown.state) == pytest.approx(kibibytes(log), abs=0.1)
    assert 0 < shown.attributes["written_by_probes"] <= float(shown.state)


async def test_a_change_of_the_entry_starts_a_look_at_once(
    hass: HomeAssistant, inside: MockConfigEntry, server: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    server.mock_state(hass, ConfigEntryState.NOT_LOADED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert reason(hass) == ("endpoint", "not_loaded", None)


async def test_a_disabled_entry_is_the_reason_for_its_silence(
    hass: HomeAssistant, inside: MockConfigEntry, server: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    server.mock_state(hass, ConfigEntryState.NOT_LOADED)
    await hass.config_entries.async_set_disabled_by(server.entry_id, ConfigEntryDisabler.USER)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert reason(hass) == ("endpoint", "disabled", None)


async def test_a_removed_entry_is_the_reason_for_its_silence(
    hass: HomeAssistant, inside: MockConfigEntry, server: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    del hass.data["ha_mcp_tools"]
    server.mock_state(hass, ConfigEntryState.NOT_LOADED)
    await hass.config_entries.async_remove(server.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert reason(hass) == ("endpoint", "not_installed", None)


async def test_it_is_looked_for_where_the_integration_says_it_is(
    hass: HomeAssistant, inside: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    await ha_mcp.start()
    hass.data["ha_mcp_tools"]["webhook"]["target_url"] = ha_mcp.url
    await probe_now(hass)
    assert state(hass, HEALTH) == "healthy"


@pytest.mark.parametrize("left", [None, 7, [], {}, {"webhook": 7, "bringup_task": "soon"}])
async def test_a_component_that_leaves_something_else_is_no_exception(
    hass: HomeAssistant, inside: MockConfigEntry, left: object
) -> None:
    hass.data["ha_mcp_tools"] = left
    await probe_now(hass)
    assert state(hass, HEALTH) == "healthy"


async def test_an_entry_that_names_no_token_is_a_gap(
    hass: HomeAssistant, inside: MockConfigEntry, server: MockConfigEntry
) -> None:
    data = {key: value for key, value in server.data.items() if key != "refresh_token_id"}
    hass.config_entries.async_update_entry(server, data=data)
    await probe_now(hass)
    assert {"session_not_named", "credential_expiry_not_named"} <= gaps(hass)


async def test_a_token_that_is_gone_is_a_gap_and_not_accepted(
    hass: HomeAssistant, inside: MockConfigEntry
) -> None:
    # The one that the captured entry names was never made here.
    await probe_now(hass)
    assert {"session_credential_gone", "credential_expiry_credential_gone"} <= gaps(hass)
    assert inside.runtime_data.data.credential.accepted is False

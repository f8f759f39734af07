"""Reading the tool calls when things go wrong: nothing piles up, nothing of ours is counted."""

import asyncio
import time
from typing import Any

from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ha_mcp_sre.assess.schedule import Schedule
from custom_components.ha_mcp_sre.const import DOMAIN
from tests.component.conftest import HEALTH, cycle, probe_now, reload, state
from tests.fake_ha_mcp import FakeHaMcp, Instance, plain_answer, tool_error


def counted(entry: MockConfigEntry) -> tuple[int | None, int | None]:
    counters = entry.runtime_data.record.counters
    return counters.calls, counters.errors


async def test_our_calls_of_hours_without_a_reading_are_never_counted(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await probe_now(hass)
    ha_mcp.tools["ha_report_issue"] = tool_error("USER_APPROVAL_REQUIRED")
    for _ in range(80):
        await probe_now(hass)
    del ha_mcp.tools["ha_report_issue"]
    await probe_now(hass)
    assert counted(watched) == (0, 0)


async def test_our_calls_are_known_although_our_clock_was_set_back(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await probe_now(hass)
    ha_mcp.tools["ha_report_issue"] = tool_error("USER_APPROVAL_REQUIRED")
    await probe_now(hass)
    del ha_mcp.tools["ha_report_issue"]
    ha_mcp.clock_ahead = 3600
    freezer.tick(-3600)
    await probe_now(hass)
    await probe_now(hass)
    assert counted(watched) == (0, 0)


async def test_our_calls_are_known_although_the_entry_was_reloaded_while_they_were_read(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await probe_now(hass)
    asked, answer = asyncio.Event(), asyncio.Event()

    async def late(request: web.Request) -> web.StreamResponse:
        del ha_mcp.tools["ha_report_issue"]
        asked.set()
        await answer.wait()
        return await ha_mcp._tool(request, await request.json())

    ha_mcp.tools["ha_report_issue"] = late
    probing = hass.async_create_task(watched.runtime_data.async_probe_now())
    await asked.wait()
    assert await hass.config_entries.async_reload(watched.entry_id)
    answer.set()
    await probing
    await hass.async_block_till_done(wait_background_tasks=True)
    for _ in range(2):
        await probe_now(hass)
    assert counted(watched) == (0, 0)


async def test_readings_do_not_pile_up_behind_a_slow_one(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    answer = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await answer.wait()
        return web.Response(status=500)

    ha_mcp.tools["ha_report_issue"] = slow
    for _ in range(4):
        await watched.runtime_data.async_refresh()
    await asyncio.sleep(0)
    answer.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ha_mcp.requests.count("ha_report_issue") == 1


async def test_a_failed_first_reading_does_not_cost_the_startup_time(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.tools["ha_report_issue"] = plain_answer(500)
    await probe_now(hass)
    del ha_mcp.tools["ha_report_issue"]
    await probe_now(hass)
    assert watched.runtime_data.data.server.startup_time == 3.0


async def test_calls_are_read_soon_after_the_link_is_back(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await cycle(hass, watched)
    ha_mcp.state = "8.7.0/ha-down"
    await probe_now(hass)
    ha_mcp.state = "8.7.0/healthy"
    watched.runtime_data._knowledge.schedule = Schedule(reading_due=1e12)
    ha_mcp.call("ha_search")
    for _ in range(2):
        await cycle(hass, watched)
    assert counted(watched) == (1, 0)


async def test_another_version_is_asked_in_the_newest_form_again(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.fields_as = (str,)
    await probe_now(hass)
    ha_mcp.fields_as = (list, str)
    ha_mcp.instance = Instance("instance-2", "worker-2")
    await cycle(hass, watched)
    await probe_now(hass)
    assert isinstance(ha_mcp.asked[-1]["fields"], list)


async def test_a_lone_stage_of_ours_is_remembered_over_a_restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    ha_mcp.tools["ha_get_state"] = tool_error("USER_APPROVAL_REQUIRED")
    await probe_now(hass)
    freezer.tick(301)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    ha_mcp.requests.clear()
    knowledge = watched.runtime_data._knowledge
    knowledge.schedule = Schedule(reading_due=1e12, refused_until=knowledge.schedule.refused_until)
    await cycle(hass, watched)
    assert ha_mcp.requests == ["info", "ha_eval_template"]
    freezer.tick(301)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    stored = hass_storage[f"{DOMAIN}/{watched.entry_id}/open"]["data"]["journal"]["times"]
    assert len(stored.split(";")) == len(watched.runtime_data.record.journal.entries)


async def test_nothing_is_written_after_the_entry_was_unloaded(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    record = watched.runtime_data.record
    await hass.config_entries.async_remove(watched.entry_id)
    hass_storage.clear()
    record.save_later()
    freezer.tick(3600)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert not [key for key in hass_storage if key.startswith(DOMAIN)]


async def test_the_server_is_watched_with_every_entity_disabled(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
) -> None:
    for known in er.async_entries_for_config_entry(entity_registry, watched.entry_id):
        entity_registry.async_update_entity(
            known.entity_id, disabled_by=er.RegistryEntryDisabler.USER
        )
    await reload(hass, watched)
    assert hass.states.get(HEALTH) is None
    ha_mcp.requests.clear()
    async_fire_time_changed(hass, fire_all=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "info" in ha_mcp.requests


async def test_one_stall_of_ours_does_not_make_health_unknown(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    async def stall_once(_request: web.Request) -> web.Response:
        del ha_mcp.routes["info"]
        time.sleep(watched.runtime_data.policy.stall_tolerance + 0.3)  # noqa: ASYNC251
        return web.Response(status=500)

    ha_mcp.routes["info"] = stall_once
    await cycle(hass, watched)
    assert state(hass, HEALTH) == "healthy"

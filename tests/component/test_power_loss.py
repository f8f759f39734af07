"""The machine of Home Assistant loses its power, and ha-mcp elsewhere goes on."""

from copy import deepcopy
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ha_mcp_sre.assess.schedule import Schedule
from custom_components.ha_mcp_sre.record import _JOURNALS
from tests.component.conftest import cycle, probe_now
from tests.fake_ha_mcp import FakeHaMcp

NEVER = 1e12


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    freezer.tick(seconds)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def lose_power(
    hass: HomeAssistant, hass_storage: dict[str, Any], entry: MockConfigEntry
) -> None:
    """Go on from what is on disk now, as after a crash."""
    on_disk = deepcopy(hass_storage)
    await hass.config_entries.async_unload(entry.entry_id)
    hass.data.pop(_JOURNALS)
    hass_storage.clear()
    hass_storage.update(on_disk)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_our_latest_calls_are_still_known_as_ours(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await probe_now(hass)
    await watched.runtime_data.record.async_save()
    for schedule in (Schedule(reading_due=NEVER), Schedule(stages_due=NEVER)):
        watched.runtime_data._knowledge.schedule = schedule
        await cycle(hass, watched)
        await pass_time(hass, freezer, 2)
    assert {"ha_eval_template", "ha_get_state", "ha_report_issue"} <= set(ha_mcp.requests)
    await lose_power(hass, hass_storage, watched)
    ha_mcp.call("ha_search")
    await probe_now(hass)
    record = watched.runtime_data.record
    assert (record.counters.calls, record.counters.errors) == (1, 0)

"""What Home Assistant's stop must not take with it."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.incident import ChangeKind
from custom_components.ha_mcp_sre.assess.objectives import Objective
from custom_components.ha_mcp_sre.clock import wall_clock
from custom_components.ha_mcp_sre.const import OPTION_NOTIFY_ENTITIES
from tests.component.conftest import cycle, reload
from tests.component.telling import Phone, connect, incident, tell
from tests.fake_ha_mcp import FakeHaMcp


async def stop(hass: HomeAssistant) -> None:
    """Let Home Assistant stop as it does: what is not tracked by then is not waited for."""
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    hass.set_state(CoreState.final_write)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()


def bad_minutes(entry: MockConfigEntry) -> int:
    now = wall_clock()
    objectives = entry.runtime_data.record.case.objectives
    bad: int = objectives.tally(Objective.AVAILABILITY, 3600, now).bad
    return bad


async def test_the_minutes_of_an_outage_that_goes_on_are_kept(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await cycle(hass, watched)
    await ha_mcp.stop()
    for _ in range(10):
        freezer.tick(timedelta(minutes=1))
        await cycle(hass, watched)
    before = bad_minutes(watched)
    await stop(hass)
    left = {key: value for key, value in hass_storage.items() if watched.entry_id in key}
    hass.set_state(CoreState.running)
    await hass.config_entries.async_unload(watched.entry_id)
    hass_storage.update(left)
    await hass.config_entries.async_setup(watched.entry_id)
    assert before > 5
    assert bad_minutes(watched) == before


async def test_what_waits_for_the_end_of_the_hour_is_told_before(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    phone = Phone("Phone")
    await connect(hass, phone)
    options = {OPTION_NOTIFY_ENTITIES: ["notify.phone"]}
    hass.config_entries.async_update_entry(watched, options=options)
    await reload(hass, watched)
    for _ in range(7):
        await tell(hass, watched, ChangeKind.PAGED, incident())
    assert len(phone.said) == 5
    await stop(hass)
    assert phone.titles[5:] == ["More news of ha-mcp: 2"]

"""Days are those of the home, also after it moved."""

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.record import Record
from tests.assess.builders import MIDNIGHT


async def test_days_begin_where_they_begin_in_another_time_zone(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    await hass.config.async_update(time_zone="Pacific/Auckland")
    await hass.async_block_till_done(wait_background_tasks=True)
    record: Record = watched.runtime_data.record
    there = dt_util.as_local(dt_util.utc_from_timestamp(MIDNIGHT)).date()
    assert record.ledger.day_of(MIDNIGHT) == there.toordinal()


async def test_another_name_of_the_home_is_no_reason_to_reload(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    before = watched.runtime_data
    await hass.config.async_update(location_name="Home", time_zone=hass.config.time_zone)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert watched.runtime_data is before

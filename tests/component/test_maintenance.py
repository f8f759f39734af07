"""The maintenance switch."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.component.conftest import cycle, reload, state

NOW = 1_795_435_200.0
"""The time below."""

MAINTENANCE = "switch.ha_mcp_maintenance"


@pytest.fixture(autouse=True)
async def still_clock(freezer: FrozenDateTimeFactory) -> None:
    """Stop the clock, before anything is set up."""
    freezer.move_to("2026-11-23T12:00:00+00:00")


async def turn(hass: HomeAssistant, how: str) -> None:
    await hass.services.async_call(
        "switch", f"turn_{how}", {"entity_id": MAINTENANCE}, blocking=True
    )
    await hass.async_block_till_done()


def ends(hass: HomeAssistant) -> float | None:
    """Return when the maintenance ends, in seconds from the start of the test."""
    found = hass.states.get(MAINTENANCE)
    assert found is not None
    at = found.attributes["ends"]
    return None if at is None else at.timestamp() - NOW


async def test_it_is_off_at_first(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    assert (state(hass, MAINTENANCE), ends(hass)) == ("off", None)


async def test_turned_on_it_says_when_it_ends(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    await turn(hass, "on")
    assert (state(hass, MAINTENANCE), ends(hass)) == ("on", 7200)


async def test_it_can_be_ended(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    await turn(hass, "on")
    await turn(hass, "off")
    assert (state(hass, MAINTENANCE), ends(hass)) == ("off", None)


async def test_turned_on_again_it_lasts_as_long_from_then(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await turn(hass, "on")
    freezer.tick(600)
    await turn(hass, "on")
    assert ends(hass) == 7800


async def test_it_lasts_as_long_as_the_options_say(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(watched, options={"maintenance_hours": 0.25})
    await reload(hass, watched)
    await turn(hass, "on")
    assert ends(hass) == 900


async def test_it_ends_by_itself(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await turn(hass, "on")
    freezer.tick(7199)
    await cycle(hass, watched)
    assert state(hass, MAINTENANCE) == "on"
    freezer.tick(2)
    await cycle(hass, watched)
    assert state(hass, MAINTENANCE) == "off"


async def test_it_is_still_on_after_a_reload(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await turn(hass, "on")
    freezer.tick(60)
    await reload(hass, watched)
    assert (state(hass, MAINTENANCE), ends(hass)) == ("on", 7200)

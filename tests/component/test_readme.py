"""The automation that the README offers."""

from datetime import timedelta
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.persistent_notification import _async_get_or_create_notifications
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from tests.component.conftest import cycle
from tests.fake_ha_mcp import FakeHaMcp

README = Path(__file__).parents[2] / "README.md"


def automation() -> Any:
    """Return the automation as Home Assistant reads it from YAML."""
    block = re.search(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL)
    assert block is not None
    return parse_yaml(block[1])


async def test_the_automation_of_the_readme_tells_of_an_outage_after_two_minutes(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    offered = await hass.async_add_executor_job(automation)
    assert await async_setup_component(hass, "persistent_notification", {})
    assert await async_setup_component(hass, "automation", {"automation": offered})
    await hass.async_block_till_done()
    told = _async_get_or_create_notifications(hass)

    await ha_mcp.stop()
    await cycle(hass, watched)
    assert not told
    freezer.tick(timedelta(minutes=2, seconds=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    (notification,) = told.values()
    assert notification["title"] == "ha-mcp is down"
    assert notification["message"] == "endpoint: refused"

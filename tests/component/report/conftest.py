"""Where reports are written to in tests, and the home that they are on."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ha_mcp_sre import reporter
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.const import DOMAIN

SUNDAY_NOON = "2026-11-22T12:00:00-08:00"
MONDAY_EARLY = "2026-11-23T07:50:00-08:00"
MONDAY_MORNING = "2026-11-23T08:10:00-08:00"
"""In the time of the test's home, which is that of California."""

REPORT = Path("ha_mcp_sre/reports/2026-11-16.md")


@pytest.fixture(autouse=True)
def configuration(
    hass: HomeAssistant, tmp_path: Path, short_policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Have reports written to a folder of the test's own."""
    monkeypatch.setattr(reporter, "INTERVAL", timedelta(minutes=5))
    hass.config.config_dir = str(tmp_path)
    return tmp_path


async def write(hass: HomeAssistant, **about: Any) -> dict[str, Any]:
    """Call the action."""
    response = await hass.services.async_call(
        DOMAIN, "generate_weekly_report", about, blocking=True, return_response=True
    )
    assert isinstance(response, dict)
    return response


def written(configuration: Path) -> set[str]:
    """Return the files of the reporter."""
    folder = configuration / "ha_mcp_sre"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def notifications(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the notifications that a person sees."""
    return list(hass.data[persistent_notification.DOMAIN].values())


@pytest.fixture
def clock(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Begin on a Sunday at noon."""
    freezer.move_to(SUNDAY_NOON)
    return freezer


@pytest.fixture
async def home(
    hass: HomeAssistant, clock: FrozenDateTimeFactory, watched: MockConfigEntry
) -> MockConfigEntry:
    """Return the entry of a server that is watched since Sunday noon."""
    return watched


async def pass_to(hass: HomeAssistant, clock: FrozenDateTimeFactory, moment: str) -> None:
    """Let the time come at which the reporter looks whether something is due."""
    clock.move_to(moment)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=6))
    await hass.async_block_till_done(wait_background_tasks=True)

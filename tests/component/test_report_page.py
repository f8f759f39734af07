"""What the page about the weekly report says of it, and the examples that it offers."""

from datetime import datetime
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.persistent_notification import _async_get_or_create_notifications
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ha_mcp_sre import prose
from custom_components.ha_mcp_sre.actions import _REPORT
from custom_components.ha_mcp_sre.assess.ledger import DAYS_KEPT
from custom_components.ha_mcp_sre.report import weeks
from custom_components.ha_mcp_sre.report.retention import INCIDENT_WEEKS, NOTE_WEEKS, REPORT_WEEKS
from scripts.report_page import PAGE
from tests.shipped import STRINGS

TEXT = PAGE.read_text(encoding="utf-8").partition("\n## Example\n")[0]
ASK, SEND = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
SUNDAY, TUESDAY = "2026-11-22T12:00:00-08:00", datetime.fromisoformat("2026-11-24T09:00:00-08:00")
"""In the time of the test's home, which is that of California."""


@pytest.fixture
def clock(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tmp_path: Path
) -> FrozenDateTimeFactory:
    """Begin on a Sunday, with a folder of the test's own for reports."""
    hass.config.config_dir = str(tmp_path)
    freezer.move_to(SUNDAY)
    return freezer


@pytest.fixture
async def home(clock: FrozenDateTimeFactory, watched: MockConfigEntry) -> MockConfigEntry:
    """Return the entry of a server that is watched since Sunday."""
    return watched


async def parsed(hass: HomeAssistant, example: str) -> Any:
    """Return an example as Home Assistant reads it."""
    return await hass.async_add_executor_job(parse_yaml, example)


async def test_the_action_returns_the_report_to_a_script(
    hass: HomeAssistant, home: MockConfigEntry, tmp_path: Path
) -> None:
    steps = [await parsed(hass, ASK), {"stop": "", "response_variable": "report"}]
    script = {"script": {"ask": {"sequence": steps}}}
    assert await async_setup_component(hass, "script", script)
    report = await hass.services.async_call("script", "ask", blocking=True, return_response=True)
    assert report is not None
    assert report.keys() == {"markdown", "data", "path"}
    assert report["path"] is None
    assert not (tmp_path / "ha_mcp_sre").exists()


# The automation waits for the next morning.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_the_beginning_of_the_report_is_sent(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory
) -> None:
    assert await async_setup_component(hass, "persistent_notification", {})
    config = {"alias": "Send", **await parsed(hass, SEND)}
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    clock.move_to(TUESDAY)
    async_fire_time_changed(hass, dt_util.as_utc(TUESDAY))
    await hass.async_block_till_done(wait_background_tasks=True)
    told = _async_get_or_create_notifications(hass).values()
    (message,) = [
        each["message"] for each in told if each["title"] == "SRE Report - Week of 2026-11-16"
    ]
    assert message.startswith("# SRE Report - Week of 2026-11-16")
    assert "## Key Observations" in message
    assert "## Operational Risks" not in message


def test_every_field_of_the_action_is_listed() -> None:
    assert set(
        re.findall(
            r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", TEXT.partition("## Files")[0], re.MULTILINE
        )
    ) == {str(key) for key in _REPORT.schema}


def test_every_option_is_listed() -> None:
    labels = STRINGS["options"]["step"]["init"]["sections"]["report"]["data"].values()
    for label in labels:
        assert f"| {label} | " in TEXT


def test_the_button_is_called_as_it_is() -> None:
    (name,) = [each["name"] for key, each in STRINGS["entity"]["button"].items() if "report" in key]
    assert f"The button *{name}*" in TEXT


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"which began at most {DAYS_KEPT - 1} days ago" in TEXT
    assert f"after {REPORT_WEEKS} weeks, a note after {NOTE_WEEKS}," in TEXT
    assert f"an incident {INCIDENT_WEEKS} weeks after its end" in TEXT
    assert f"at most {prose._MOST_DATA:,} characters" in TEXT
    assert weeks._MOST_MISSED == 4
    assert "up to four weeks are made up for" in TEXT

"""The action, the button, and which week they are about."""

from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.const import DOMAIN
from tests.component.conftest import probe_now
from tests.fake_ha_mcp import FakeHaMcp

from .conftest import (
    MONDAY_MORNING,
    REPORT,
    notifications,
    write,
    written,
)


async def test_the_action_returns_what_it_writes(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    response = await write(hass)
    assert response["path"] == str(REPORT)
    assert response["markdown"].startswith("# SRE Report - Week of 2026-11-16\n")
    assert response["markdown"].strip() in (configuration / REPORT).read_text()


async def test_the_deliverables_are_written_with_it(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    await write(hass)
    assert written(configuration) == {
        "reports/2026-11-16.md",
        "beliefs.md",
        *(
            f"deliverables/{name}.md"
            for name in (
                *("reliability-standards", "incident-log"),
                *("monitoring-gaps", "performance-baselines"),
            )
        ),
    }


async def test_a_report_that_is_not_to_be_written_leaves_no_trace(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    home: MockConfigEntry,
    configuration: Path,
) -> None:
    response = await write(hass, write_file=False)
    assert response["path"] is None
    assert response["data"]
    assert not written(configuration)
    assert not [name for name in hass_storage if "report" in name]


async def test_while_no_week_is_over_the_report_is_on_this_one_so_far(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    response = await write(hass)
    assert response["markdown"].splitlines()[2].startswith("So far:")


async def test_when_a_week_is_over_the_report_is_on_that_one(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory
) -> None:
    clock.move_to(MONDAY_MORNING)
    response = await write(hass)
    assert response["path"] == str(REPORT)
    assert "So far:" not in response["markdown"]


async def test_a_server_that_was_added_since_has_a_report_on_this_week(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory
) -> None:
    clock.move_to(MONDAY_MORNING)
    later = MockConfigEntry(
        domain=DOMAIN, title="Later", data=home.data, unique_id="later", entry_id="later"
    )
    later.add_to_hass(hass)
    assert await hass.config_entries.async_setup("later")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await write(hass))["data"]["week"]["of"] == "2026-11-16"
    assert (await write(hass, server="later"))["data"]["week"]["of"] == "2026-11-23"


async def test_any_day_names_its_week(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory
) -> None:
    clock.move_to(MONDAY_MORNING)
    response = await write(hass, week_of="2026-11-23")
    assert response["path"] == "ha_mcp_sre/reports/2026-11-23.md"


@pytest.mark.parametrize(
    ("day", "key", "about"),
    [
        ("2026-11-30", "week_in_future", {"day": "2026-11-30"}),
        ("2026-11-09", "week_unwatched", {"day": "2026-11-09", "since": "2026-11-22"}),
        ("2026-10-01", "week_too_old", {"day": "2026-10-01", "earliest": "2026-10-19"}),
        ("0001-01-01", "week_too_old", {"day": "0001-01-01", "earliest": "2026-10-19"}),
    ],
)
async def test_a_week_of_which_nothing_is_known_is_refused(
    hass: HomeAssistant, home: MockConfigEntry, day: str, key: str, about: dict[str, str]
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await write(hass, week_of=day)
    assert refused.value.translation_key == key
    assert refused.value.translation_placeholders == about


async def test_the_last_day_that_there_is_is_refused_as_any_other_to_come(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await write(hass, week_of="9999-12-31")
    assert refused.value.translation_key == "week_in_future"


async def test_without_a_server_there_is_no_report(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(home.entry_id)
    with pytest.raises(ServiceValidationError) as refused:
        await write(hass)
    assert refused.value.translation_key == "no_server"


async def test_a_report_on_one_server_has_a_file_of_its_own_and_leaves_the_others_alone(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    response = await write(hass, server=home.entry_id)
    assert written(configuration) == {"reports/2026-11-16-ha-mcp.md"}
    assert response["path"] == "ha_mcp_sre/reports/2026-11-16-ha-mcp.md"


async def test_the_calls_of_the_week_are_in_it(
    hass: HomeAssistant,
    home: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    clock: FrozenDateTimeFactory,
) -> None:
    clock.tick(60)
    for _ in range(7):
        ha_mcp.call("ha_search", ended=dt_util.utcnow())
    ha_mcp.call("ha_get_state", ended=dt_util.utcnow(), code="INTERNAL_ERROR")
    await probe_now(hass)
    response = await write(hass)
    assert "ha_search" in response["markdown"]
    assert "INTERNAL_ERROR" in response["markdown"]


async def test_half_a_week_is_not_the_week_before(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory
) -> None:
    for moment in ("2026-11-25T12:00:00-08:00", "2026-12-01T12:00:00-08:00"):
        clock.move_to(moment)
        await probe_now(hass)
    known = {}
    for moment in ("2026-12-27T12:00:00-08:00", "2026-12-28T12:00:00-08:00"):
        clock.move_to(moment)
        legend = (await write(hass, week_of="2026-11-30"))["data"]["legend"]
        (row,) = legend["servers"]
        known[row["counted_since"]] = row["week_before"]["known_minutes"] > 0
    assert known == {
        "2026-11-23T00:00:00-08:00": True,
        "2026-11-24T00:00:00-08:00": False,
    }


async def test_the_button_writes_it_and_says_where(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.ha_mcp_write_report"}, blocking=True
    )
    assert (configuration / REPORT).exists()
    assert str(REPORT) in notifications(hass)[0]["message"]

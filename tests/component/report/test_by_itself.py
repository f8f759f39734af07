"""The report that comes by itself."""

import asyncio
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.entries import loaded_servers
from custom_components.ha_mcp_sre.reporter import reporter_of
from tests.component.conftest import reload
from tests.component.writing import WRITER, writing

from .conftest import (
    MONDAY_EARLY,
    MONDAY_MORNING,
    REPORT,
    notifications,
    pass_to,
    written,
)

NEXT_MONDAY = "2026-11-30T08:10:00-08:00"
FOLDER = "ha_mcp_sre"


async def test_it_comes_by_itself_on_its_day_at_its_hour_and_once(
    hass: HomeAssistant,
    home: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    configuration: Path,
) -> None:
    await pass_to(hass, clock, MONDAY_EARLY)
    assert not written(configuration)
    await pass_to(hass, clock, MONDAY_MORNING)
    report = configuration / REPORT
    assert report.exists()
    assert ["2026-11-16" in each["title"] for each in notifications(hass)] == [True]
    report.unlink()
    await pass_to(hass, clock, "2026-11-23T12:00:00-08:00")
    assert not report.exists()


async def test_it_comes_later_if_home_assistant_was_off_at_its_hour(
    hass: HomeAssistant,
    home: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    configuration: Path,
) -> None:
    clock.move_to("2026-12-02T21:00:00-08:00")
    await reload(hass, home)
    await pass_to(hass, clock, "2026-12-02T21:06:00-08:00")
    reports = {name for name in written(configuration) if name.startswith("reports")}
    assert reports == {"reports/2026-11-16.md", "reports/2026-11-23.md"}
    assert len(notifications(hass)) == 1


async def test_it_does_not_come_by_itself_if_that_was_not_wanted(
    hass: HomeAssistant,
    home: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    configuration: Path,
) -> None:
    hass.config_entries.async_update_entry(home, options={"report_day": "never"})
    await pass_to(hass, clock, MONDAY_MORNING)
    assert not written(configuration)


async def test_what_is_due_is_written_once_though_somebody_looks_meanwhile(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory
) -> None:
    hass.config_entries.async_update_entry(home, options={"report_ai_task": WRITER})
    async with writing(hass) as writer:
        clock.move_to(MONDAY_MORNING)
        await asyncio.gather(*(reporter_of(hass).async_catch_up() for _ in range(3)))
        await hass.async_block_till_done(wait_background_tasks=True)
        assert len(writer.tasks) == 1
    assert len(notifications(hass)) == 1


async def test_a_server_that_goes_while_a_report_waits_is_no_error(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    reporter = reporter_of(hass)
    async with reporter._lock:
        waiting = asyncio.create_task(
            reporter.async_write(reporter.week(loaded_servers(hass)).monday)
        )
        await asyncio.sleep(0)
        await hass.config_entries.async_unload(home.entry_id)
    assert await waiting is None


async def test_what_was_reported_while_the_clock_was_ahead_was_not(
    hass: HomeAssistant,
    home: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    configuration: Path,
) -> None:
    await pass_to(hass, clock, "2036-11-24T08:10:00-08:00")
    assert (configuration / "ha_mcp_sre/reports/2036-11-17.md").exists()
    clock.move_to(MONDAY_MORNING)
    await reporter_of(hass).async_catch_up()
    assert (configuration / REPORT).exists()
    (configuration / REPORT).unlink()
    await reporter_of(hass).async_catch_up()
    assert not (configuration / REPORT).exists()


async def test_one_report_that_can_never_be_written_stops_no_later_one(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory, configuration: Path
) -> None:
    (configuration / FOLDER / "reports/2026-11-16.md").mkdir(parents=True)
    await pass_to(hass, clock, MONDAY_MORNING)
    await pass_to(hass, clock, NEXT_MONDAY)
    assert "reports/2026-11-23.md" in written(configuration)


async def test_the_notification_counts_without_a_plural(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory
) -> None:
    await pass_to(hass, clock, MONDAY_MORNING)
    (told,) = notifications(hass)
    assert told["message"] == (
        "Incidents: 0; of these paged: 0. The report is in "
        f"`{REPORT}`, in the configuration folder."
    )

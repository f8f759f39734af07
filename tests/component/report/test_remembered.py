"""What is remembered from report to report."""

import asyncio
from pathlib import Path
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.finding import Severity
from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.report.backlog import BacklogMemory, backlog
from custom_components.ha_mcp_sre.report.edition import Known
from custom_components.ha_mcp_sre.report.risk import Risk
from custom_components.ha_mcp_sre.report_store import ReportStore
from custom_components.ha_mcp_sre.reporter import _REPORTER, reporter_of
from tests.component.disk import real_disk
from tests.component.writing import WRITER, writing

from .conftest import (
    MONDAY_MORNING,
    REPORT,
    pass_to,
    write,
)


async def test_the_age_of_a_proposal_outlives_a_restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    home: MockConfigEntry,
    clock: FrozenDateTimeFactory,
) -> None:
    clock.move_to(MONDAY_MORNING)
    await write(hass, week_of="2026-11-23")
    clock.move_to("2026-11-30T08:10:00-08:00")
    # Another reporter, as after a restart, knows only what is on disk.
    hass.data.pop(_REPORTER)
    response = await write(hass, week_of="2026-11-30")
    ages = {item["key"]: item["weeks"] for item in response["data"]["proposed_backlog_items"]}
    assert ages["unwatched:home"] == 2


async def test_what_is_remembered_in_a_wrong_shape_is_set_aside(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    home: MockConfigEntry,
    configuration: Path,
) -> None:
    key = f"{DOMAIN}/reports/reports"
    broken = {"reported": "yesterday", "backlog": [], "predictions": {"until": None}}
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": broken}
    await write(hass)
    assert hass_storage[f"{DOMAIN}/reports/set_aside"]["data"] == broken
    assert (configuration / REPORT).exists()


async def test_a_memory_of_a_newer_version_is_said_and_left_alone(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    home: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    configuration: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = "ha_mcp_sre/reports/reports"
    newer = {"version": 99, "minor_version": 1, "key": key, "data": {"reported": "2026-11-16"}}
    hass_storage[key] = newer
    with pytest.raises(HomeAssistantError) as refused:
        await write(hass)
    assert refused.value.translation_key == "reports_too_new"
    for minute in (10, 20, 30):
        await pass_to(hass, clock, f"2026-11-23T08:{minute}:00-08:00")
    said = [each for each in caplog.records if "weekly report was not written" in each.getMessage()]
    assert len(said) == 1
    assert hass_storage[key] == newer


async def test_with_the_last_server_all_but_the_files_goes(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    with real_disk(hass, configuration):
        await write(hass)
        remembered = configuration / ".storage/ha_mcp_sre/reports"
        assert remembered.is_dir()
        await hass.config_entries.async_remove(home.entry_id)
        assert not remembered.exists()
    assert (configuration / REPORT).exists()


async def happens(what: Any) -> bool:
    """Wait for something while the clock stands still; return whether it came."""
    for _ in range(300):
        if what():
            return True
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.01)
    return False


async def test_the_last_server_goes_at_once_while_an_ai_thinks_and_leaves_no_memory(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    hass.config_entries.async_update_entry(home, options={"report_ai_task": WRITER})
    await hass.async_block_till_done()
    async with writing(hass) as writer:
        writer.hangs = True
        with real_disk(hass, configuration):
            report = hass.async_create_task(write(hass))
            assert await happens(lambda: writer.tasks)
            removal = hass.async_create_task(hass.config_entries.async_remove(home.entry_id))
            gone = await happens(removal.done)
            report.cancel()
            await asyncio.gather(report, removal, return_exceptions=True)
            assert gone
            assert not (configuration / ".storage/ha_mcp_sre/reports").exists()


def proposing(*servers: str) -> Known:
    """Return what is known after the same was proposed for some servers."""
    risks = [
        Risk(
            key=f"monitoring_gaps:{each}",
            severity=Severity.P3,
            server=each,
            title="",
            current_state="",
            risk="",
            mitigation="",
        )
        for each in servers
    ]
    _, known = backlog(risks, BacklogMemory(), "2026-11-16", frozenset())
    return Known(backlog=known)


async def test_what_was_proposed_for_a_server_goes_with_it(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory, configuration: Path
) -> None:
    second = MockConfigEntry(
        domain="ha_mcp_sre", title="Second", data=home.data, unique_id="second", entry_id="second"
    )
    second.add_to_hass(hass)
    await reporter_of(hass)._store.async_save(proposing("entry", "second"))
    await hass.config_entries.async_remove("second")
    known = await ReportStore(hass).async_load()
    assert [each.item.key for each in known.backlog.entries] == ["monitoring_gaps:entry"]


async def test_two_weeks_that_wait_for_a_disk_are_remembered_one_after_the_other(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory, configuration: Path
) -> None:
    in_the_way = configuration / "ha_mcp_sre"
    in_the_way.write_text("a file")
    await pass_to(hass, clock, MONDAY_MORNING)
    await pass_to(hass, clock, "2026-11-30T08:10:00-08:00")
    in_the_way.unlink()
    await pass_to(hass, clock, "2026-11-30T08:20:00-08:00")
    known = await ReportStore(hass).async_load()
    (item,) = [e.item for e in known.backlog.entries if e.item.key == "unwatched:home"]
    assert (item.first_week, item.weeks) == ("2026-11-16", 2)


async def test_a_week_that_can_never_be_written_makes_no_later_one_forget(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory, configuration: Path
) -> None:
    (configuration / "ha_mcp_sre/reports/2026-11-16.md").mkdir(parents=True)
    for moment in (MONDAY_MORNING, "2026-11-30T08:10:00-08:00", "2026-12-07T08:10:00-08:00"):
        await pass_to(hass, clock, moment)
    known = await ReportStore(hass).async_load()
    assert known.backlog.week == "2026-11-30"
    assert {max(each.seen) for each in known.backlog.entries} == {"2026-11-30"}


async def test_what_waits_for_a_disk_forgets_a_server_that_goes_meanwhile(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory, configuration: Path
) -> None:
    second = MockConfigEntry(
        domain="ha_mcp_sre", title="Second", data=home.data, unique_id="second", entry_id="second"
    )
    second.add_to_hass(hass)
    assert await hass.config_entries.async_setup("second")
    await hass.async_block_till_done()
    in_the_way = configuration / "ha_mcp_sre"
    in_the_way.write_text("a file")
    await pass_to(hass, clock, MONDAY_MORNING)
    await hass.config_entries.async_remove("second")
    in_the_way.unlink()
    await pass_to(hass, clock, "2026-11-23T08:20:00-08:00")
    known = await ReportStore(hass).async_load()
    assert known.reported is not None
    assert not [e.item.key for e in known.backlog.entries if "second" in e.item.key]

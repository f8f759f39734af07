"""What somebody found who only tried to break the writing of reports."""

import asyncio
from datetime import timedelta
from pathlib import Path
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre import reporter
from custom_components.ha_mcp_sre.assess.policy import Policy
from tests.component.disk import real_disk
from tests.component.telling import issues
from tests.component.test_reporter import SUNDAY_NOON, pass_to, write, written
from tests.component.writing import WRITER, writing

MONDAY = "2026-11-23T08:10:00-08:00"
NEXT_MONDAY = "2026-11-30T08:10:00-08:00"


@pytest.fixture
def folder(
    hass: HomeAssistant, tmp_path: Path, short_policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return the folder of the reports, where nothing is yet."""
    monkeypatch.setattr(reporter, "INTERVAL", timedelta(minutes=5))
    hass.config.config_dir = str(tmp_path)
    return tmp_path / "ha_mcp_sre"


@pytest.fixture
def clock(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Begin on a Sunday at noon."""
    freezer.move_to(SUNDAY_NOON)
    return freezer


@pytest.fixture
async def home(
    folder: Path, clock: FrozenDateTimeFactory, watched: MockConfigEntry
) -> MockConfigEntry:
    """Return the entry of a server that is watched since Sunday noon."""
    return watched


async def happens(what: Any) -> bool:
    """Wait for something while the clock stands still; return whether it came."""
    for _ in range(300):
        if what():
            return True
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.01)
    return False


async def test_one_report_that_can_never_be_written_stops_no_later_one(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory, folder: Path
) -> None:
    (folder / "reports/2026-11-16.md").mkdir(parents=True)
    await pass_to(hass, clock, MONDAY)
    await pass_to(hass, clock, NEXT_MONDAY)
    assert "reports/2026-11-23.md" in written(folder.parent)


async def test_a_clock_that_was_ahead_for_a_while_stops_no_later_report(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory, folder: Path
) -> None:
    await pass_to(hass, clock, "2036-11-24T08:10:00-08:00")
    await pass_to(hass, clock, MONDAY)
    assert "reports/2026-11-16.md" in written(folder.parent)


async def test_a_file_that_cannot_be_written_stays_a_repair_though_another_report_is_written(
    hass: HomeAssistant, home: MockConfigEntry, folder: Path
) -> None:
    (folder / "deliverables/incident-log.md").mkdir(parents=True)
    await write(hass)
    assert issues(hass)
    await write(hass, server=home.entry_id)
    assert issues(hass)


async def test_the_last_day_that_there_is_is_refused_as_any_other_to_come(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await write(hass, week_of="9999-12-31")
    assert refused.value.translation_key == "week_in_future"


async def test_the_last_server_goes_at_once_while_an_ai_thinks_and_leaves_no_memory(
    hass: HomeAssistant, home: MockConfigEntry, folder: Path
) -> None:
    hass.config_entries.async_update_entry(home, options={"report_ai_task": WRITER})
    await hass.async_block_till_done()
    async with writing(hass) as writer:
        writer.hangs = True
        with real_disk(hass, folder.parent):
            report = hass.async_create_task(write(hass))
            assert await happens(lambda: writer.tasks)
            removal = hass.async_create_task(hass.config_entries.async_remove(home.entry_id))
            gone = await happens(removal.done)
            report.cancel()
            await asyncio.gather(report, removal, return_exceptions=True)
            assert gone
            assert not (folder.parent / ".storage/ha_mcp_sre/reports").exists()

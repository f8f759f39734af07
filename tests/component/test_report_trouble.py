"""Reports in bad times: what stands in their way, and who goes while they are written."""

import asyncio
from datetime import timedelta
from pathlib import Path
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre import reporter
from custom_components.ha_mcp_sre.assess.finding import Severity
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.report.backlog import BacklogMemory, backlog
from custom_components.ha_mcp_sre.report.edition import Known
from custom_components.ha_mcp_sre.report.risk import Risk
from custom_components.ha_mcp_sre.report_store import ReportStore
from custom_components.ha_mcp_sre.reporter import reporter_of
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


async def test_one_report_that_can_never_be_written_stops_no_later_one(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory, folder: Path
) -> None:
    (folder / "reports/2026-11-16.md").mkdir(parents=True)
    await pass_to(hass, clock, MONDAY)
    await pass_to(hass, clock, NEXT_MONDAY)
    assert "reports/2026-11-23.md" in written(folder.parent)


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


async def test_what_was_proposed_for_a_server_goes_with_it(
    hass: HomeAssistant, home: MockConfigEntry, clock: FrozenDateTimeFactory, folder: Path
) -> None:
    second = MockConfigEntry(
        domain="ha_mcp_sre", title="Second", data=home.data, unique_id="second", entry_id="second"
    )
    second.add_to_hass(hass)
    await reporter_of(hass)._store.async_save(proposing("entry", "second"))
    await hass.config_entries.async_remove("second")
    known = await ReportStore(hass).async_load()
    assert [each.item.key for each in known.backlog.entries] == ["monitoring_gaps:entry"]


async def test_a_memory_of_a_newer_version_is_said_and_left_alone(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    home: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    folder: Path,
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

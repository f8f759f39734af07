"""What lies in the folder of the reports, and what if nothing can be written there."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.files import FileFailure
from custom_components.ha_mcp_sre.reporter import reporter_of
from tests.component.telling import issues
from tests.component.writing import WRITER, writing
from tests.fake_ha_mcp import FakeHaMcp

from .conftest import (
    MONDAY_MORNING,
    REPORT,
    notifications,
    pass_to,
    write,
    written,
)

FIX = "/api/repairs/issues/fix"
FOLDER = "ha_mcp_sre"


async def test_what_cannot_be_written_is_one_repair_that_goes_when_it_can(
    hass: HomeAssistant,
    home: MockConfigEntry,
    hass_client: Callable[[], Awaitable[TestClient[Any, Any]]],
    configuration: Path,
) -> None:
    in_the_way = configuration / "ha_mcp_sre"
    in_the_way.write_text("a file")
    response = await write(hass)
    await write(hass)
    assert response["path"] is None
    assert response["markdown"]
    repairs = issues(hass)
    assert [issue.translation_key for issue in repairs] == ["report_read_only"]
    assert in_the_way.read_text() == "a file"

    assert await async_setup_component(hass, "repairs", {})
    http = await hass_client()
    begun = await http.post(FIX, json={"handler": DOMAIN, "issue_id": repairs[0].issue_id})
    flow = f"{FIX}/{(await begun.json())['flow_id']}"
    again = await http.post(flow, json={})
    assert (await again.json())["errors"] == {"base": "still_read_only"}

    in_the_way.unlink()
    done = await http.post(flow, json={})
    assert (await done.json())["type"] == "create_entry"
    assert (configuration / REPORT).exists()
    assert not issues(hass)


async def test_what_could_not_be_written_at_its_hour_is_written_when_that_is_possible(
    hass: HomeAssistant,
    home: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    configuration: Path,
) -> None:
    in_the_way = configuration / "ha_mcp_sre"
    in_the_way.write_text("a file")
    await pass_to(hass, clock, MONDAY_MORNING)
    in_the_way.unlink()
    await pass_to(hass, clock, "2026-11-23T08:20:00-08:00")
    assert (configuration / REPORT).exists()
    assert not issues(hass)


async def test_while_it_cannot_be_written_nobody_is_told_again_and_no_ai_is_asked_again(
    hass: HomeAssistant,
    home: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    configuration: Path,
) -> None:
    hass.config_entries.async_update_entry(home, options={"report_ai_task": WRITER})
    in_the_way = configuration / "ha_mcp_sre"
    in_the_way.write_text("a file")
    async with writing(hass) as writer:
        await pass_to(hass, clock, MONDAY_MORNING)
        (told,) = notifications(hass)
        assert str(REPORT) not in told["message"]
        persistent_notification.async_dismiss(hass, told["notification_id"])
        await pass_to(hass, clock, "2026-11-23T08:20:00-08:00")
        assert not notifications(hass)
        in_the_way.unlink()
        await pass_to(hass, clock, "2026-11-23T08:30:00-08:00")
        assert len(writer.tasks) == 1
    assert "A quiet week." in (configuration / REPORT).read_text()
    (told,) = notifications(hass)
    assert str(REPORT) in told["message"]
    assert not issues(hass)


async def test_a_report_whose_own_file_is_written_is_done_though_another_one_failed(
    hass: HomeAssistant,
    home: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    configuration: Path,
) -> None:
    (configuration / "ha_mcp_sre/beliefs.md").mkdir(parents=True)
    await pass_to(hass, clock, MONDAY_MORNING)
    assert (configuration / REPORT).exists()
    (told,) = notifications(hass)
    assert str(REPORT) in told["message"]
    assert [issue.translation_key for issue in issues(hass)] == ["report_read_only"]

    persistent_notification.async_dismiss(hass, told["notification_id"])
    await pass_to(hass, clock, "2026-11-23T08:20:00-08:00")
    assert not notifications(hass)
    await pass_to(hass, clock, "2026-11-30T08:10:00-08:00")
    assert (configuration / "ha_mcp_sre/reports/2026-11-23.md").exists()

    (configuration / "ha_mcp_sre/beliefs.md").rmdir()
    await pass_to(hass, clock, "2026-11-30T08:20:00-08:00")
    assert (configuration / "ha_mcp_sre/beliefs.md").is_file()
    assert not issues(hass)


async def test_what_could_not_be_written_can_be_though_its_server_is_unloaded(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    in_the_way = configuration / "ha_mcp_sre"
    in_the_way.write_text("a file")
    await write(hass)
    await hass.config_entries.async_unload(home.entry_id)
    assert await reporter_of(hass).async_try_again() is FileFailure.IN_THE_WAY
    assert issues(hass)
    in_the_way.unlink()
    assert await reporter_of(hass).async_try_again() is None
    assert (configuration / REPORT).exists()
    assert not issues(hass)


async def test_a_file_that_cannot_be_written_stays_a_repair_though_another_report_is_written(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    (configuration / FOLDER / "deliverables/incident-log.md").mkdir(parents=True)
    await write(hass)
    assert issues(hass)
    await write(hass, server=home.entry_id)
    assert issues(hass)


async def test_only_who_knows_all_files_archives_those_that_are_old(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    old = configuration / "ha_mcp_sre/notes/2026-02-02-server-down-i1234567.md"
    old.parent.mkdir(parents=True)
    old.write_text("What happened")
    await write(hass, server=home.entry_id)
    assert old.exists()
    await write(hass)
    assert not old.exists()
    assert "archive/notes/2026-02-02-server-down-i1234567.md" in written(configuration)


async def test_what_a_person_wrote_below_the_report_stays(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    await write(hass)
    report = configuration / REPORT
    report.write_text(f"{report.read_text()}\nWe changed the disk on Friday.\n")
    await write(hass)
    assert report.read_text().endswith("\nWe changed the disk on Friday.\n")


async def test_no_file_holds_the_secret(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path, ha_mcp: FakeHaMcp
) -> None:
    await write(hass)
    texts = [path.read_text() for path in (configuration / "ha_mcp_sre").rglob("*.md")]
    assert texts
    assert not [text for text in texts if "secret" in text or "127.0.0.1" in text]

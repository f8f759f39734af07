"""The weekly report, as a person asks for it and as it comes by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.ha_mcp_sre import reporter
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.entries import loaded_servers
from custom_components.ha_mcp_sre.files import FileFailure
from custom_components.ha_mcp_sre.reporter import _REPORTER, reporter_of
from tests.component.conftest import probe_now, reload
from tests.component.disk import real_disk
from tests.component.telling import issues
from tests.component.writing import WRITER, writing
from tests.fake_ha_mcp import FakeHaMcp

FIX = "/api/repairs/issues/fix"
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


async def test_an_ai_that_was_chosen_adds_a_section_that_says_so(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(home, options={"report_ai_task": WRITER})
    async with writing(hass) as writer:
        writer.answer = "A quiet *week*."
        response = await write(hass)
    assert "\n## In Prose\n\nAn AI wrote this section" in response["markdown"]
    assert "A quiet \\*week\\*." in response["markdown"]


async def test_without_the_ai_the_report_is_complete(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(home, options={"report_ai_task": "ai_task.gone"})
    response = await write(hass)
    assert "## In Prose" not in response["markdown"]
    assert response["markdown"].rstrip().splitlines()[-1].startswith("- Risks and backlog")


async def test_the_button_writes_it_and_says_where(
    hass: HomeAssistant, home: MockConfigEntry, configuration: Path
) -> None:
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.ha_mcp_write_report"}, blocking=True
    )
    assert (configuration / REPORT).exists()
    assert str(REPORT) in notifications(hass)[0]["message"]


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

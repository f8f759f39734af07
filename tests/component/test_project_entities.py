"""The entities of ha-mcp's own project, and what becomes of them when GitHub fails."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from syrupy.assertion import SnapshotAssertion

from custom_components.ha_mcp_sre.assess.policy import Policy
from tests.component.conftest import said, state
from tests.component.project import (
    HOUR,
    NOW,
    UNREACHABLE,
    WatchedGitHub,
    an_hour_later,
    attributes,
    look,
    project_entry,
    set_up,
)
from tests.fake_github import always, refusal
from tests.observe.fake_registry import FakeRegistry

PASS_RATE = "sensor.ha_mcp_project_ci_pass_rate"
BRANCH = "sensor.ha_mcp_project_default_branch"
RELEASE = "sensor.ha_mcp_project_latest_release"
AGE = "sensor.ha_mcp_project_days_since_release"
BUGS = "sensor.ha_mcp_project_open_bugs"
SIZE = "sensor.ha_mcp_project_image_size"


@pytest.fixture(autouse=True)
def still_clock(freezer: FrozenDateTimeFactory) -> None:
    """Stop the clock, before anything is set up."""
    freezer.move_to(NOW)


async def test_all_entities(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
    project: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    known = er.async_entries_for_config_entry(entity_registry, project.entry_id)
    assert len(known) == 7
    for each in known:
        assert each == snapshot(name=f"{each.entity_id}-entry")
        assert hass.states.get(each.entity_id) == snapshot(name=f"{each.entity_id}-state")
    (device,) = dr.async_entries_for_config_entry(device_registry, project.entry_id)
    assert device == snapshot(name="device")


async def test_the_first_three_are_enabled_at_first(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    github: WatchedGitHub,
    registry: FakeRegistry,
) -> None:
    entry = project_entry()
    await set_up(hass, entry)
    known = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    assert {each.entity_id for each in known if not each.disabled} == {PASS_RATE, BRANCH, RELEASE}


async def test_a_project_of_which_nothing_is_known_is_unknown_and_said_once(
    hass: HomeAssistant,
    all_enabled: None,
    github: WatchedGitHub,
    registry: FakeRegistry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await github.stop()
    entry = project_entry()
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    states = {each.state for each in hass.states.async_all("sensor")}
    assert states == {"unknown"}
    for _ in range(3):
        await an_hour_later(hass, entry, freezer)
    assert said(caplog) == [UNREACHABLE]


async def test_what_was_read_last_stays_when_github_fails(
    hass: HomeAssistant,
    project: MockConfigEntry,
    github: WatchedGitHub,
    freezer: FrozenDateTimeFactory,
) -> None:
    assert github.server is not None
    port = github.server.port or 0
    await github.stop()
    freezer.tick(86_400)
    await look(hass, project)
    freezer.tick(86_400)
    await look(hass, project)
    assert (state(hass, PASS_RATE), state(hass, RELEASE)) == ("75.0", "v8.7.0")
    assert attributes(hass, RELEASE)["updated"] == NOW
    assert state(hass, AGE) == "11"
    # Nobody knows any more.
    assert state(hass, BRANCH) == "unknown"
    github.release("v8.8.0", github.now + HOUR)
    await github.start(port)
    await an_hour_later(hass, project, freezer)
    assert state(hass, RELEASE) == "v8.8.0"
    assert attributes(hass, RELEASE)["updated"] == NOW + timedelta(days=2, hours=1)


async def test_what_was_read_last_stays_over_a_restart_without_a_network(
    hass: HomeAssistant, project: MockConfigEntry, github: WatchedGitHub, registry: FakeRegistry
) -> None:
    before = {each.entity_id: each.state for each in hass.states.async_all("sensor")}
    await hass.config_entries.async_unload(project.entry_id)
    await github.stop()
    await registry.stop()
    await hass.config_entries.async_setup(project.entry_id)
    assert {each.entity_id: each.state for each in hass.states.async_all("sensor")} == before
    await hass.async_block_till_done(wait_background_tasks=True)
    assert {each.entity_id: each.state for each in hass.states.async_all("sensor")} == before


async def test_a_restart_asks_for_nothing_that_is_not_due(
    hass: HomeAssistant, project: MockConfigEntry, github: WatchedGitHub, registry: FakeRegistry
) -> None:
    github.asked.clear()
    registry.asked.clear()
    await hass.config_entries.async_reload(project.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (github.asked, registry.asked) == ([], [])


async def test_github_is_left_alone_for_as_long_as_it_wants(
    hass: HomeAssistant,
    project: MockConfigEntry,
    github: WatchedGitHub,
    freezer: FrozenDateTimeFactory,
) -> None:
    github.refuses = always(lambda: refusal(403, **{"Retry-After": "7200"}))
    freezer.tick(3600)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(github.asked) > 0
    github.refuses = None
    github.asked.clear()
    freezer.tick(7100)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert github.asked == []
    assert state(hass, RELEASE) == "v8.7.0"
    freezer.tick(200)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(github.asked) > 0


async def test_a_spent_budget_is_no_failure(
    hass: HomeAssistant,
    github: WatchedGitHub,
    registry: FakeRegistry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in range(2000):
        github.run(github.now - 1200 * number)
    entry = project_entry()
    await set_up(hass, entry)
    for _ in range(30):
        freezer.tick(60)
        await look(hass, entry)
    assert len(github.asked) <= Policy().github_budget
    assert said(caplog) == []


async def test_a_copy_without_issues_is_no_failure_of_github(
    hass: HomeAssistant,
    all_enabled: None,
    github: WatchedGitHub,
    registry: FakeRegistry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    github.answers["/issues"] = always(lambda: refusal(410, "Issues are disabled for this repo"))
    entry = project_entry()
    await set_up(hass, entry)
    for _ in range(12):
        freezer.tick(900)
        await look(hass, entry)
    assert (state(hass, BUGS), state(hass, RELEASE)) == ("unknown", "v8.7.0")
    assert said(caplog) == []


async def test_a_github_that_fails_whatever_it_is_asked_is_said_once(
    hass: HomeAssistant,
    project: MockConfigEntry,
    github: WatchedGitHub,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    github.refuses = always(lambda: refusal(502))
    for _ in range(12):
        freezer.tick(900)
        await look(hass, project)
    assert said(caplog) == [UNREACHABLE.replace("unreachable", "server_error")]


async def test_the_default_branch_is_ok_when_its_newest_runs_are(
    hass: HomeAssistant,
    project: MockConfigEntry,
    github: WatchedGitHub,
    freezer: FrozenDateTimeFactory,
) -> None:
    assert state(hass, BRANCH) == "failing"
    failing = attributes(hass, BRANCH)
    assert failing["workflows"] == ["PR Validation Pipeline"]
    assert failing["failing_since"] == NOW - timedelta(hours=3)
    github.run(github.now + HOUR / 2)
    await an_hour_later(hass, project, freezer)
    assert state(hass, BRANCH) == "ok"
    assert "workflows" not in attributes(hass, BRANCH)


async def test_what_is_long_or_changes_every_hour_stays_out_of_the_database(
    hass: HomeAssistant, project: MockConfigEntry
) -> None:
    for entity_id in (PASS_RATE, SIZE, BRANCH):
        shown = hass.states.get(entity_id)
        assert shown is not None
        assert shown.state_info is not None
        assert {"updated", "sizes", "workflows"} <= shown.state_info["unrecorded_attributes"]

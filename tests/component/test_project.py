"""ha-mcp's own project beside servers, and alone."""

from cProfile import Profile
from dataclasses import replace
import json
import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.persistent_notification import _async_get_or_create_notifications
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.diagnostics import async_get_config_entry_diagnostics
from custom_components.ha_mcp_sre.observe.websocket import _LISTENER
from tests.component.automations import (
    acknowledge,
    automate,
    call,
    incidents,
    is_valid,
    on,
    refusal,
)
from tests.component.conftest import cycle, own_log, state
from tests.component.project import NOW, WatchedGitHub, look, project_entry, set_up
from tests.component.telling import incident, judge
from tests.fake_github import TOKEN
from tests.fake_ha_mcp import FakeHaMcp
from tests.observe.fake_registry import FakeRegistry

RELEASE = "sensor.ha_mcp_project_latest_release"
REJECTED = (
    "Error fetching ha-mcp project data: GitHub rejects the token. What was learnt before stays"
)


@pytest.fixture
async def project(
    hass: HomeAssistant, github: WatchedGitHub, registry: FakeRegistry
) -> MockConfigEntry:
    """Return the config entry of the project after its first look."""
    entry = project_entry(token=TOKEN)
    await set_up(hass, entry)
    return entry


async def test_a_project_needs_no_server(
    hass: HomeAssistant, project: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    assert project.state is ConfigEntryState.LOADED
    assert state(hass, RELEASE) == "v8.7.0"
    known = er.async_entries_for_config_entry(entity_registry, project.entry_id)
    assert {each.domain for each in known} == {"sensor"}
    assert await hass.config_entries.async_unload(project.entry_id)


async def test_a_project_is_no_server_to_the_actions(
    hass: HomeAssistant, project: MockConfigEntry
) -> None:
    no_server = "server: no server is being watched at the moment."
    unknown = "server: project is not the config entry of a watched server."
    assert (await refusal(hass, "get_incidents")).startswith(no_server)
    assert (await refusal(hass, "test_alert")).startswith(no_server)
    for action in ("get_incidents", "test_alert"):
        assert (await refusal(hass, action, server="project")).startswith(unknown)
    said = await refusal(hass, "acknowledge_incident", incident_id="0badbeef")
    assert "no incident 0badbeef is known" in said


async def test_actions_on_the_only_server_go_on_beside_a_project(
    hass: HomeAssistant, watched: MockConfigEntry, project: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    drill = await call(hass, "test_alert", severity="p0")
    await acknowledge(hass, drill["incident_id"])
    await ha_mcp.stop()
    await cycle(hass, watched)
    (incident,) = await incidents(hass)
    assert incident["server"] == "ha-mcp"


async def test_a_condition_does_not_ask_the_project(
    hass: HomeAssistant, project: MockConfigEntry, watched: MockConfigEntry
) -> None:
    condition = {"condition": "ha_mcp_sre.severity_at_least", "options": {"severity": "p3"}}
    judge(watched, incident())
    runs = await automate(hass, when={"trigger": "event", "event_type": "asked"}, only_if=condition)
    assert is_valid(hass)
    hass.bus.async_fire("asked")
    await hass.async_block_till_done()
    assert len(runs) == 1


async def test_the_alerts_of_an_only_server_do_not_name_it(
    hass: HomeAssistant, watched: MockConfigEntry, project: MockConfigEntry
) -> None:
    await call(hass, "test_alert", severity="p0")
    told = _async_get_or_create_notifications(hass).values()
    assert [each["title"] for each in told] == ["Test: ha-mcp is down"]


async def test_an_automation_cannot_mean_the_project(
    hass: HomeAssistant, project: MockConfigEntry
) -> None:
    await automate(hass, when=on("incident_opened", server="project"))
    assert not is_valid(hass)


@pytest.fixture
def still_clock(freezer: FrozenDateTimeFactory) -> None:
    """Stop the clock, before anything is set up."""
    freezer.move_to(NOW)


async def test_the_download_tells_everything_but_the_token(
    still_clock: None,
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    github: WatchedGitHub,
    registry: FakeRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    entry = project_entry(token=TOKEN)
    await set_up(hass, entry)
    assert await async_setup_component(hass, "diagnostics", {})
    download = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert TOKEN not in json.dumps(download)
    assert download == snapshot


async def test_the_download_takes_no_longer_the_more_is_known(
    hass: HomeAssistant, project: MockConfigEntry
) -> None:
    async def effort() -> int:
        profile = Profile()
        profile.enable()
        await async_get_config_entry_diagnostics(hass, project)
        profile.disable()
        return sum(each.callcount for each in profile.getstats())

    before = await effort()
    known = project.runtime_data.data
    runs = known.upstream.runs * 50
    project.runtime_data.data = replace(known, upstream=replace(known.upstream, runs=runs))
    assert await effort() == before


async def test_a_rejected_token_keeps_what_was_read_and_is_not_told(
    hass: HomeAssistant,
    project: MockConfigEntry,
    github: WatchedGitHub,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    github.accepted = "ghp_new"
    freezer.tick(3600)
    await look(hass, project)
    assert state(hass, RELEASE) == "v8.7.0"
    assert len([*project.async_get_active_flows(hass, {SOURCE_REAUTH})]) == 1
    told = [each.getMessage() for each in own_log(caplog) if each.levelno > logging.INFO]
    assert told == [REJECTED]
    assert TOKEN not in caplog.text


async def test_a_token_that_is_taken_again_is_not_asked_for_any_more(
    hass: HomeAssistant,
    project: MockConfigEntry,
    github: WatchedGitHub,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
) -> None:
    github.accepted = "ghp_new"
    freezer.tick(3600)
    await look(hass, project)
    assert len(issue_registry.issues) == 1
    github.accepted = TOKEN
    github.release("v8.8.0", github.now + 60)
    freezer.tick(Policy().upstream_token_retry + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass, RELEASE) == "v8.8.0"
    assert [*project.async_get_active_flows(hass, {SOURCE_REAUTH})] == []
    assert len(issue_registry.issues) == 0


async def test_what_listens_for_sessions_goes_with_the_last_server(
    hass: HomeAssistant, watched: MockConfigEntry, project: MockConfigEntry
) -> None:
    assert _LISTENER in hass.data
    await hass.config_entries.async_remove(watched.entry_id)
    assert _LISTENER not in hass.data
    assert state(hass, RELEASE) == "v8.7.0"


async def test_what_listens_for_sessions_stays_when_the_project_goes(
    hass: HomeAssistant, watched: MockConfigEntry, project: MockConfigEntry
) -> None:
    await hass.config_entries.async_remove(project.entry_id)
    assert _LISTENER in hass.data

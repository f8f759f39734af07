"""How ha-mcp's own project is offered beside a server."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_INTEGRATION_DISCOVERY, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ha_mcp_sre.const import DOMAIN
from tests.component.project import WatchedGitHub, project_entry, set_up
from tests.fake_github import REPOSITORY
from tests.observe.fake_registry import FakeRegistry


@pytest.fixture(autouse=True)
def elsewhere(github: WatchedGitHub, registry: FakeRegistry) -> None:
    """Ask nobody outside this machine."""


def offers(hass: HomeAssistant) -> list[Any]:
    """Return the offers of the project."""
    return [
        flow
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == SOURCE_INTEGRATION_DISCOVERY
    ]


async def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let the time pass between two looks for what could be offered."""
    freezer.tick(901)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_it_is_offered_with_the_first_server_and_taken_with_one_click(
    hass: HomeAssistant, watched: MockConfigEntry, github: WatchedGitHub
) -> None:
    (offer,) = offers(hass)
    assert offer["step_id"] == "project_discovered"
    assert offer["context"]["title_placeholders"] == {"name": f"ha-mcp project ({REPOSITORY})"}
    assert github.asked == []
    form = await hass.config_entries.flow.async_configure(offer["flow_id"])
    assert form["data_schema"] is None
    added = await hass.config_entries.flow.async_configure(offer["flow_id"], {})
    assert added["type"] is FlowResultType.CREATE_ENTRY
    assert (added["title"], added["data"]) == ("ha-mcp project", {"repository": REPOSITORY})
    assert added["result"].unique_id == REPOSITORY
    await hass.async_block_till_done(wait_background_tasks=True)
    assert offers(hass) == []


async def test_it_is_offered_once(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await wait(hass, freezer)
    (offer,) = offers(hass)
    hass.config_entries.flow.async_abort(offer["flow_id"])
    await wait(hass, freezer)
    assert offers(hass) == []


async def test_it_is_not_offered_without_a_server(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An offer that was ignored is an entry, too, but none of a server."""
    ignored = MockConfigEntry(domain=DOMAIN, unique_id="in_process_server", source=SOURCE_IGNORE)
    ignored.add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    await wait(hass, freezer)
    assert offers(hass) == []


async def test_an_offer_does_not_keep_a_person_from_adding_it_by_hand(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    choice = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await hass.config_entries.flow.async_configure(choice["flow_id"], {"install": "project"})
    added = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"repository": REPOSITORY}
    )
    assert added["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    assert offers(hass) == []


async def test_it_is_not_offered_if_it_was_ignored(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    MockConfigEntry(domain=DOMAIN, unique_id=REPOSITORY, source=SOURCE_IGNORE).add_to_hass(hass)
    await set_up(hass, entry)
    await wait(hass, freezer)
    assert offers(hass) == []


async def test_it_is_not_offered_beside_a_copy_of_it(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    fork = MockConfigEntry(
        domain=DOMAIN, unique_id="someone/ha-mcp", data={"repository": "someone/ha-mcp"}
    )
    fork.add_to_hass(hass)
    await set_up(hass, entry)
    await wait(hass, freezer)
    assert offers(hass) == []


async def test_it_is_not_offered_again_to_who_removed_it(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    project = project_entry()
    await set_up(hass, project)
    await set_up(hass, entry)
    await wait(hass, freezer)
    await hass.config_entries.async_remove(project.entry_id)
    await wait(hass, freezer)
    assert offers(hass) == []


async def test_an_offer_is_void_once_a_copy_of_it_is_followed(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    (offer,) = offers(hass)
    MockConfigEntry(
        domain=DOMAIN, unique_id="someone/ha-mcp", data={"repository": "someone/ha-mcp"}
    ).add_to_hass(hass)
    taken = await hass.config_entries.flow.async_configure(offer["flow_id"], {})
    assert taken["reason"] == "project_known"


async def test_the_offer_says_what_it_is(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    texts = await async_get_translations(hass, "en", "config", [DOMAIN])
    step = f"component.{DOMAIN}.config.step.project_discovered"
    (offer,) = offers(hass)
    form = await hass.config_entries.flow.async_configure(offer["flow_id"])
    said = texts[f"{step}.description"].format(**(form["description_placeholders"] or {}))
    assert f"open bugs of {REPOSITORY} fare" in said

"""How a server that was found comes to be watched."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ha_mcp_sre.const import DOMAIN
from tests.component.inside import serve, server_thread, watching_inside
from tests.fake_ha_mcp import SECRET_PATH, FakeHaMcp
from tests.shipped import STRINGS

INSIDE = "in_process_server"


async def begin(hass: HomeAssistant) -> Any:
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def choose(hass: HomeAssistant, choice: str) -> Any:
    step = await begin(hass)
    return await hass.config_entries.flow.async_configure(step["flow_id"], {"install": choice})


def offers(hass: HomeAssistant) -> list[str]:
    """Return the names of the servers that are offered."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [
        flow["context"]["title_placeholders"]["name"]
        for flow in flows
        if flow["context"]["source"] == SOURCE_INTEGRATION_DISCOVERY
        if flow["step_id"] == "discovered"
    ]


def offer(hass: HomeAssistant) -> Any:
    """Return the only offer of a server."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    (flow,) = [flow for flow in flows if flow["step_id"] == "discovered"]
    return flow


async def settle(hass: HomeAssistant) -> None:
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_server_that_was_found_is_listed_with_its_mode_version_and_state(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "custom_components.ha_mcp_sre.detect.metadata.version", {"ha-mcp": "8.7.0"}.__getitem__
    )
    serve(hass, ha_mcp)
    with server_thread():
        step = await begin(hass)
    assert step["step_id"] == "user"
    (selector,) = step["data_schema"].schema.values()
    assert [(each["value"], each["label"]) for each in selector.config["options"]] == [
        (INSIDE, "HA-MCP Server (inside Home Assistant, 8.7.0, running)"),
        ("other", "Another server, by its address"),
        ("project", "ha-mcp's own project (GitHub)"),
    ]


async def test_a_server_that_was_found_is_added_without_an_address(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    serve(hass, ha_mcp)
    added = await choose(hass, INSIDE)
    assert added["type"] is FlowResultType.CREATE_ENTRY
    assert added["title"] == "ha-mcp"
    assert added["result"].unique_id == INSIDE
    assert added["data"] == {
        "mode": "in_process",
        "install": "server",
        "url": ha_mcp.url,
        "verify_ssl": True,
    }


async def test_another_server_is_added_by_its_address(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    serve(hass, ha_mcp)
    step = await choose(hass, "other")
    assert step["step_id"] == "http"


async def test_a_server_that_went_in_the_meantime_is_an_error_at_the_choice(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    entry = serve(hass, ha_mcp)
    step = await begin(hass)
    entry.mock_state(hass, ConfigEntryState.NOT_LOADED)
    await hass.config_entries.async_remove(entry.entry_id)
    step = await hass.config_entries.flow.async_configure(step["flow_id"], {"install": INSIDE})
    assert step["errors"] == {"install": "not_installed"}
    step = await hass.config_entries.flow.async_configure(step["flow_id"], {"install": "other"})
    assert step["step_id"] == "http"


async def test_a_server_that_does_not_answer_can_be_watched_all_the_same(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    serve(hass, ha_mcp)
    await ha_mcp.stop()
    warning = await choose(hass, INSIDE)
    assert warning["step_id"] == "not_answering"
    assert warning["description_placeholders"] == {"name": "HA-MCP Server", "state": "failed"}
    added = await hass.config_entries.flow.async_configure(warning["flow_id"], {})
    assert added["type"] is FlowResultType.CREATE_ENTRY


async def test_the_advice_without_a_link_is_for_how_the_server_is_installed(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    serve(hass, ha_mcp)
    ha_mcp.state = "8.7.0/token-rejected"
    warning = await choose(hass, INSIDE)
    assert warning["step_id"] == "no_link"
    assert warning["description_placeholders"] == {
        "code": "CONNECTION_FAILED",
        "advice": STRINGS["selector"]["link_advice"]["options"]["in_process"],
    }


async def test_a_server_whose_name_is_taken_gets_a_number(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    MockConfigEntry(domain=DOMAIN, title="HA-MCP Server").add_to_hass(hass)
    serve(hass, ha_mcp)
    assert (await choose(hass, INSIDE))["title"] == "HA-MCP Server 2"


async def test_a_server_without_an_address_is_not_added(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    serve(hass, ha_mcp, secret_path=None)
    hass.data["ha_mcp_tools"] = None
    assert (await choose(hass, INSIDE))["reason"] == "no_address"


async def test_a_server_that_is_watched_is_not_listed_again(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    serve(hass, ha_mcp)
    watching_inside(ha_mcp).add_to_hass(hass)
    (selector,) = (await begin(hass))["data_schema"].schema.values()
    assert [each["value"] for each in selector.config["options"]] == ["other", "project"]


async def test_a_server_that_is_watched_by_its_address_is_not_added_twice(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    serve(hass, ha_mcp)
    assert (await choose(hass, INSIDE))["reason"] == "already_configured"


async def test_the_address_of_a_server_that_was_found_cannot_be_changed(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    serve(hass, ha_mcp)
    entry = watching_inside(ha_mcp)
    entry.add_to_hass(hass)
    step = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    assert step["reason"] == "address_follows"


@pytest.fixture
def thread() -> Iterator[None]:
    """Run the thread of a server inside Home Assistant."""
    with server_thread():
        yield


@pytest.fixture
async def other(thread: None) -> Any:
    """Return another ha-mcp, which runs inside Home Assistant."""
    server = FakeHaMcp()
    server.instance.instance_id = "instance-2"
    await server.start()
    yield server
    await server.stop()


async def test_a_server_whose_entry_is_added_while_another_is_watched_is_offered_at_once(
    hass: HomeAssistant, watched: MockConfigEntry, other: FakeHaMcp
) -> None:
    serve(hass, other).mock_state(hass, ConfigEntryState.LOADED)
    await settle(hass)
    assert offers(hass) == ["HA-MCP Server"]


async def test_an_offer_is_taken_with_one_click(
    hass: HomeAssistant, watched: MockConfigEntry, other: FakeHaMcp, freezer: FrozenDateTimeFactory
) -> None:
    serve(hass, other)
    freezer.tick(901)
    async_fire_time_changed(hass)
    await settle(hass)
    assert offers(hass) == ["HA-MCP Server"]
    flow = offer(hass)
    assert SECRET_PATH not in str(flow)
    added = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert added["type"] is FlowResultType.CREATE_ENTRY
    assert added["title"] == "HA-MCP Server"


async def test_an_offer_goes_when_its_server_is_chosen_from_the_list(
    hass: HomeAssistant, watched: MockConfigEntry, other: FakeHaMcp
) -> None:
    serve(hass, other).mock_state(hass, ConfigEntryState.LOADED)
    await settle(hass)
    assert offers(hass) == ["HA-MCP Server"]
    assert (await choose(hass, INSIDE))["type"] is FlowResultType.CREATE_ENTRY
    assert offers(hass) == []


async def test_an_offer_is_made_once(
    hass: HomeAssistant, watched: MockConfigEntry, other: FakeHaMcp, freezer: FrozenDateTimeFactory
) -> None:
    serve(hass, other)
    for _ in range(3):
        freezer.tick(901)
        async_fire_time_changed(hass)
        await settle(hass)
    assert offers(hass) == ["HA-MCP Server"]
    flow = offer(hass)
    hass.config_entries.flow.async_abort(flow["flow_id"])
    freezer.tick(901)
    async_fire_time_changed(hass)
    await settle(hass)
    assert offers(hass) == []


@pytest.mark.parametrize("running", [True, False])
async def test_what_is_watched_by_its_address_and_down_is_not_offered(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
    running: bool,
) -> None:
    serve(hass, ha_mcp)
    await ha_mcp.stop()
    with server_thread() if running else nullcontext():
        freezer.tick(901)
        async_fire_time_changed(hass)
        await settle(hass)
    assert offers(hass) == []


async def test_what_is_watched_by_its_address_is_not_offered(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, freezer: FrozenDateTimeFactory
) -> None:
    serve(hass, ha_mcp)
    freezer.tick(901)
    async_fire_time_changed(hass)
    await settle(hass)
    assert offers(hass) == []


async def test_what_a_person_ignored_is_not_offered_again(
    hass: HomeAssistant, watched: MockConfigEntry, other: FakeHaMcp, freezer: FrozenDateTimeFactory
) -> None:
    MockConfigEntry(domain=DOMAIN, unique_id=INSIDE, source=SOURCE_IGNORE).add_to_hass(hass)
    serve(hass, other)
    freezer.tick(901)
    async_fire_time_changed(hass)
    await settle(hass)
    assert offers(hass) == []


async def test_after_the_last_server_nothing_is_offered_any_more(
    hass: HomeAssistant, watched: MockConfigEntry, other: FakeHaMcp, freezer: FrozenDateTimeFactory
) -> None:
    await hass.config_entries.async_remove(watched.entry_id)
    assert watched.state is ConfigEntryState.NOT_LOADED
    serve(hass, other)
    freezer.tick(901)
    async_fire_time_changed(hass)
    await settle(hass)
    assert offers(hass) == []

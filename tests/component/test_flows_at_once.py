"""What comes of several flows about the same server."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.const import DOMAIN
from tests.component.test_config_flow import submit
from tests.fake_ha_mcp import FakeHaMcp

LINKLESS = "8.7.0/ha-down"


async def move(hass: HomeAssistant, entry: MockConfigEntry, url: str) -> ConfigFlowResult:
    """Say that a server is at another address now."""
    form = await entry.start_reconfigure_flow(hass)
    return await hass.config_entries.flow.async_configure(
        form["flow_id"], {"url": url, "verify_ssl": True}
    )


async def confirm(hass: HomeAssistant, step: ConfigFlowResult) -> Any:
    return await hass.config_entries.flow.async_configure(step["flow_id"], {})


async def settle(hass: HomeAssistant) -> None:
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_an_address_can_be_tried_anew_after_its_form_was_left(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    url, port = ha_mcp.url, await down(ha_mcp)
    assert (await submit(hass, url))["errors"] == {"url": "refused"}
    await ha_mcp.start(port)
    assert (await submit(hass, url))["type"] is FlowResultType.CREATE_ENTRY
    await settle(hass)


async def test_a_server_can_be_moved_after_its_form_was_left(
    hass: HomeAssistant, watched: MockConfigEntry, other_ha_mcp: FakeHaMcp
) -> None:
    url, port = other_ha_mcp.url, await down(other_ha_mcp)
    assert (await move(hass, watched, url))["errors"] == {"url": "refused"}
    await other_ha_mcp.start(port)
    assert (await move(hass, watched, url))["reason"] == "reconfigure_successful"
    await settle(hass)


async def down(server: FakeHaMcp) -> int:
    """Stop a server, and return the port at which it was."""
    assert server.server is not None
    port = server.server.port
    assert port is not None
    await server.stop()
    return port


async def test_of_two_who_add_a_server_at_once_one_is_told_that_it_is_watched(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    first, second = await asyncio.gather(submit(hass, ha_mcp.url), submit(hass, ha_mcp.url))
    await settle(hass)
    assert {first["type"], second["type"]} == {FlowResultType.CREATE_ENTRY, FlowResultType.ABORT}
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_a_server_that_moved_to_an_address_meanwhile_is_not_replaced_there(
    hass: HomeAssistant, watched: MockConfigEntry, other_ha_mcp: FakeHaMcp
) -> None:
    other_ha_mcp.state = LINKLESS
    adding = await submit(hass, other_ha_mcp.url)
    moved = await confirm(hass, await move(hass, watched, other_ha_mcp.url))
    assert moved["reason"] == "reconfigure_successful"
    assert (await confirm(hass, adding))["reason"] == "already_configured"
    await settle(hass)
    assert hass.config_entries.async_entries(DOMAIN) == [watched]


async def test_a_server_that_was_added_at_another_address_meanwhile_is_not_added_twice(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, other_ha_mcp: FakeHaMcp
) -> None:
    other_ha_mcp.instance = ha_mcp.instance
    ha_mcp.state = other_ha_mcp.state = LINKLESS
    quicker, slower = await submit(hass, ha_mcp.url), await submit(hass, other_ha_mcp.url)
    assert (await confirm(hass, quicker))["type"] is FlowResultType.CREATE_ENTRY
    await settle(hass)
    assert (await confirm(hass, slower))["reason"] == "already_configured"
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_a_server_can_be_moved_to_an_address_after_its_doubt_was_confirmed(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, other_ha_mcp: FakeHaMcp
) -> None:
    other_ha_mcp.instance, other_ha_mcp.state = ha_mcp.instance, LINKLESS
    moved = await confirm(hass, await move(hass, watched, other_ha_mcp.url))
    assert moved["reason"] == "reconfigure_successful"
    await settle(hass)

"""Which servers are found in a Home Assistant, whatever the integration that runs one leaves."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ha_mcp_sre.assess.signals import Mode
from custom_components.ha_mcp_sre.detect import InstallState, async_detect
from custom_components.ha_mcp_sre.observe.component import credential, server_url
from tests.fake_ha_mcp import SECRET_PATH

from .inside import server_entry, server_thread

TARGET = f"http://127.0.0.1:9584{SECRET_PATH}"


async def test_where_no_ha_mcp_is_none_is_found(hass: HomeAssistant) -> None:
    assert await async_detect(hass) == ()


async def test_the_entry_for_the_tools_is_no_server(hass: HomeAssistant) -> None:
    server_entry(hass, 9584, entry_type=None)
    assert await async_detect(hass) == ()


async def test_a_server_inside_home_assistant_is_found_with_its_state(hass: HomeAssistant) -> None:
    hass.data["ha_mcp_tools"] = {"webhook": {"target_url": TARGET}}
    server_entry(hass, 9584)
    with server_thread():
        (install,) = await async_detect(hass)
    assert (install.mode, install.state) == (Mode.IN_PROCESS, InstallState.RUNNING)
    assert (install.unique_id, install.name) == ("in_process_server", "HA-MCP Server")
    assert install.url == TARGET


async def test_the_secret_is_not_shown_with_an_install(hass: HomeAssistant) -> None:
    server_entry(hass, 9584)
    (install,) = await async_detect(hass)
    assert SECRET_PATH not in repr(install)


async def test_a_loaded_entry_without_its_thread_has_failed(hass: HomeAssistant) -> None:
    server_entry(hass, 9584)
    (install,) = await async_detect(hass)
    assert install.state is InstallState.FAILED


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (ConfigEntryState.SETUP_IN_PROGRESS, InstallState.STARTING),
        (ConfigEntryState.UNLOAD_IN_PROGRESS, InstallState.STARTING),
        (ConfigEntryState.SETUP_ERROR, InstallState.FAILED),
        (ConfigEntryState.SETUP_RETRY, InstallState.FAILED),
        (ConfigEntryState.MIGRATION_ERROR, InstallState.FAILED),
        (ConfigEntryState.FAILED_UNLOAD, InstallState.FAILED),
        (ConfigEntryState.NOT_LOADED, InstallState.FAILED),
    ],
)
async def test_the_state_of_the_entry_is_that_of_the_server(
    hass: HomeAssistant, state: ConfigEntryState, shown: InstallState
) -> None:
    server_entry(hass, 9584).mock_state(hass, state)
    (install,) = await async_detect(hass)
    assert install.state is shown


async def test_a_disabled_entry_is_a_disabled_server(hass: HomeAssistant) -> None:
    entry = server_entry(hass, 9584)
    entry.mock_state(hass, ConfigEntryState.NOT_LOADED)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    (install,) = await async_detect(hass)
    assert install.state is InstallState.DISABLED


@pytest.mark.parametrize(
    "left",
    [
        None,
        7,
        [],
        object(),
        {},
        {"webhook": None},
        {"webhook": []},
        {"webhook": {}},
        {"webhook": {"target_url": None}},
        {"webhook": {"target_url": 7}},
        {"webhook": {"target_url": "not an address"}},
        {"webhook": {"target_url": "http://[oops"}},
        {"webhook": {"target_url": "http://xn--a/x"}},
        {"webhook": object()},
    ],
)
async def test_an_address_that_is_not_left_is_rebuilt_from_the_entry(
    hass: HomeAssistant, left: Any
) -> None:
    hass.data["ha_mcp_tools"] = left
    server_entry(hass, 9584)
    assert server_url(hass) == TARGET


@pytest.mark.parametrize(
    ("data", "options", "url"),
    [
        ({}, {}, TARGET),
        ({}, {"bind_host": "192.0.2.7"}, f"http://192.0.2.7:9584{SECRET_PATH}"),
        ({}, {"bind_host": "::"}, TARGET),
        ({}, {"bind_host": 7}, None),
        ({}, {"server_port": "many"}, None),
        ({}, {"server_port": 99_999_999}, None),
        ({"secret_path": None}, {}, None),
        ({"secret_path": "no-slash"}, {}, None),
        ({"secret_path": ["/list"]}, {}, None),
    ],
)
async def test_an_address_is_rebuilt_only_from_what_makes_sense(
    hass: HomeAssistant, data: dict[str, Any], options: dict[str, Any], url: str | None
) -> None:
    entry = server_entry(hass, 9584, **data)
    hass.config_entries.async_update_entry(entry, options={"server_port": 9584} | options)
    assert server_url(hass) == url


@pytest.mark.parametrize(("named", "known"), [("abc", "abc"), (None, None), (7, None), ([], None)])
async def test_a_credential_is_the_one_that_the_entry_names(
    hass: HomeAssistant, named: Any, known: str | None
) -> None:
    assert credential(server_entry(hass, 9584, refresh_token_id=named)) == known

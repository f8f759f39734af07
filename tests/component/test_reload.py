"""What comes of reloading the server inside Home Assistant: by real reloads."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlow,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockUser,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

import custom_components.ha_mcp_sre as integration
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe import component
from custom_components.ha_mcp_sre.remedies import Outcome, Remedy, async_apply
from tests.component.conftest import cycle, probe_now
from tests.component.inside import serve, server_thread, watching_inside, write_calls
from tests.component.sessions import minted_token
from tests.component.supervised import until
from tests.component.telling import issues, prompt, the_incident
from tests.component.test_repairs import Http, begin, choose
from tests.fake_ha_mcp import FakeHaMcp


@pytest.fixture(autouse=True)
def at_once(short_policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have incidents at once."""
    policy = replace(prompt(short_policy), order_timeout=1)
    monkeypatch.setattr(integration, "POLICY", policy)


class Component:
    """The integration that runs the server, as far as it can be reloaded."""

    def __init__(self, ha_mcp: FakeHaMcp) -> None:
        """Run this server."""
        assert ha_mcp.server is not None
        self._port = ha_mcp.server.port or 0
        self._ha_mcp = ha_mcp
        self.comes_up = True
        self.works = True
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def set_up(self, _hass: HomeAssistant, _entry: ConfigEntry) -> bool:
        await self.may_go_on.wait()
        if self.comes_up:
            await self._ha_mcp.start(self._port)
        return self.works

    async def unload(self, _hass: HomeAssistant, _entry: ConfigEntry) -> bool:
        await self._ha_mcp.stop()
        return True


@pytest.fixture
def log(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Give Home Assistant a configuration folder of its own; return the usage log in it."""
    hass.config.config_dir = str(tmp_path)
    return component.usage_log(hass)


@pytest.fixture
def runs(hass: HomeAssistant, ha_mcp: FakeHaMcp) -> Iterator[Component]:
    """Install the integration that runs the server."""
    runs = Component(ha_mcp)
    module = MockModule(
        "ha_mcp_tools", async_setup_entry=runs.set_up, async_unload_entry=runs.unload
    )
    mock_integration(hass, module)
    mock_platform(hass, "ha_mcp_tools.config_flow")
    hass.config.components.add("ha_mcp_tools")
    with mock_config_flow("ha_mcp_tools", ConfigFlow):
        yield runs


@pytest.fixture
async def server(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, runs: Component, hass_admin_user: MockUser
) -> MockConfigEntry:
    """Return the config entry that runs the server, with a token that is good."""
    token = await minted_token(hass, hass_admin_user)
    return serve(hass, ha_mcp, refresh_token_id=token.id)


@pytest.fixture
def thread() -> Iterator[None]:
    """Run the server's thread."""
    with server_thread():
        yield


@pytest.fixture
async def inside(
    hass: HomeAssistant,
    ha_mcp: FakeHaMcp,
    log: Path,
    server: MockConfigEntry,
    thread: None,
) -> MockConfigEntry:
    """Return the config entry that watches the server."""
    entry = watching_inside(ha_mcp)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


@pytest.fixture
async def down(hass: HomeAssistant, inside: MockConfigEntry, ha_mcp: FakeHaMcp) -> str:
    """Have the server gone; return the id of its incident."""
    await ha_mcp.stop()
    await cycle(hass, inside)
    return the_incident(inside)


async def test_it_mends_a_server_that_comes_up_again(
    hass: HomeAssistant, inside: MockConfigEntry, down: str
) -> None:
    assert await async_apply(hass, inside, Remedy.RELOAD, down) is Outcome.MENDED


async def test_a_repair_offers_it_and_goes_when_it_helped(
    hass: HomeAssistant,
    inside: MockConfigEntry,
    down: str,
    hass_client: Callable[[], Awaitable[Http]],
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    http = await hass_client()
    step = await begin(hass, http)
    assert step["menu_options"][0] == "reload"
    assert (await choose(hass, http, step, Remedy.RELOAD))["type"] == "create_entry"
    assert issues(hass) == []


async def test_it_does_not_mend_one_that_does_not(
    hass: HomeAssistant, inside: MockConfigEntry, runs: Component, down: str
) -> None:
    runs.comes_up = False
    assert await async_apply(hass, inside, Remedy.RELOAD, down) is Outcome.NOT_MENDED


async def test_an_entry_that_cannot_be_set_up_refuses(
    hass: HomeAssistant, inside: MockConfigEntry, runs: Component, down: str
) -> None:
    runs.comes_up = runs.works = False
    assert await async_apply(hass, inside, Remedy.RELOAD, down) is Outcome.REFUSED


async def test_an_entry_that_cannot_be_reloaded_now_refuses(
    hass: HomeAssistant,
    inside: MockConfigEntry,
    server: MockConfigEntry,
    down: str,
) -> None:
    server.mock_state(hass, ConfigEntryState.FAILED_UNLOAD)
    assert await async_apply(hass, inside, Remedy.RELOAD, down) is Outcome.REFUSED


async def test_a_disabled_entry_is_not_there(
    hass: HomeAssistant,
    inside: MockConfigEntry,
    server: MockConfigEntry,
    down: str,
) -> None:
    await hass.config_entries.async_set_disabled_by(server.entry_id, ConfigEntryDisabler.USER)
    assert await async_apply(hass, inside, Remedy.RELOAD, down) is Outcome.NOT_THERE


async def test_a_removed_entry_is_not_there(
    hass: HomeAssistant,
    inside: MockConfigEntry,
    server: MockConfigEntry,
    down: str,
) -> None:
    await hass.config_entries.async_remove(server.entry_id)
    assert await async_apply(hass, inside, Remedy.RELOAD, down) is Outcome.NOT_THERE


async def test_it_goes_on_when_nobody_waits_for_it(
    hass: HomeAssistant,
    inside: MockConfigEntry,
    server: MockConfigEntry,
    runs: Component,
    down: str,
) -> None:
    runs.may_go_on.clear()
    task = hass.async_create_task(async_apply(hass, inside, Remedy.RELOAD, down))
    await until(lambda: server.state is ConfigEntryState.SETUP_IN_PROGRESS)
    task.cancel()
    runs.may_go_on.set()
    await hass.async_block_till_done()
    assert server.state is ConfigEntryState.LOADED


async def test_who_stops_watching_meanwhile_learns_no_more(
    hass: HomeAssistant,
    inside: MockConfigEntry,
    server: MockConfigEntry,
    runs: Component,
    down: str,
) -> None:
    runs.may_go_on.clear()
    task = hass.async_create_task(async_apply(hass, inside, Remedy.RELOAD, down))
    await until(lambda: server.state is ConfigEntryState.SETUP_IN_PROGRESS)
    await hass.config_entries.async_unload(inside.entry_id)
    runs.may_go_on.set()
    assert await task is Outcome.NOT_WATCHED


async def test_one_that_hangs_is_not_waited_for(
    hass: HomeAssistant, inside: MockConfigEntry, runs: Component, down: str
) -> None:
    runs.may_go_on.clear()
    assert await async_apply(hass, inside, Remedy.RELOAD, down) is Outcome.REFUSED
    runs.may_go_on.set()


async def test_whether_calls_succeed_again_only_calls_can_show(
    hass: HomeAssistant, inside: MockConfigEntry, ha_mcp: FakeHaMcp, log: Path
) -> None:
    for _ in range(6):
        ha_mcp.call("ha_search", code="INTERNAL_ERROR")
    write_calls(log, *ha_mcp.records)
    await probe_now(hass)
    broken = the_incident(inside)
    assert await async_apply(hass, inside, Remedy.PROBE, broken) is Outcome.NOT_MENDED
    assert await async_apply(hass, inside, Remedy.RELOAD, broken) is Outcome.GIVE_IT_TIME

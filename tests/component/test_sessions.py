"""What a person sees of ha-mcp's session with Home Assistant, opened for real."""

from collections.abc import AsyncIterator

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.ha_mcp_sre.address import unique_id
from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.observe.websocket import session_listener
from tests.component.conftest import HEALTH, cycle, probe_now, reload, state
from tests.component.sessions import Link, cut, long_lived_token, until
from tests.component.test_credential_search import nothing, when_asked
from tests.fake_ha_mcp import FakeHaMcp, Instance, plain_answer, tool_error

RECONNECTS = "sensor.ha_mcp_websocket_reconnects"


@pytest.fixture
async def link(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    hass_admin_user: MockUser,
    ha_mcp: FakeHaMcp,
) -> Link:
    """Return the server's way to Home Assistant, by which it checks health when asked to."""
    assert await async_setup_component(hass, "websocket_api", {})
    token = await long_lived_token(hass, hass_admin_user)
    link = Link(hass, await hass_client_no_auth(), token)
    when_asked(ha_mcp, link.check)
    return link


@pytest.fixture
async def bound(hass: HomeAssistant, link: Link, watched: MockConfigEntry) -> MockConfigEntry:
    """Return the config entry of a server whose credential was found."""
    await probe_now(hass)
    assert watched.runtime_data._sessions._credential == link.credential
    return watched


def gaps(hass: HomeAssistant) -> set[str]:
    found = hass.states.get("sensor.ha_mcp_monitoring_gaps")
    assert found is not None
    return {each for each in found.attributes["gaps"] if each.startswith("session_")}


def expected(hass: HomeAssistant) -> tuple[int, int]:
    found = hass.states.get(RECONNECTS)
    assert found is not None
    counts = found.attributes
    return counts["after_server_restart"], counts["after_home_assistant_stop"]


async def settle(hass: HomeAssistant) -> None:
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_session_that_is_older_than_the_integration_is_a_gap_and_not_closed(
    hass: HomeAssistant, link: Link, entry: MockConfigEntry
) -> None:
    session = await link.open(commands=3)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    await probe_now(hass)
    await probe_now(hass)
    assert gaps(hass) == {"session_before_listening"}
    assert entry.runtime_data.data.session.is_open is None
    await session.close()
    session = await link.open(commands=3)
    await probe_now(hass)
    assert gaps(hass) == set()
    assert entry.runtime_data.data.session.is_open is True
    await session.close()


async def test_each_cut_of_the_connection_is_one_reconnect(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link
) -> None:
    session = await link.open(commands=2)
    for count in range(1, 6):
        cut(session)
        await until(lambda: bound.runtime_data.record.sessions.is_open is not True)
        session = await link.open(commands=2)
        await probe_now(hass)
        assert state(hass, RECONNECTS) == str(count)
    assert expected(hass) == (0, 0)
    await session.close()


async def test_sessions_for_single_questions_are_no_reconnects(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link
) -> None:
    session = await link.open(commands=2)
    for _ in range(10):
        await link.check()
    await probe_now(hass)
    assert state(hass, RECONNECTS) == "0"
    assert bound.runtime_data.data.session.is_open is True
    await session.close()


async def test_a_restart_of_the_server_is_counted_apart(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link, ha_mcp: FakeHaMcp
) -> None:
    session = await link.open(commands=2)
    await probe_now(hass)
    await session.close()
    await settle(hass)
    ha_mcp.instance = Instance("instance-2", "worker-2")
    session = await link.open(commands=2)
    await probe_now(hass)
    assert state(hass, RECONNECTS) == "0"
    assert expected(hass) == (1, 0)
    await session.close()


async def test_a_restart_of_a_server_without_settings_page_is_counted_apart_too(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.routes["info"] = plain_answer(404)
    session = await link.open(commands=2)
    await probe_now(hass)
    await session.close()
    await settle(hass)
    ha_mcp.instance = Instance("instance-2", "worker-2")
    session = await link.open(commands=2)
    await cycle(hass, bound)
    await probe_now(hass)
    await probe_now(hass)
    assert state(hass, RECONNECTS) == "0"
    assert expected(hass) == (1, 0)
    await session.close()


async def test_a_session_is_not_shown_as_open_before_its_credential_is_known_again(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link, ha_mcp: FakeHaMcp
) -> None:
    session = await link.open(commands=2)
    await probe_now(hass)
    assert bound.runtime_data.data.session.is_open is True
    await hass.config_entries.async_unload(bound.entry_id)
    await session.close()
    await ha_mcp.stop()
    await hass.config_entries.async_setup(bound.entry_id)
    await settle(hass)
    await probe_now(hass)
    assert bound.runtime_data.data.session.is_open is None
    assert bound.runtime_data.data.credential.accepted is None


async def test_a_search_that_outlives_its_entry_binds_nobody(
    hass: HomeAssistant, link: Link, watched: MockConfigEntry
) -> None:
    sessions = watched.runtime_data._sessions
    await hass.config_entries.async_unload(watched.entry_id)
    await sessions.async_search()
    assert sessions._credential is None


async def test_a_session_that_ends_starts_a_look_at_the_link_at_once(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link, ha_mcp: FakeHaMcp
) -> None:
    session = await link.open(commands=2)
    await probe_now(hass)
    ha_mcp.requests.clear()
    cut(session)
    await until(lambda: "ha_eval_template" in ha_mcp.requests)
    await settle(hass)


async def test_a_session_that_opens_tells_that_a_server_is_back(
    hass: HomeAssistant, bound: MockConfigEntry, ha_mcp: FakeHaMcp, link: Link
) -> None:
    port = URL(ha_mcp.url).port or 0
    await ha_mcp.stop()
    await cycle(hass, bound)
    assert state(hass, HEALTH) == "down"

    await ha_mcp.start(port)
    await link.open()

    await until(lambda: state(hass, HEALTH) == "healthy")
    await settle(hass)


async def test_a_reload_of_the_entry_misses_nothing(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link
) -> None:
    session = await link.open(commands=2)
    await probe_now(hass)
    await hass.config_entries.async_unload(bound.entry_id)
    cut(session)
    session = await link.open(commands=2)
    await hass.config_entries.async_setup(bound.entry_id)
    await settle(hass)
    await probe_now(hass)
    await probe_now(hass)
    assert state(hass, RECONNECTS) == "1"
    await session.close()


async def test_counts_survive_a_restart_of_home_assistant(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link
) -> None:
    session = await link.open(commands=2)
    cut(session)
    await until(lambda: bound.runtime_data.record.sessions.is_open is False)
    session = await link.open(commands=2)
    await probe_now(hass)
    await session.close()
    await reload(hass, bound)
    assert bound.runtime_data.record.sessions.reconnects == 1


async def test_a_server_of_another_home_opens_no_session_here(
    hass: HomeAssistant, link: Link, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    when_asked(ha_mcp, nothing)
    await probe_now(hass)
    await probe_now(hass)
    assert gaps(hass) == {"session_no_session"}
    assert state(hass, RECONNECTS) == "unknown"


async def test_a_server_that_may_not_check_its_health_cannot_show_its_session(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.tools["ha_get_system_health"] = tool_error("USER_APPROVAL_REQUIRED")
    for _ in range(3):
        await probe_now(hass)
    assert gaps(hass) == {"session_tool_refused"}
    assert ha_mcp.requests.count("ha_get_system_health") <= 2


@pytest.mark.parametrize("settings_page", [True, False])
async def test_the_credential_is_searched_for_again_after_a_restart_of_the_server(
    hass: HomeAssistant,
    bound: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    hass_admin_user: MockUser,
    ha_mcp: FakeHaMcp,
    settings_page: bool,
) -> None:
    if not settings_page:
        ha_mcp.routes["info"] = plain_answer(404)
        await probe_now(hass)
    token = await long_lived_token(hass, hass_admin_user, "new")
    new = Link(hass, await hass_client_no_auth(), token)
    when_asked(ha_mcp, new.check)
    ha_mcp.instance = Instance("instance-2", "worker-2")
    for _ in range(3):
        await probe_now(hass)
    assert bound.runtime_data._sessions._credential == new.credential


async def test_a_token_that_is_revoked_is_seen_at_once(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link
) -> None:
    assert bound.runtime_data.data.credential.accepted is True
    token = hass.auth.async_get_refresh_token(link.credential)
    assert token is not None
    hass.auth.async_remove_refresh_token(token)
    await settle(hass)
    assert bound.runtime_data.data.credential.accepted is False
    assert gaps(hass) == {"session_credential_gone"}


async def test_a_token_that_was_renamed_is_the_same_token(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link
) -> None:
    token = hass.auth.async_get_refresh_token(link.credential)
    assert token is not None
    token.client_name = "another name"
    await probe_now(hass)
    assert bound.runtime_data.data.credential.accepted is True
    assert gaps(hass) == {"session_before_listening"}


@pytest.fixture
async def second(hass: HomeAssistant, link: Link) -> AsyncIterator[FakeHaMcp]:
    """Return another server, which uses the same token."""
    server = FakeHaMcp(instance=Instance("instance-2", "worker-2"))
    await server.start()
    when_asked(server, link.check)
    yield server
    await server.stop()


async def test_two_servers_with_one_token_are_not_told_apart_by_a_guess(
    hass: HomeAssistant, bound: MockConfigEntry, second: FakeHaMcp
) -> None:
    other = MockConfigEntry(
        domain=DOMAIN,
        title="second",
        unique_id=unique_id(second.url),
        data={"mode": "http", "url": second.url, "verify_ssl": True},
    )
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    await settle(hass)
    for each in (other, bound):
        await each.runtime_data.async_probe_now()
    await probe_now(hass)
    assert gaps(hass) == {"session_shared_credential"}
    assert bound.runtime_data.data.session.is_open is None
    assert await hass.config_entries.async_remove(other.entry_id)
    await probe_now(hass)
    assert gaps(hass) == {"session_before_listening"}


async def test_after_the_last_server_nobody_listens(
    hass: HomeAssistant, bound: MockConfigEntry, link: Link
) -> None:
    listener = session_listener(hass)
    session = await link.open(commands=2)
    assert listener.sessions(link.credential)
    await hass.config_entries.async_remove(bound.entry_id)
    await settle(hass)
    assert all(each.closed_at is not None for each in listener.sessions(link.credential))
    assert session_listener(hass) is not listener
    await session.close()

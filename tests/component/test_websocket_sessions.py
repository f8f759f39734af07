"""ha-mcp's sessions as Home Assistant's own WebSocket API sees them."""

from aiohttp import ClientWebSocketResponse
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.websocket_api import current_connection
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.http import current_request
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ha_mcp_sre.assess.observation import Session
from custom_components.ha_mcp_sre.observe.websocket import SessionListener, session_listener
from tests.component.sessions import Link, cut, long_lived_token, until


@pytest.fixture
async def link(
    hass: HomeAssistant,
    hass_admin_user: MockUser,
    hass_client_no_auth: ClientSessionGenerator,
) -> Link:
    """Return a client with a long-lived token."""
    assert await async_setup_component(hass, "websocket_api", {})
    token = await long_lived_token(hass, hass_admin_user)
    return Link(hass, await hass_client_no_auth(), token)


@pytest.fixture
def listener(hass: HomeAssistant) -> SessionListener:
    """Return the listener, which was there before every session."""
    return session_listener(hass)


def only(listener: SessionListener, link: Link) -> Session:
    (session,) = listener.sessions(link.credential)
    return session


async def closed(listener: SessionListener, link: Link) -> Session:
    """Return the only session once it has closed."""
    await until(lambda: only(listener, link).closed_at is not None)
    return only(listener, link)


async def test_a_session_is_seen_to_open(listener: SessionListener, link: Link) -> None:
    await link.open()
    session = only(listener, link)
    assert session.credential == link.credential
    assert session.closed_at is None
    assert session.commands == 0


async def test_its_commands_are_counted_while_it_is_open(
    listener: SessionListener, link: Link
) -> None:
    await link.open(commands=3)
    assert only(listener, link).commands == 3


async def test_a_session_is_seen_to_be_closed(listener: SessionListener, link: Link) -> None:
    websocket = await link.open(commands=2)
    await websocket.close()
    session = await closed(listener, link)
    assert session.closed_at is not None
    assert session.closed_at >= session.opened_at
    assert session.commands == 2
    assert not session.home_assistant_stopped


async def test_a_session_is_seen_to_be_cut(listener: SessionListener, link: Link) -> None:
    cut(await link.open(commands=2))
    session = await closed(listener, link)
    assert session.commands == 2
    assert not session.home_assistant_stopped


async def test_a_session_that_home_assistant_ends_when_it_stops_says_so(
    hass: HomeAssistant, listener: SessionListener, link: Link
) -> None:
    websocket = await link.open()
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    session = await closed(listener, link)
    assert session.home_assistant_stopped
    cut(websocket)
    hass.set_state(CoreState.running)


@pytest.mark.parametrize("agent", ["Mozilla/5.0", "Python/3.14 aiohttp/3.14", ""])
async def test_other_clients_are_none_of_our_business(
    listener: SessionListener, link: Link, agent: str
) -> None:
    websocket = await link.open(agent=agent)
    await websocket.close()
    await link.open()
    assert only(listener, link).closed_at is None


async def test_sessions_of_another_credential_are_kept_apart(
    hass: HomeAssistant,
    listener: SessionListener,
    link: Link,
    hass_admin_user: MockUser,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    token = await long_lived_token(hass, hass_admin_user, "another")
    other = Link(hass, await hass_client_no_auth(), token)
    await link.open()
    await other.open()
    await other.check()
    assert len(listener.sessions(link.credential)) == 1
    await until(lambda: len(listener.sessions(other.credential)) == 2)
    assert only(listener, link).closed_at is None


async def test_a_session_older_than_the_listener_is_not_seen(
    hass: HomeAssistant, link: Link
) -> None:
    websocket = await link.open()
    listener = session_listener(hass)
    await websocket.close()
    await link.open()
    assert only(listener, link).closed_at is None


async def test_there_is_one_listener_whoever_asks_for_it(
    hass: HomeAssistant, listener: SessionListener, link: Link
) -> None:
    assert session_listener(hass) is listener
    await link.open()
    assert len(listener.sessions(link.credential)) == 1


async def test_a_listener_that_stopped_leaves_open_connections_as_they_were(
    hass: HomeAssistant, listener: SessionListener, link: Link
) -> None:
    websocket = await link.open()
    ((connection, _),) = listener._open.values()
    before = set(connection.subscriptions)
    listener.stop()
    left = before - set(connection.subscriptions)
    assert len(left) == 1
    assert left < before, "what Home Assistant itself subscribed stays"
    await websocket.close()
    await link.open()
    assert listener.sessions(link.credential) == ()


async def test_after_a_stop_another_listener_begins_with_new_keys(
    hass: HomeAssistant, listener: SessionListener, link: Link
) -> None:
    await link.open()
    before = only(listener, link).key
    listener.stop()
    after = session_listener(hass)
    assert after is not listener
    await link.open()
    assert only(after, link).key > before


async def test_subscribers_are_told_of_both_ends_outside_of_the_connection(
    listener: SessionListener, link: Link
) -> None:
    told: list[Session] = []
    contexts: list[object] = []

    def note(session: Session) -> None:
        told.append(session)
        contexts.extend((current_connection.get(), current_request.get()))

    listener.subscribe(note)
    await link.check()
    await until(lambda: len(told) == 2)
    opened, ended = told
    assert opened.key == ended.key
    assert (opened.closed_at, opened.commands) == (None, 0)
    assert (ended.closed_at is not None, ended.commands) == (True, 1)
    assert contexts == [None] * 4


async def test_who_unsubscribed_is_not_told_and_others_are(
    listener: SessionListener, link: Link
) -> None:
    told: list[str] = []
    first = listener.subscribe(lambda _session: told.append("first"))
    listener.subscribe(lambda _session: told.append("second"))
    first()
    first()
    await link.open()
    await until(lambda: bool(told))
    assert told == ["second"]


async def test_who_unsubscribes_while_others_are_told_is_not_told_any_more(
    listener: SessionListener, link: Link
) -> None:
    told: list[str] = []

    def first(_session: Session) -> None:
        told.append("first")
        end_second()

    def third(_session: Session) -> None:
        told.append("third")

    listener.subscribe(first)
    end_second = listener.subscribe(lambda _session: told.append("second"))
    listener.subscribe(third)
    await link.open()
    await until(lambda: "third" in told)
    assert told == ["first", "third"]


async def test_each_of_two_subscriptions_of_one_function_ends_by_itself(
    listener: SessionListener, link: Link
) -> None:
    told: list[Session] = []
    end = listener.subscribe(told.append)
    listener.subscribe(told.append)
    end()
    end()
    await link.check()
    await until(lambda: len(told) == 2)
    assert [each.closed_at is None for each in told] == [True, False]


async def test_old_closed_sessions_are_forgotten(listener: SessionListener, link: Link) -> None:
    for _ in range(101):
        await link.check()
    await until(lambda: all(each.closed_at for each in listener.sessions(link.credential)))
    sessions = listener.sessions(link.credential)
    assert len(sessions) == 100
    assert sessions[0].key + 99 == sessions[-1].key


async def test_the_credential_used_longest_ago_is_forgotten_first(
    hass: HomeAssistant,
    listener: SessionListener,
    hass_admin_user: MockUser,
    hass_client_no_auth: ClientSessionGenerator,
    link: Link,
) -> None:
    http = await hass_client_no_auth()
    others = []
    for number in range(50):
        token = await long_lived_token(hass, hass_admin_user, f"{number}")
        others.append(Link(hass, http, token))
    await others[0].check()
    await link.check()
    for other in others:
        await other.check()
    await until(lambda: bool(listener.sessions(others[-1].credential)))
    await until(lambda: bool(listener.sessions(others[-1].credential)[0].closed_at))
    assert listener.sessions(link.credential) == ()
    assert len(listener.sessions(others[0].credential)) == 2


async def test_a_clock_that_was_set_back_is_no_obstacle(
    listener: SessionListener, link: Link, freezer: FrozenDateTimeFactory
) -> None:
    websocket: ClientWebSocketResponse = await link.open()
    freezer.tick(-3600)
    await websocket.close()
    session = await closed(listener, link)
    assert session.closed_at == session.opened_at - 3600

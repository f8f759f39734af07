"""Which credential a server uses, from the session that it opens when asked to."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
import time
from typing import Any

from aiohttp import web
from homeassistant.auth.models import RefreshToken
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.credential import (
    TOOL,
    Unbound,
    find_credential,
)
from custom_components.ha_mcp_sre.observe.journal import Journal
from custom_components.ha_mcp_sre.observe.mcp import McpClient
from custom_components.ha_mcp_sre.observe.websocket import session_listener
from tests.component.sessions import Link, cut, long_lived_token
from tests.fake_ha_mcp import FakeHaMcp, plain_answer, tool_answer, tool_error

type Act = Callable[[], Coroutine[Any, Any, object]]


@pytest.fixture
async def token(hass: HomeAssistant, hass_admin_user: MockUser) -> RefreshToken:
    """Return the server's credential."""
    return await long_lived_token(hass, hass_admin_user)


@pytest.fixture
async def link(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, token: RefreshToken
) -> Link:
    """Return the server's way to Home Assistant."""
    assert await async_setup_component(hass, "websocket_api", {})
    return Link(hass, await hass_client_no_auth(), token)


@pytest.fixture
async def other(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    hass_admin_user: MockUser,
    link: Link,
) -> Link:
    """Return the way of another server."""
    token = await long_lived_token(hass, hass_admin_user, "another")
    return Link(hass, await hass_client_no_auth(), token)


@pytest.fixture
async def client(hass: HomeAssistant, ha_mcp: FakeHaMcp) -> McpClient:
    """Return a client of the fake ha-mcp."""
    return client_of(hass, ha_mcp)


def client_of(hass: HomeAssistant, ha_mcp: FakeHaMcp) -> McpClient:
    return McpClient(
        async_get_clientsession(hass),
        ha_mcp.url,
        limit=Policy().answer_limit,
        clock=time.time,
        journal=Journal(),
    )


def when_asked(ha_mcp: FakeHaMcp, *acts: Act) -> None:
    """Have the server do one thing at each call for its health, and the last at every further."""
    left = list(acts)

    async def answer(request: web.Request) -> web.StreamResponse:
        await (left.pop(0) if len(left) > 1 else left[0])()
        return await ha_mcp._play(tool_answer({"success": True}), request)

    ha_mcp.tools[TOOL] = answer


async def nothing() -> None:
    """Open no session."""


async def find(hass: HomeAssistant, client: McpClient) -> str | Unbound:
    policy = replace(Policy(), credential_timeout=1)
    return await find_credential(client, session_listener(hass), policy)


async def test_the_credential_is_that_of_the_session_which_a_call_opens(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link
) -> None:
    when_asked(ha_mcp, link.check)
    found = await find(hass, client)
    assert found == link.credential
    assert not isinstance(found, Unbound)
    assert ha_mcp.requests == [TOOL, TOOL]
    assert ha_mcp.asked == [{}, {}]


async def test_the_session_may_close_a_moment_after_the_answer(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link
) -> None:
    async def close_later() -> None:
        websocket = await link.open(commands=1)
        asyncio.get_running_loop().call_later(0.1, cut, websocket)

    when_asked(ha_mcp, close_later)
    assert await find(hass, client) == link.credential


async def test_sessions_that_stay_open_beside_it_do_not_matter(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link, other: Link
) -> None:
    session_listener(hass)
    await other.open(commands=2)

    async def open_both() -> None:
        await link.open(commands=2)
        await link.check()

    when_asked(ha_mcp, open_both, link.check)
    assert await find(hass, client) == link.credential


async def test_a_session_that_closes_only_during_the_call_is_not_the_one(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link, other: Link
) -> None:
    session_listener(hass)
    older = await other.open(commands=2)

    async def check_while_another_closes() -> None:
        await older.close()
        await link.check()

    when_asked(ha_mcp, check_while_another_closes, link.check)
    assert await find(hass, client) == link.credential


async def test_a_server_that_opens_no_session_here_is_not_bound(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link
) -> None:
    when_asked(ha_mcp, nothing)
    assert await find(hass, client) is Unbound.NO_SESSION
    assert ha_mcp.requests == [TOOL]


async def test_a_session_of_the_server_that_stays_open_proves_nothing(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link
) -> None:
    when_asked(ha_mcp, link.open)
    assert await find(hass, client) is Unbound.NO_SESSION


async def test_two_credentials_during_one_call_are_not_told_apart(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link, other: Link
) -> None:
    async def check_both() -> None:
        await link.check()
        await other.check()

    when_asked(ha_mcp, check_both)
    assert await find(hass, client) is Unbound.AMBIGUOUS


async def test_a_session_of_another_server_by_chance_is_not_believed(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link, other: Link
) -> None:
    for second in (other.check, nothing):
        when_asked(ha_mcp, link.check, second)
        assert await find(hass, client) is Unbound.AMBIGUOUS


async def test_two_servers_that_are_asked_at_once_are_both_told(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link, other: Link
) -> None:
    second = FakeHaMcp()
    await second.start()
    when_asked(ha_mcp, link.check)
    when_asked(second, other.check)
    mine, theirs = await asyncio.gather(find(hass, client), find(hass, client_of(hass, second)))
    assert (mine, theirs) == (link.credential, other.credential)
    await second.stop()


@pytest.mark.parametrize("code", ["USER_APPROVAL_REQUIRED", "READ_ONLY_MODE"])
async def test_a_tool_that_policy_refuses_leaves_the_server_unbound(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, code: str
) -> None:
    ha_mcp.tools[TOOL] = tool_error(code)
    assert await find(hass, client) is Unbound.REFUSED


async def test_a_tool_that_the_server_does_not_have_leaves_it_unbound(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    assert await find(hass, client) is Unbound.REFUSED


async def test_a_call_that_fails_leaves_the_server_unbound(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    for answer in (tool_error("CONNECTION_FAILED"), plain_answer(500)):
        ha_mcp.tools[TOOL] = answer
        assert await find(hass, client) is Unbound.FAILED


async def test_a_server_that_cannot_be_reached_is_unbound(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    assert await find(hass, client) is Unbound.FAILED


async def test_a_server_that_does_not_answer_in_time_is_unbound(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp
) -> None:
    answer = asyncio.Event()
    when_asked(ha_mcp, answer.wait)
    assert await find(hass, client) is Unbound.FAILED
    answer.set()


async def test_a_second_call_that_fails_leaves_the_server_unbound(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link
) -> None:
    async def check_and_break() -> None:
        await link.check()
        ha_mcp.tools[TOOL] = plain_answer(500)

    when_asked(ha_mcp, check_and_break)
    assert await find(hass, client) is Unbound.FAILED


async def test_nobody_is_told_of_sessions_after_the_search(
    hass: HomeAssistant, client: McpClient, ha_mcp: FakeHaMcp, link: Link
) -> None:
    when_asked(ha_mcp, link.check)
    await find(hass, client)
    ha_mcp.tools[TOOL] = plain_answer(500)
    await find(hass, client)
    assert session_listener(hass)._subscribers == []

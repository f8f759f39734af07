"""How long a credential lasts, and that its end is noticed."""

from datetime import timedelta
import time

from homeassistant.auth.models import RefreshToken
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ha_mcp_sre.observe.credential import (
    CredentialStatus,
    credential_status,
    on_revoked,
)
from custom_components.ha_mcp_sre.observe.websocket import session_listener
from tests.component.sessions import Link, cut, long_lived_token, minted_token, until

YEAR = timedelta(days=365).total_seconds()


@pytest.fixture
async def token(hass: HomeAssistant, hass_admin_user: MockUser) -> RefreshToken:
    """Return the server's credential."""
    return await long_lived_token(hass, hass_admin_user)


async def test_a_long_lived_token_lasts_from_its_creation(
    hass: HomeAssistant, token: RefreshToken
) -> None:
    expires_at = token.created_at.timestamp() + YEAR
    for minted_at in (None, 1_795_400_000.0):
        status = credential_status(hass, token.id, minted_at)
        assert status == CredentialStatus(expires_at)


async def test_a_minted_token_lasts_from_the_start_of_the_server(
    hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    token = await minted_token(hass, hass_admin_user)
    status = credential_status(hass, token.id, 1_795_400_000.0)
    assert status == CredentialStatus(1_795_400_000.0 + 10 * YEAR)
    assert credential_status(hass, token.id, None) == CredentialStatus(None)


async def test_a_token_that_never_really_expires_has_a_date_all_the_same(
    hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    token = await minted_token(hass, hass_admin_user)
    token.access_token_expiration = timedelta.max
    status = credential_status(hass, token.id, 0)
    assert status is not None
    assert status.expires_at is not None
    assert time.gmtime(status.expires_at).tm_year < 10_000


async def test_a_revoked_credential_has_no_status(hass: HomeAssistant, token: RefreshToken) -> None:
    hass.auth.async_remove_refresh_token(token)
    assert credential_status(hass, token.id, None) is None
    assert credential_status(hass, "unknown", 0) is None


async def test_the_status_names_nobody(hass: HomeAssistant, token: RefreshToken) -> None:
    shown = repr(credential_status(hass, token.id, None))
    assert token.client_name is not None
    assert token.client_name not in shown
    assert token.id not in shown


async def test_a_revocation_is_told_and_the_session_ends(
    hass: HomeAssistant, token: RefreshToken, hass_client_no_auth: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "websocket_api", {})
    link = Link(hass, await hass_client_no_auth(), token)
    listener = session_listener(hass)
    websocket = await link.open(commands=2)
    told: list[str] = []

    def note() -> None:
        told.append(token.id)
        stop_listening()

    stop_listening = on_revoked(hass, token.id, note)
    hass.auth.async_remove_refresh_token(token)
    await until(lambda: told == [token.id])
    await until(lambda: listener.sessions(token.id)[0].closed_at is not None)
    cut(websocket)


async def test_who_does_not_listen_any_more_is_not_told_of_a_revocation(
    hass: HomeAssistant, token: RefreshToken
) -> None:
    told: list[str] = []
    on_revoked(hass, token.id, lambda: told.append("first"))()
    on_revoked(hass, token.id, lambda: told.append("second"))
    hass.auth.async_remove_refresh_token(token)
    await until(lambda: bool(told))
    assert told == ["second"]

"""The credential with which ha-mcp reaches Home Assistant: which it is, and how long it lasts."""

import asyncio
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from enum import StrEnum

from homeassistant.auth.models import TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..assess.observation import Session
from ..assess.policy import Policy
from .failures import McpError
from .mcp import McpClient
from .plain import LATEST
from .websocket import SessionListener

TOOL = "ha_get_system_health"
"""Reads only, and opens a session of its own for it, which it closes before it answers."""

_SETTLING = 1.0
"""Seconds after the answer in which that session may still be seen to close."""


class Unbound(StrEnum):
    """Why a server's credential is not known."""

    NO_SESSION = "no_session"
    AMBIGUOUS = "ambiguous"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CredentialStatus:
    """What Home Assistant knows of a credential that it still accepts.

    `expires_at` is in Unix seconds, None where it depends on what is not known.
    """

    expires_at: float | None


async def find_credential(
    client: McpClient, listener: SessionListener, policy: Policy
) -> str | Unbound:
    """Return which credential the server uses, by having it open a session.

    Asked twice, because another server may open one at the same moment: only one that is alone
    both times is the server's. NO_SESSION is a server of another Home Assistant, or one that
    comes in through Supervisor.
    """
    async with listener.provoking:
        first = await _used_for_a_call(client, listener, policy)
        if isinstance(first, Unbound):
            return first
        if not first:
            return Unbound.NO_SESSION
        second = await _used_for_a_call(client, listener, policy)
    if isinstance(second, Unbound):
        return second
    return first.pop() if len(first) == 1 and first == second else Unbound.AMBIGUOUS


async def _used_for_a_call(
    client: McpClient, listener: SessionListener, policy: Policy
) -> set[str] | Unbound:
    """Return the credentials of all sessions that opened and closed because of one call."""
    opened: set[int] = set()
    used: set[str] = set()
    closed = asyncio.Event()

    def note(session: Session) -> None:
        if session.closed_at is None:
            opened.add(session.key)
        elif session.key in opened:
            opened.remove(session.key)
            used.add(session.credential)
            closed.set()

    unsubscribe = listener.subscribe(note)
    try:
        answer = await client.call_tool(TOOL, {}, policy.credential_timeout)
        if answer.is_error:
            return Unbound.REFUSED if answer.is_refused else Unbound.FAILED
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLING):
                while opened:
                    closed.clear()
                    await closed.wait()
    except McpError:
        return Unbound.FAILED
    finally:
        unsubscribe()
    return used


def credential_status(
    hass: HomeAssistant, credential: str, minted_at: float | None
) -> CredentialStatus | None:
    """Return the state of a credential, None if there is no such any more.

    A long-lived token lasts from its creation. From any other credential a server mints a token
    when it starts: that lasts from `minted_at`, and None is unknown.
    """
    token = hass.auth.async_get_refresh_token(credential)
    if token is None:
        return None
    long_lived = token.token_type == TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN
    begun = token.created_at.timestamp() if long_lived else minted_at
    if begun is None:
        return CredentialStatus(None)
    expires_at = begun + token.access_token_expiration.total_seconds()
    return CredentialStatus(min(expires_at, LATEST))


@callback
def on_revoked(hass: HomeAssistant, credential: str, tell: CALLBACK_TYPE) -> CALLBACK_TYPE:
    """Have it told when a credential is revoked, until the function that this returns is called."""

    @callback
    def revoked() -> None:
        # Home Assistant is going through all who want to know, connections to cut among them:
        # what one of us raises, or whom it takes off the list, must not stop that.
        hass.loop.call_soon(tell, context=Context())

    return hass.auth.async_register_revoke_token_callback(credential, revoked)

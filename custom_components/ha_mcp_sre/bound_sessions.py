"""The sessions of one credential, at Home Assistant's end of the connection."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import override

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .assess.assessment import Credential, SessionFacts
from .assess.gaps import Sight
from .assess.observation import Outcome, Probe, Session
from .assess.policy import Policy
from .assess.sessions import Cause, follow
from .assess.signals import Source
from .clock import ticks, wall_clock
from .const import DOMAIN
from .observe import component
from .observe.credential import (
    CredentialStatus,
    Unbound,
    credential_status,
    find_credential,
    on_revoked,
)
from .observe.mcp import McpClient
from .observe.websocket import session_listener
from .record import Record
from .session_source import SessionSource

_CREDENTIALS: HassKey[dict[str, str]] = HassKey(f"{DOMAIN}_credentials")

_SEEN: HassKey[set[str]] = HassKey(f"{DOMAIN}_entries_seen")
"""The entries that were set up in this run of Home Assistant, in which no older session lives."""

REASONS = {
    Unbound.NO_SESSION: "no_session",
    Unbound.AMBIGUOUS: "ambiguous",
    Unbound.REFUSED: "tool_refused",
    Unbound.FAILED: "unanswered",
}
"""Why the session of a server cannot be told, as the reason of a gap."""

_WAITS: Mapping[Unbound, Callable[[Policy], float]] = {
    Unbound.NO_SESSION: lambda policy: policy.no_session_interval,
    Unbound.AMBIGUOUS: lambda policy: policy.tool_stage_interval,
    Unbound.REFUSED: lambda policy: policy.refused_stage_interval,
    Unbound.FAILED: lambda policy: policy.tool_stage_interval,
}
"""After which time a search that found nothing is repeated."""


def _nothing() -> None:
    """Do nothing: there is nobody to tell."""


def credential_ids(hass: HomeAssistant) -> Mapping[str, str]:
    """Return the credentials that are known now, by the config entries of their servers."""
    return hass.data.get(_CREDENTIALS, {})


class BoundSessions(SessionSource):
    """The sessions of the server whose credential is known.

    The config entry of an in-process server names the credential. Any other server is asked to
    open a session, and whose that is shows the credential.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        client: McpClient,
        record: Record,
        policy: Policy,
        *,
        named: bool = False,
    ) -> None:
        """Follow the sessions of a server, whose config entry may name its credential."""
        self._hass = hass
        self._entry_id = entry_id
        self._named = named
        self._client = client
        self._record = record
        self._policy = policy
        self._listener = session_listener(hass)
        if entry_id not in (seen := hass.data.setdefault(_SEEN, set())):
            seen.add(entry_id)
            record.sessions = record.sessions.after_home_assistant_start()
        self._bound: str | Unbound | None = None
        self._search_due = 0.0
        self._known: set[str] = set()
        self._is_over = False
        self._linked = False
        self._down = False
        self._life_seen_at: float | None = None
        self._look = self._forget_revocation = _nothing

    @override
    def follow(self, look: Callable[[], None]) -> Callable[[], None]:
        """Have `look` called when a session ends, or shows a server back, or its token is revoked."""
        self._look = look
        unsubscribe = self._listener.subscribe(self._heard)

        @callback
        def end() -> None:
            unsubscribe()
            self._bind(None)
            # A search that is still on its way binds nobody.
            self._is_over = True

        return end

    @override
    def take_in(self, found: Probe, *, linked: bool | None) -> None:
        """Take in whether the server is linked, and when it last named its life."""
        self._linked = linked is True
        self._down = found.endpoint.outcome is Outcome.FAILED
        if found.identity is not None and found.identity.instance is not None:
            self._life_seen_at = found.at
        if self._named:
            entry = component.server_entry(self._hass)
            self._bind(None if entry is None else component.credential(entry))
        self._evaluate()

    @override
    def start_anew(self) -> None:
        """Search for the credential again: a new token may be why the server was restarted."""
        self._search_due = 0.0
        if self._status() is None:
            # What is gone is no longer this server's: it was started with another one.
            self._bind(None)

    @override
    def is_search_due(self, now: float) -> bool:
        """Return whether the credential is to be found by a search, which needs a link."""
        return not self._named and self._linked and now >= self._search_due

    @override
    async def async_search(self) -> None:
        """Have the server open a session, and see whose it is."""
        self._search_due = float("inf")
        found = await find_credential(self._client, self._listener, self._policy)
        if not isinstance(found, str):
            self._search_due = ticks() + _WAITS[found](self._policy)
        self._bind(found)
        self._evaluate()

    @override
    def facts(self) -> SessionFacts:
        """Return what is known of the session; of now nothing where others look like it."""
        state = self._record.sessions
        # Until a session was seen, a lost one would not have been seen either.
        unseen = state.is_open is None and not state.reconnects
        facts = SessionFacts(
            reconnects=None if unseen else state.reconnects,
            expected={
                Cause.SERVER_RESTART: state.server_restarts,
                Cause.HOME_ASSISTANT_STOP: state.home_assistant_stops,
            },
            last_disconnect=state.last_disconnect,
            last_cause=state.last_cause,
        )
        if self._credential is None or self._reason() is not None:
            return facts
        return replace(facts, is_open=state.is_open, opened_at=state.opened_at)

    @override
    def credential(self, *, rejected: bool, linked: bool | None) -> Credential:
        """Return what the credential store and the tool checks say of the token."""
        status = self._status()
        gone = self._credential is not None and status is None
        accepted = True if linked or self.facts().is_open else None
        return Credential(
            accepted=False if rejected or gone else accepted,
            expires_at=None if status is None else status.expires_at,
        )

    @override
    def sight(self, *, linked: bool | None) -> Sight:
        """Return what shows the session, or why nothing does."""
        if (reason := self._reason()) is not None:
            return reason
        if self._credential is None:
            return None
        if self._record.sessions.is_open is None:
            # The link works, so there is a session.
            return "before_listening" if linked else None
        return Source.WEBSOCKET_API

    @override
    def expiry_sight(self) -> Sight:
        """Return what shows when the token expires, or why nothing does."""
        reason = self._reason()
        if reason is not None and reason != "shared_credential":
            return reason
        if (status := self._status()) is None:
            return None
        return "start_unknown" if status.expires_at is None else Source.CREDENTIAL_STORE

    @property
    def _credential(self) -> str | None:
        return None if isinstance(self._bound, Unbound) else self._bound

    def _reason(self) -> str | None:
        if isinstance(self._bound, Unbound):
            return REASONS[self._bound]
        if self._bound is None:
            return "not_named" if self._named and self._life_seen_at is not None else None
        if self._status() is None:
            return "credential_gone"
        others = self._hass.data[_CREDENTIALS].values()
        if self._record.sessions.shared or list(others).count(self._bound) > 1:
            return "shared_credential"
        return None

    def _status(self) -> CredentialStatus | None:
        if self._credential is None:
            return None
        return credential_status(self._hass, self._credential, self._record.server.started_at)

    def _bind(self, bound: str | Unbound | None) -> None:
        if bound == self._bound or self._is_over:
            return
        self._bound = bound
        self._forget_revocation()
        self._forget_revocation = _nothing
        credentials = self._hass.data.setdefault(_CREDENTIALS, {})
        if self._credential is None:
            credentials.pop(self._entry_id, None)
            return
        credentials[self._entry_id] = self._credential
        # A session of the credential before may still end.
        self._known.add(self._credential)
        self._forget_revocation = on_revoked(self._hass, self._credential, self._look)

    @callback
    def _heard(self, session: Session) -> None:
        if session.credential not in self._known:
            return
        was_open = self._record.sessions.is_open
        self._evaluate()
        # One that opens is the first that is heard of a server that was down.
        if self._down or (was_open and not self._record.sessions.is_open):
            self._look()

    def _evaluate(self) -> None:
        if self._credential is None:
            return
        sessions = [each for known in self._known for each in self._listener.sessions(known)]
        state = follow(
            self._record.sessions,
            sessions,
            now=wall_clock(),
            life=self._record.server.life,
            life_seen_at=self._life_seen_at,
            policy=self._policy,
        )
        if state != self._record.sessions:
            self._record.sessions = state
            self._record.save_later()

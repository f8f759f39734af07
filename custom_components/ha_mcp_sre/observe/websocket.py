"""ha-mcp's sessions, as Home Assistant's own WebSocket API sees them.

A session is seen if it opened after the listening began: Home Assistant says who is connected
only when a connection is made.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from dataclasses import replace
from functools import partial
from itertools import count

from homeassistant.components.websocket_api import ActiveConnection, current_connection
from homeassistant.components.websocket_api.const import SIGNAL_WEBSOCKET_CONNECTED
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.http import current_request
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..assess.observation import Session
from ..const import DOMAIN

_LISTENER: HassKey[SessionListener] = HassKey(f"{DOMAIN}_session_listener")

_CLIENT = "websockets/"
"""How ha-mcp's client library names itself, behind the version of Python."""

_CLOSED_KEPT = 100
"""Closed sessions of one credential that are kept."""

_CREDENTIALS_KEPT = 50
"""Credentials whose closed sessions are kept; each ha-mcp has one."""

_SUBSCRIPTION = f"{DOMAIN}_session"

# Also after another listener took over, no session gets the key of an older one.
_KEYS = count(1)


class SessionListener:
    """Every session of the kind that ha-mcp opens, whichever server it belongs to."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen from now on."""
        self._hass = hass
        self._open: dict[int, tuple[ActiveConnection, Session]] = {}
        self._closed: dict[str, deque[Session]] = {}
        self._subscribers: list[Callable[[Session], None]] = []
        self.provoking = asyncio.Lock()
        """Held by who has ha-mcp open a session, to tell it from what another has it open."""
        self._disconnect = async_dispatcher_connect(
            hass, SIGNAL_WEBSOCKET_CONNECTED, self._connected
        )

    @callback
    def stop(self) -> None:
        """Stop listening, and leave nothing behind in the connections that go on."""
        self._disconnect()
        for connection, _ in self._open.values():
            connection.subscriptions.pop(_SUBSCRIPTION, None)
        self._open.clear()
        self._hass.data.pop(_LISTENER, None)

    def sessions(self, credential: str) -> tuple[Session, ...]:
        """Return the last closed sessions of a credential, and the open ones as they are now."""
        return (
            *self._closed.get(credential, ()),
            *(
                replace(session, commands=connection.last_id)
                for connection, session in self._open.values()
                if session.credential == credential
            ),
        )

    @callback
    def subscribe(self, tell: Callable[[Session], None]) -> CALLBACK_TYPE:
        """Have every session told when it opens, and again when it has closed."""
        # Somebody may subscribe twice; each time is one to end.
        subscriber = partial(tell)
        self._subscribers.append(subscriber)
        return partial(self._unsubscribe, subscriber)

    def _unsubscribe(self, subscriber: Callable[[Session], None]) -> None:
        if subscriber in self._subscribers:
            self._subscribers.remove(subscriber)

    @callback
    def _connected(self) -> None:
        """Take in a connection, in whose own task this runs."""
        connection, request = current_connection.get(), current_request.get()
        if (
            connection is None
            or request is None
            # Supervisor's own way in has none.
            or connection.refresh_token_id is None
            or _CLIENT not in request.headers.get("User-Agent", "")
        ):
            return
        session = Session(next(_KEYS), connection.refresh_token_id, opened_at=_now())
        self._open[session.key] = connection, session
        connection.subscriptions[_SUBSCRIPTION] = partial(self._ended, session.key)
        self._announce(session)

    @callback
    def _ended(self, key: int) -> None:
        """Record an end. The connection is being taken apart and must not be touched."""
        connection, session = self._open.pop(key)
        session = replace(
            session,
            closed_at=_now(),
            commands=connection.last_id,
            home_assistant_stopped=self._hass.is_stopping,
        )
        # The credential that was last used goes last, and the first is the one to drop.
        closed = self._closed.pop(session.credential, deque(maxlen=_CLOSED_KEPT))
        closed.append(session)
        self._closed[session.credential] = closed
        if len(self._closed) > _CREDENTIALS_KEPT:
            del self._closed[next(iter(self._closed))]
        self._announce(session)

    def _announce(self, session: Session) -> None:
        # Not from within the connection's task: what a subscriber starts or raises is not the
        # connection's business, nor is the request in its context the subscriber's.
        for subscriber in self._subscribers:
            self._hass.loop.call_soon(self._tell, subscriber, session, context=Context())

    def _tell(self, subscriber: Callable[[Session], None], session: Session) -> None:
        if subscriber in self._subscribers:
            subscriber(session)


@callback
def session_listener(hass: HomeAssistant) -> SessionListener:
    """Return the one listener of Home Assistant, which starts at its first use.

    It outlives the reload of an entry: what it has seen cannot be seen again.
    """
    if (listener := hass.data.get(_LISTENER)) is None:
        listener = hass.data[_LISTENER] = SessionListener(hass)
    return listener


def _now() -> float:
    return dt_util.utcnow().timestamp()

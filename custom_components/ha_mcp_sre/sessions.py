"""ha-mcp's session at Home Assistant's WebSocket API, followed over restarts of either side."""

from collections.abc import Callable
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .app import AppVantage
from .assess.assessment import Credential, SessionFacts
from .assess.gaps import Sight
from .assess.observation import Probe
from .assess.policy import Policy
from .assess.signals import Source
from .bound_sessions import BoundSessions
from .observe.mcp import McpClient
from .record import Record
from .session_source import SessionSource
from .vantage import Vantage


def sessions_of(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    client: McpClient,
    record: Record,
    vantage: Vantage,
    policy: Policy,
) -> SessionSource:
    """Return what shows the session of a server."""
    if isinstance(vantage, AppVantage):
        return LoggedSessions(record, vantage)
    return BoundSessions(hass, entry, client, record, policy)


class LoggedSessions(SessionSource):
    """The sessions of an app, as its log tells.

    At Home Assistant's end they cannot be told from those of other apps: all come through
    Supervisor.
    """

    def __init__(self, record: Record, vantage: AppVantage) -> None:
        """Take the sessions from a log that the vantage follows."""
        self._record = record
        self._vantage = vantage

    @override
    def follow(self, look: Callable[[], None]) -> Callable[[], None]:
        """Return at once: the vantage looks again when its log shows trouble."""
        return lambda: None

    @override
    def take_in(self, found: Probe, *, linked: bool | None) -> None:
        """Remember what the log said until now."""
        if self._record.app_log != self._vantage.log:
            self._record.app_log = self._vantage.log
            self._record.save_later()

    @override
    def start_anew(self) -> None:
        """Do nothing: the log shows a restart by itself."""

    @override
    def is_search_due(self, now: float) -> bool:
        """Return False: nothing is to be found by a search."""
        return False

    @override
    async def async_search(self) -> None:
        """Do nothing."""

    @override
    def facts(self) -> SessionFacts:
        """Return what the log tells."""
        log = self._vantage.log
        return SessionFacts(
            is_open=log.session_open,
            reconnects=log.reconnects,
            opened_at=log.opened_at,
            last_disconnect=log.last_disconnect,
        )

    @override
    def credential(self, *, rejected: bool, linked: bool | None) -> Credential:
        """Return what the tool checks say of Supervisor's token, which has no date of expiry."""
        return Credential(accepted=False if rejected else (linked or None))

    @override
    def sight(self, *, linked: bool | None) -> Sight:
        """Return whether the log can be followed, and has told of a session."""
        if self._vantage.log_failure is not None:
            return "log_unread"
        if self._vantage.log.session_open is None:
            return "before_listening" if linked else None
        return Source.APP_LOG

    @override
    def expiry_sight(self) -> Sight:
        """Return nothing: there is no date of expiry."""
        return None

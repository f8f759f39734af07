"""The sessions of an app, as its log tells."""

from typing import override

from .app import AppVantage
from .assess.assessment import Credential, SessionFacts
from .assess.gaps import Sight
from .assess.signals import Source
from .record import Record
from .session_source import SessionSource


class AppSessions(SessionSource):
    """The sessions of a server that Supervisor runs.

    At Home Assistant's end they cannot be told from those of other apps: all come through
    Supervisor.
    """

    def __init__(self, record: Record, vantage: AppVantage) -> None:
        """Take the sessions from the log that the vantage follows."""
        self._record = record
        self._vantage = vantage

    @override
    def facts(self) -> SessionFacts:
        """Return what the log tells; of now nothing while it cannot be followed."""
        log = self._record.app_log
        blind = self._vantage.log_failure is not None
        return SessionFacts(
            is_open=None if blind else log.session_open,
            reconnects=log.reconnects,
            opened_at=None if blind else log.opened_at,
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
        if self._record.app_log.session_open is None:
            return "before_listening" if linked else None
        return Source.APP_LOG

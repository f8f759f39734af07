"""What the log of an app says of its sessions with Home Assistant and of its starts.

A line has no time of its own here, so a time is that of the line's arrival.
"""

from dataclasses import dataclass, replace

from .log_event import FAILED_CONNECTS, LOSSES, LogEvent

BRIEF = 5.0
"""Seconds. ha-mcp opens sessions of its own for single questions; what it gives up sooner than
this was one of them, and says nothing of the session that it keeps."""


@dataclass(frozen=True, slots=True)
class AppLog:
    """What is known from the log so far. Times are in Unix seconds, `startup_time` in seconds.

    `reconnects` counts sessions that broke and were opened again by the same life of the server,
    None before the log could be followed.
    `sessions` is how many are open, None while no line told. `releases_due` is how many lines
    about a released session are still to come of sessions that are over already. `crashed` says
    that the life seen last ended in a crash, or could not begin.
    """

    reconnects: int | None = None
    sessions: int | None = None
    opened_at: float | None = None
    last_disconnect: float | None = None
    lost: bool = False
    releases_due: int = 0
    starting_since: float | None = None
    came_up_at: float | None = None
    startup_time: float | None = None
    crashed: bool = False

    @property
    def session_open(self) -> bool | None:
        """Whether a session is open; None if the log does not tell."""
        return None if self.sessions is None else self.sessions > 0

    def after(self, event: LogEvent, at: float) -> AppLog:
        """Return what is known after a line that arrived at a time."""
        match event:
            case LogEvent.SESSION_OPENED:
                return self._after_opening(at)
            case LogEvent.SESSION_CLOSED:
                return self._after_end(at, lost=False)
            case LogEvent.SESSION_RELEASED:
                return self._after_release(at)
            case LogEvent.SERVER_STARTING:
                return replace(self._after_stop(at), starting_since=at, crashed=False)
            case LogEvent.SERVER_STOPPED:
                return self._after_stop(at)
            case LogEvent.SERVER_CRASHED:
                return replace(self._after_stop(at), crashed=True)
            case LogEvent.PORT_TAKEN:
                # Of a life that never came to have a session; one that has may still run.
                return replace(self, crashed=True)
            case LogEvent.SERVER_SERVING if self.starting_since is not None:
                return replace(
                    self,
                    starting_since=None,
                    came_up_at=at,
                    startup_time=max(0.0, at - self.starting_since),
                )
            case _ if event in LOSSES:
                return self._after_end(at, lost=True)
            case _ if event in FAILED_CONNECTS:
                return replace(self, releases_due=self.releases_due + 1)
            case _:
                return self

    def followed(self) -> AppLog:
        """Return what is known when the log is followed from now on."""
        return replace(self.unseen(), reconnects=self.reconnects or 0)

    def unseen(self) -> AppLog:
        """Return what is still known after lines that may have been missed.

        So it is after Home Assistant's own restart, too: a session that is opened then is not
        one that broke.
        """
        return replace(
            self, sessions=None, opened_at=None, lost=False, releases_due=0, starting_since=None
        )

    def _after_opening(self, at: float) -> AppLog:
        return replace(
            self,
            reconnects=(self.reconnects or 0) + self.lost,
            sessions=(self.sessions or 0) + 1,
            opened_at=self.opened_at if self.sessions else at,
            lost=False,
            # Older versions never release a session that broke.
            releases_due=0 if self.lost else self.releases_due,
        )

    def _after_end(self, at: float, *, lost: bool) -> AppLog:
        """Return what is known after the session that ha-mcp keeps was ended by the other side."""
        return replace(
            self,
            sessions=0,
            opened_at=None,
            last_disconnect=at,
            lost=lost or self.lost,
            releases_due=self.releases_due + 1,
        )

    def _after_release(self, at: float) -> AppLog:
        if self.releases_due:
            return replace(self, releases_due=self.releases_due - 1)
        if not self.sessions:
            return self
        if self.sessions > 1:
            return replace(self, sessions=self.sessions - 1)
        brief = self.opened_at is not None and at - self.opened_at < BRIEF
        return replace(
            self,
            # The log does not say which one it was: one that we did not see opening may be open.
            sessions=None,
            opened_at=None,
            last_disconnect=self.last_disconnect if brief else at,
        )

    def _after_stop(self, at: float) -> AppLog:
        return replace(
            self,
            sessions=0,
            opened_at=None,
            last_disconnect=at if self.sessions else self.last_disconnect,
            lost=False,
            releases_due=0,
            starting_since=None,
        )

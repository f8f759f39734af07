"""How steady the server's connection to Home Assistant is, from its sessions there.

ha-mcp keeps one session for its commands and opens throw-away ones beside it. The lasting ones
form a chain: the next is the oldest that outlives the one before. A step along the chain is a
reconnect, and its cause is what ended the older session.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from .observation import Session
from .policy import Policy

_THROWAWAY_COMMANDS = 1
"""Commands that ha-mcp sends over a session which it opens for a health or start-up check."""

_THROWAWAY_LIFETIME = 60.0
"""Seconds; ha-mcp waits at most 30 for a command, so a check is over before."""

_PATIENCE = 600.0
"""Seconds after which a probe that does not come is no longer waited for."""


class Cause(StrEnum):
    """What ended a session; only a lost connection is instability."""

    CONNECTION_LOST = "connection_lost"
    SERVER_RESTART = "server_restart"
    HOME_ASSISTANT_STOP = "home_assistant_stop"


@dataclass(frozen=True, slots=True)
class Sessions:
    """What is remembered of a server's sessions.

    `reconnects` counts those after a lost connection, None before anybody watched; the two
    counts after it are of those with a reason. `opened_at` is of the session that is open, or
    was last. `last_cause` is None until it is known, `last_disconnect` also where Home
    Assistant crashed. While `shared`, two servers seem to use the same credential: whose
    session ends is a guess then, and nothing is counted.

    The rest is for `follow`: `session` is the key of the session that `opened_at` is of, None
    where none was seen in this run of Home Assistant, and `lost` says that it ended. `life` is
    the server's life that it belongs to, as seen at `life_at`. `waiting` reconnects, the last
    of them at `reopened_at`, have no cause before the next probe shows whether that changed.
    """

    reconnects: int | None = None
    server_restarts: int = 0
    home_assistant_stops: int = 0
    opened_at: float | None = None
    last_disconnect: float | None = None
    last_cause: Cause | None = None
    shared: bool = False
    session: int | None = None
    lost: bool = False
    life: str | None = None
    life_at: float | None = None
    waiting: int = 0
    reopened_at: float | None = None

    @property
    def is_open(self) -> bool | None:
        """Whether a lasting session is open; None while none was seen in this run."""
        return None if self.session is None else not self.lost

    def after_home_assistant_start(self) -> Sessions:
        """Return the state for a new run of Home Assistant, in which no old session is left.

        One that was open when Home Assistant crashed ended nobody knows when.
        """
        crashed = self.is_open is True
        lost = self.lost or crashed
        return replace(
            self,
            session=None,
            shared=False,
            lost=lost,
            last_disconnect=None if crashed else self.last_disconnect,
            last_cause=Cause.HOME_ASSISTANT_STOP if lost else self.last_cause,
        )

    def counted(self, cause: Cause, times: int = 1) -> Sessions:
        """Return the state after so many reconnects of one cause."""
        match cause:
            case Cause.CONNECTION_LOST:
                return replace(self, reconnects=(self.reconnects or 0) + times)
            case Cause.SERVER_RESTART:
                return replace(self, server_restarts=self.server_restarts + times)
            case Cause.HOME_ASSISTANT_STOP:
                return replace(self, home_assistant_stops=self.home_assistant_stops + times)


@dataclass(frozen=True, slots=True)
class _View:
    """What is known at the moment of judging: `known` are the sessions, oldest first."""

    known: Sequence[Session]
    now: float
    life: str | None
    seen_at: float | None
    policy: Policy


def follow(
    state: Sessions,
    sessions: Iterable[Session],
    *,
    now: float,
    life: str | None,
    life_seen_at: float | None,
    policy: Policy,
) -> Sessions:
    """Return the state after a look at all known sessions of the server's credential.

    `life` names the server's life as a probe last saw it, at `life_seen_at`; with nothing to
    compare, a reconnect counts as instability. To look again changes nothing, and to look
    more or less often changes no count.
    """
    known = sorted(sessions, key=lambda each: each.key)
    view = _View(known, now, life, life_seen_at, policy)
    state = _resolved(replace(state, reconnects=state.reconnects or 0), view)
    while (after := _step(state, view)) != state:
        state = after
    if state.is_open:
        state = _with_life(state, view)
    return replace(state, shared=_is_shared(view))


def _step(state: Sessions, view: _View) -> Sessions:
    """Return the state one event later, or as it is if nothing more happened."""
    if state.is_open:
        return _after_end(state, view)
    if state.session is not None and state.last_cause == Cause.HOME_ASSISTANT_STOP:
        # What is left ends with the same stop, in no order that means anything.
        return state
    heir = _heir(state, view, state.last_disconnect)
    return state if heir is None else _after_reopening(state, heir, view)


def _after_end(state: Sessions, view: _View) -> Sessions:
    """Return the state after the current session, if it ended."""
    current = next((each for each in view.known if each.key == state.session), None)
    ended = view.now if current is None else current.closed_at
    if ended is None:
        return state
    heir = _heir(state, view, ended)
    if heir is not None and ended - heir.opened_at > view.policy.shared_session_after:
        return replace(state, session=heir.key, opened_at=heir.opened_at)
    stopped = current is not None and current.home_assistant_stopped
    if view.seen_at is not None and view.seen_at <= ended:
        state = _with_life(state, view)
    return replace(
        state,
        lost=True,
        last_disconnect=ended,
        last_cause=Cause.HOME_ASSISTANT_STOP if stopped else None,
    )


def _after_reopening(state: Sessions, heir: Session, view: _View) -> Sessions:
    """Return the state with the next session of the chain; a reconnect unless it is the first."""
    after = replace(state, session=heir.key, opened_at=heir.opened_at, lost=False)
    if not state.lost or state.shared:
        return after
    cause = state.last_cause or _cause(state, heir.opened_at, view)
    if cause is None:
        return replace(after, waiting=state.waiting + 1, reopened_at=heir.opened_at)
    return replace(after.counted(cause), last_cause=cause)


def _resolved(state: Sessions, view: _View) -> Sessions:
    """Return the state with the cause that a probe has shown in the meantime.

    If the server restarted, nobody knows after which of several losses: then none of them counts
    as instability.
    """
    cause = _cause(state, state.reopened_at or 0.0, view) if state.waiting else None
    if cause is None:
        return state
    if state.shared:
        return replace(state, waiting=0, reopened_at=None)
    return replace(
        state.counted(cause, state.waiting),
        waiting=0,
        reopened_at=None,
        last_cause=state.last_cause if state.lost else cause,
    )


def _cause(state: Sessions, reopened_at: float, view: _View) -> Cause | None:
    """Return why a session was lost, None while the next probe can tell."""
    if state.life is None:
        return Cause.CONNECTION_LOST
    if view.life not in (None, state.life):
        return Cause.SERVER_RESTART
    seen = view.seen_at is not None and view.seen_at > reopened_at
    # Either way round: a clock that was set back would have us wait until it is as late again.
    late = abs(view.now - reopened_at) > _PATIENCE
    return Cause.CONNECTION_LOST if seen or late else None


def _with_life(state: Sessions, view: _View) -> Sessions:
    """Return the state with the life that the current session belongs to.

    The first that was seen during the session is it. If the server names another one later,
    the session is dead, and Home Assistant has not noticed.
    """
    known = state.life_at is not None and state.life_at > (state.opened_at or 0)
    if known or view.life is None:
        return state
    return replace(state, life=view.life, life_at=view.seen_at)


def _heir(state: Sessions, view: _View, ended: float | None) -> Session | None:
    """Return the lasting session that follows on the last one, None while there is no telling.

    What opened and closed beside the last one is none. As long as an older session may turn
    out to be the one, no younger is taken.
    """
    for each in view.known:
        if state.session is not None:
            beside = each.closed_at is not None and ended is not None and each.closed_at < ended
            if each.key <= state.session or beside:
                continue
        match _is_lasting(each, view.now):
            case True:
                return each
            case None:
                return None
    return None


def _is_lasting(session: Session, now: float) -> bool | None:
    """Return whether a session is more than a throw-away; None while it may be either."""
    if session.commands > _THROWAWAY_COMMANDS:
        return True
    until = now if session.closed_at is None else session.closed_at
    # Either way round: after a clock was set back, a session must not stay undecided for hours.
    if abs(until - session.opened_at) >= _THROWAWAY_LIFETIME:
        return True
    return None if session.closed_at is None else False


def _is_shared(view: _View) -> bool:
    """Return whether two sessions have been open side by side for longer than a dead one stays."""
    opened = [each for each in view.known if each.closed_at is None]
    return len(opened) > 1 and view.now - opened[1].opened_at > view.policy.shared_session_after

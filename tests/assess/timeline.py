"""Sessions on a timeline, and following them event by event or all at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from custom_components.ha_mcp_sre.assess.observation import Session
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.sessions import Sessions, follow

POLICY = Policy()


def session(
    key: int,
    opened: float,
    closed: float | None = None,
    *,
    commands: int = 2,
    stopped: bool = False,
) -> Session:
    """Return a session, by default one that is lasting because of its commands."""
    return Session(key, "token", opened, closed, commands, stopped)


def look(
    state: Sessions,
    *sessions: Session,
    now: float,
    life: str | None = "life",
    seen_at: float | None = None,
) -> Sessions:
    """Return the state after a look, with a probe that saw the server just now."""
    return follow(
        state,
        sessions,
        now=now,
        life=life,
        life_seen_at=now if seen_at is None else seen_at,
        policy=POLICY,
    )


def as_of(sessions: Iterable[Session], now: float) -> tuple[Session, ...]:
    """Return the sessions as they were known at a moment; an open one had a command a second."""
    return tuple(
        each
        if each.closed_at is not None and each.closed_at <= now
        else replace(
            each,
            closed_at=None,
            commands=min(each.commands, int(now - each.opened_at)),
            home_assistant_stopped=False,
        )
        for each in sessions
        if each.opened_at <= now
    )


def at_every_event(
    sessions: Sequence[Session], end: float, more: Iterable[float] = ()
) -> list[Sessions]:
    """Return the states after each event, and after more looks, up to the end."""
    states = [Sessions()]
    for now in [*sorted({*events(sessions), *more}), end]:
        states.append(look(states[-1], *as_of(sessions, now), now=now))
    return states[1:]


def events(sessions: Iterable[Session]) -> Iterator[float]:
    """Yield the moments at which one of the sessions opened or closed."""
    for each in sessions:
        yield each.opened_at
        if each.closed_at is not None:
            yield each.closed_at


OPEN = look(Sessions(), session(1, 100), now=110)
"""A server whose session is open since 100, and whose life was seen at 110."""


def lost_at(closed: float = 200, *, stopped: bool = False) -> Sessions:
    """Return the state after that session ended."""
    return look(OPEN, session(1, 100, closed, stopped=stopped), now=closed, seen_at=110)

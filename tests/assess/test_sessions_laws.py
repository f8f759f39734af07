"""What holds for the sessions of every server, whatever happens to them."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.observation import Session
from custom_components.ha_mcp_sre.assess.sessions import Cause, Sessions, follow

from .timeline import POLICY, as_of, at_every_event, events, look, session

END = 10_000.0
"""Later than all that happens here."""

moments = st.integers(0, 2000).map(float)


def sessions_of(spans: Sequence[tuple[float, float | None, int]]) -> list[Session]:
    """Return sessions with keys in the order in which they opened."""
    ordered = sorted(spans, key=lambda span: span[0])
    return [
        session(key, opened, None if length is None else opened + length, commands=commands)
        for key, (opened, length, commands) in enumerate(ordered, start=1)
    ]


spans = st.tuples(
    moments,
    st.none() | st.sampled_from([0.1, 20.0, 59.0, 60.0, 200.0, 400.0]),
    st.integers(0, 3),
)
histories = st.lists(spans, max_size=8, unique_by=lambda span: span[0]).map(sessions_of)

cuts = st.lists(st.tuples(st.floats(0.1, 500), st.floats(0.1, 500)), min_size=1, max_size=12)


def cut_sessions(cuts: Sequence[tuple[float, float]]) -> list[Session]:
    """Return lasting sessions one after another, each with how long it and the break after were."""
    now, history = 0.0, []
    for key, (length, pause) in enumerate(cuts):
        history.append(session(2 * key, now, now + length))
        now += length + pause
    return [*history, session(2 * len(cuts), now)]


def counts(state: Sessions) -> tuple[object, ...]:
    return (
        state.reconnects,
        state.server_restarts,
        state.home_assistant_stops,
        state.opened_at,
        state.last_disconnect,
        state.last_cause,
        state.is_open,
        state.shared,
    )


@given(cuts)
def test_every_cut_is_one_reconnect(cuts: list[tuple[float, float]]) -> None:
    history = cut_sessions(cuts)
    state = at_every_event(history, END)[-1]
    assert state.reconnects == len(cuts)
    assert state.last_disconnect == history[-2].closed_at
    assert state.last_cause is Cause.CONNECTION_LOST


@given(histories, st.lists(moments, max_size=6))
def test_to_look_more_or_less_often_changes_no_count(
    history: list[Session], more: list[float]
) -> None:
    often = Sessions()
    for now in sorted({*events(history), *more, END}):
        known = as_of(history, now)
        often = look(often, *known, now=now, life=None)
        assert counts(often) == counts(look(Sessions(), *known, now=now, life=None))


@given(histories, st.randoms(use_true_random=False))
def test_the_order_in_which_the_sessions_are_listed_does_not_matter(
    history: list[Session], order: Random
) -> None:
    shuffled = order.sample(history, len(history))
    assert look(Sessions(), *shuffled, now=END) == look(Sessions(), *history, now=END)


@given(cuts, st.data())
def test_throwaway_sessions_change_nothing(
    cuts: list[tuple[float, float]], data: st.DataObject
) -> None:
    history = cut_sessions(cuts)
    throwaways = []
    for each in history:
        inside = (each.closed_at or END) - each.opened_at
        start = data.draw(st.floats(0, 0.9)) * inside
        beside = start + data.draw(st.floats(0.001, 0.9)) * (inside - start)
        throwaways.append(
            data.draw(
                st.sampled_from(
                    [
                        # Beside the lasting session, or a check at any time.
                        session(each.key + 1, each.opened_at + start, each.opened_at + beside),
                        session(
                            each.key + 1,
                            each.opened_at + start,
                            each.opened_at + start + 59,
                            commands=1,
                        ),
                    ]
                )
            )
        )
    alone = at_every_event(history, END)[-1]
    with_them = at_every_event([*history, *throwaways], END)[-1]
    assert counts(with_them) == counts(alone)
    assert look(Sessions(), *history, *throwaways, now=END) == look(Sessions(), *history, now=END)


any_time = st.floats(-1e9, 1e9)
looks = st.tuples(
    st.lists(
        st.builds(
            Session,
            key=st.integers(0, 5),
            credential=st.just("token"),
            opened_at=any_time,
            closed_at=st.none() | any_time,
            commands=st.integers(0, 3),
            home_assistant_stopped=st.booleans(),
        ),
        max_size=5,
        unique_by=lambda each: each.key,
    ),
    any_time,
    st.sampled_from([None, "life", "other"]),
    st.none() | any_time,
    st.booleans(),
)


@given(st.lists(looks, max_size=10))
def test_no_look_lowers_a_count_and_looking_again_changes_nothing(
    history: list[tuple[list[Session], float, str | None, float | None, bool]],
) -> None:
    state = Sessions()
    for sessions, now, life, seen_at, started in history:
        before = state.after_home_assistant_start() if started else state
        state = follow(before, sessions, now=now, life=life, life_seen_at=seen_at, policy=POLICY)
        again = follow(state, sessions, now=now, life=life, life_seen_at=seen_at, policy=POLICY)
        assert again == state
        assert (state.reconnects or 0) >= (before.reconnects or 0)
        assert state.server_restarts >= before.server_restarts
        assert state.home_assistant_stops >= before.home_assistant_stops


@given(cuts, st.integers(0, 11))
def test_a_restart_of_the_server_is_told_from_the_cuts_around_it(
    cuts: list[tuple[float, float]], which: int
) -> None:
    history = cut_sessions(cuts)
    restart = history[min(which, len(cuts) - 1)].closed_at
    assert restart is not None
    state = Sessions()
    # A probe in the middle of every session, and one at each end.
    for each in history:
        closed = each.closed_at or END
        for now in (each.opened_at, (each.opened_at + closed) / 2, closed):
            life = "old" if now <= restart else "new"
            state = look(state, *as_of(history, now), now=now, life=life)
    assert (state.reconnects, state.server_restarts) == (len(cuts) - 1, 1)


@given(cuts)
def test_every_stop_of_home_assistant_is_one_and_no_instability(
    cuts: list[tuple[float, float]],
) -> None:
    state = Sessions()
    for each in cut_sessions(cuts):
        closed = each.closed_at or END
        state = look(state.after_home_assistant_start(), replace(each, closed_at=None), now=closed)
        state = look(
            state, replace(each, closed_at=closed, home_assistant_stopped=True), now=closed
        )
    assert (state.reconnects, state.home_assistant_stops) == (0, len(cuts))

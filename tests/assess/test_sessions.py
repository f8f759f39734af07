"""What the sessions of a server say of its connection: one story each."""

from dataclasses import asdict, replace
import json

import pytest

from custom_components.ha_mcp_sre.assess.observation import Session
from custom_components.ha_mcp_sre.assess.sessions import Sessions

from .timeline import OPEN, POLICY, as_of, look, lost_at, session


def test_nothing_is_counted_before_anybody_watches() -> None:
    assert Sessions().reconnects is None
    assert Sessions().is_open is None


def test_from_the_first_look_on_no_reconnect_is_none() -> None:
    state = look(Sessions(), now=0)
    assert state.reconnects == 0
    assert state.is_open is None


def test_a_session_that_is_used_is_open_and_no_reconnect() -> None:
    assert OPEN.is_open is True
    assert OPEN.opened_at == 100
    assert OPEN.reconnects == 0


def test_a_session_that_stays_open_is_lasting_although_it_is_not_used() -> None:
    silent = session(1, 100, commands=0)
    assert look(Sessions(), silent, now=159.9).is_open is None
    assert look(Sessions(), silent, now=160).is_open is True


@pytest.mark.parametrize("commands", [0, 1])
def test_a_short_session_with_a_command_at_most_is_none(commands: int) -> None:
    state = look(Sessions(), session(1, 100, 159.9, commands=commands), now=1000)
    assert state.is_open is None
    assert state.opened_at is None


@pytest.mark.parametrize("short", [session(1, 100, 100.1), session(1, 100, 160, commands=0)])
def test_a_used_or_long_session_was_one_although_it_is_over(short: Session) -> None:
    state = look(Sessions(), short, now=1000)
    assert state.is_open is False
    assert state.last_disconnect == short.closed_at


def test_a_session_beside_the_lasting_one_changes_nothing() -> None:
    beside = session(2, 120, 130, commands=9)
    state = look(OPEN, session(1, 100), replace(beside, closed_at=None), now=125)
    assert (state.opened_at, state.reconnects) == (100, 0)
    state = look(state, session(1, 100), beside, now=135)
    assert replace(state, life_at=OPEN.life_at) == OPEN
    state = look(state, session(1, 100, 200), beside, now=210)
    assert state.is_open is False
    assert state.reconnects == 0


def test_a_session_that_outlives_a_dead_one_takes_over_with_one_reconnect() -> None:
    both = session(1, 100), session(2, 180)
    state = look(OPEN, *both, now=190)
    assert (state.opened_at, state.reconnects) == (100, 0)
    state = look(state, session(1, 100, 200), session(2, 180), now=201)
    assert (state.opened_at, state.reconnects) == (180, 1)
    assert state.is_open is True
    assert state.last_disconnect == 200


def test_two_sessions_side_by_side_for_long_are_of_two_servers() -> None:
    both = session(1, 100), session(2, 200)
    limit = 200 + POLICY.shared_session_after
    state = look(OPEN, *both, now=limit)
    assert state.shared is False
    state = look(state, *both, now=limit + 1)
    assert state.shared is True
    assert look(state, *both, session(3, limit), now=limit + 2).shared is True
    assert state.after_home_assistant_start().shared is False
    state = look(state, session(1, 100, limit + 10), both[1], now=limit + 10)
    assert state.shared is False
    assert state.is_open is True
    assert (state.reconnects, state.last_disconnect) == (0, None)


def test_while_two_clients_share_a_token_nothing_is_counted() -> None:
    one, other = session(1, 0), session(2, 200)
    state = look(look(Sessions(), one, now=10), one, other, now=700)
    assert state.shared is True
    ended = session(1, 0, 800), session(2, 200, 810)
    again = session(3, 820), session(4, 830)
    state = look(state, *ended, *again, now=840)
    assert state.reconnects == 0
    assert state.is_open is True


def test_what_is_left_of_two_servers_is_counted_again() -> None:
    history = session(1, 100, 900), session(2, 200, 1000), session(3, 1010)
    state = OPEN
    for now in (300, 600, 900, 1000, 1020):
        state = look(state, *as_of(history, now), now=now)
    assert state.reconnects == 1
    assert state.last_disconnect == 1000


def test_an_undecided_session_is_waited_for_before_a_younger_one() -> None:
    history = session(1, 100, 200), session(2, 210, 225, commands=1), session(3, 215)
    state = look(lost_at(), *as_of(history, 220), now=220)
    assert state.is_open is False
    state = look(state, *as_of(history, 230), now=230)
    assert (state.opened_at, state.reconnects) == (215, 1)


def test_a_session_that_is_forgotten_is_taken_as_ended_now() -> None:
    state = look(OPEN, now=300)
    assert state.is_open is False
    assert state.last_disconnect == 300


def test_a_session_of_another_credential_follows_on_the_one_of_the_old() -> None:
    state = look(OPEN, session(7, 290), now=300, life="other")
    assert state.opened_at == 290
    assert (state.reconnects, state.server_restarts) == (0, 1)


def test_what_is_remembered_survives_as_json() -> None:
    state = lost_at(200, stopped=True)
    assert Sessions(**json.loads(json.dumps(asdict(state)))) == state


def test_a_clock_that_was_set_back_does_not_hide_a_session() -> None:
    state = look(Sessions(), session(1, 10_000, commands=0), now=100)
    assert state.is_open is True


def test_a_clock_that_was_set_back_does_not_keep_a_reconnect_waiting() -> None:
    history = session(1, 100, 200_000), session(2, 200_010)
    state = look(OPEN, *history, now=200_015, seen_at=110)
    assert state.reconnects == 0
    assert look(state, *history, now=1000).reconnects == 1


def test_a_clock_that_was_set_back_does_not_bring_an_old_session_back() -> None:
    first = session(1, 300, 400)
    state = look(Sessions(), first, session(2, 200), now=210)
    state = look(state, first, session(2, 200, 250), now=250)
    assert state.is_open is False
    assert state.reconnects == 1


def test_it_does_not_matter_which_of_two_ends_at_one_moment_is_told_first() -> None:
    ended = session(1, 100, 200), session(2, 150, 200)
    state = look(OPEN, ended[0], session(2, 150), now=200)
    state = look(state, *ended, now=200)
    assert state == look(OPEN, *ended, now=200)

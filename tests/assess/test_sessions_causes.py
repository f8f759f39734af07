"""Why a session ended: only a lost connection is instability."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.sessions import Cause, Sessions

from .timeline import OPEN, as_of, look, lost_at, session


def test_a_lost_session_is_closed_for_a_reason_not_known_yet() -> None:
    state = lost_at(200)
    assert state.is_open is False
    assert state.last_disconnect == 200
    assert state.last_cause is None
    assert state.reconnects == 0


def test_a_session_after_a_lost_one_is_a_reconnect_once_the_server_is_known_to_live_on() -> None:
    history = session(1, 100, 200), session(2, 210)
    waiting = look(lost_at(), *history, now=215, seen_at=205)
    assert waiting.is_open is True
    assert waiting.opened_at == 210
    assert waiting.last_cause is None
    assert waiting.reconnects == 0
    told = look(waiting, *history, now=240)
    assert told.reconnects == 1
    assert told.last_cause is Cause.CONNECTION_LOST


@pytest.mark.parametrize("seen_at", [205.0, 220.0])
def test_a_server_with_another_life_was_restarted(seen_at: float) -> None:
    history = session(1, 100, 200), session(2, 210)
    state = look(lost_at(), *history, now=240, life="other", seen_at=seen_at)
    assert (state.reconnects, state.server_restarts) == (0, 1)
    assert state.last_cause is Cause.SERVER_RESTART


def test_a_restart_is_told_before_home_assistant_misses_the_old_session() -> None:
    silent = session(1, 100), session(2, 200)
    state = look(OPEN, *silent, now=210, life="other")
    assert state.opened_at == 100
    state = look(state, session(1, 100, 250), session(2, 200), now=250, life="other", seen_at=240)
    assert (state.reconnects, state.server_restarts) == (0, 1)
    assert state.opened_at == 200


def test_after_a_restart_the_new_life_is_the_one_to_compare_with() -> None:
    history = [session(1, 100, 200), session(2, 210)]
    state = look(lost_at(), *history, now=240, life="other")
    history = [*history[:1], session(2, 210, 300), session(3, 310)]
    state = look(state, *history, now=330, life="other")
    assert (state.reconnects, state.server_restarts) == (1, 1)


def test_without_a_life_to_compare_a_reconnect_is_instability() -> None:
    history = session(1, 100, 200), session(2, 210)
    state = Sessions()
    for now in (150, 200, 220):
        state = look(state, *as_of(history, now), now=now, life=None)
    assert state.reconnects == 1
    assert state.last_cause is Cause.CONNECTION_LOST


def test_a_life_that_is_first_named_after_a_reconnect_is_no_restart() -> None:
    history = session(1, 100, 200), session(2, 210)
    state = look(Sessions(), *as_of(history, 150), now=150, life=None)
    state = look(state, *history, now=240)
    assert (state.reconnects, state.server_restarts) == (1, 0)


def test_a_life_that_was_seen_while_no_session_was_open_is_of_none() -> None:
    state = look(lost_at(), session(1, 100, 200), now=205, life="other")
    state = look(state, session(1, 100, 200), session(2, 210), now=240, life="other")
    assert state.server_restarts == 1


def test_a_life_that_was_seen_after_a_session_is_not_the_life_of_it() -> None:
    history = [session(1, 100, 200), session(2, 210)]
    state = look(lost_at(), *history, now=215, seen_at=205)
    history = [*history[:1], session(2, 210, 220)]
    state = look(state, *history, now=240, life="other")
    state = look(state, *history, session(3, 250), now=260, life="other", seen_at=240)
    assert (state.reconnects, state.server_restarts) == (0, 2)


def test_the_life_known_last_speaks_for_a_session_of_a_server_that_names_none() -> None:
    history = [session(1, 100, 200), session(2, 210)]
    state = look(lost_at(), *history, now=240, life=None)
    history = [*history[:1], session(2, 210, 300), session(3, 310)]
    state = look(state, *history, now=330, life="other")
    assert (state.reconnects, state.server_restarts) == (1, 1)


def test_a_server_that_no_longer_names_its_life_was_not_seen_to_restart() -> None:
    state = look(lost_at(), session(1, 100, 200), session(2, 210), now=240, life=None)
    assert state.reconnects == 1


def test_a_probe_that_never_comes_is_not_waited_for_for_ever() -> None:
    history = session(1, 100, 200), session(2, 210)
    waiting = look(lost_at(), *history, now=810, seen_at=110)
    assert waiting.reconnects == 0
    assert look(waiting, *history, now=811, seen_at=110).reconnects == 1


@pytest.mark.parametrize(("life", "counts"), [("life", (4, 0)), ("other", (0, 4))])
def test_reconnects_between_two_probes_wait_together(life: str, counts: tuple[int, int]) -> None:
    history = [session(key, 100 * key, 100 * key + 50) for key in range(1, 6)]
    state = OPEN
    for now in (150, 200, 250, 300, 350, 400, 450, 505):
        state = look(state, *as_of(history, now), now=now, seen_at=110)
    assert (state.reconnects, state.waiting) == (0, 4)
    state = look(state, *as_of(history, 510), now=510, life=life)
    assert (state.reconnects, state.server_restarts) == counts
    assert state.waiting == 0


def test_the_last_cause_is_of_the_last_loss_and_of_no_earlier() -> None:
    history = [session(1, 100, 200), session(2, 210)]
    state = look(lost_at(), *history, now=215, seen_at=205)
    state = look(state, history[0], session(2, 210, 220), now=230)
    assert state.reconnects == 1
    assert state.last_disconnect == 220
    assert state.last_cause is None


def test_home_assistant_itself_ends_a_session_when_it_stops() -> None:
    state = lost_at(200, stopped=True)
    assert state.is_open is False
    assert state.last_disconnect == 200
    assert state.last_cause is Cause.HOME_ASSISTANT_STOP


def test_of_sessions_that_end_with_home_assistant_none_follows_on_another() -> None:
    ended = session(1, 100, 200, stopped=True), session(2, 190, 200.01, stopped=True)
    state = look(OPEN, *ended, now=201)
    assert state.last_disconnect == 200
    assert (state.reconnects, state.home_assistant_stops) == (0, 0)


@pytest.mark.parametrize("seen_at", [0.0, 420.0])
def test_a_reconnect_after_a_stop_of_home_assistant_is_counted_as_such(seen_at: float) -> None:
    state = lost_at(200, stopped=True).after_home_assistant_start()
    assert state.is_open is None
    state = look(state, session(1, 400), now=430, life="other", seen_at=seen_at)
    assert state.is_open is True
    assert (state.reconnects, state.server_restarts, state.home_assistant_stops) == (0, 0, 1)
    assert state.last_disconnect == 200


def test_a_crash_of_home_assistant_ended_an_open_session_nobody_knows_when() -> None:
    state = replace(OPEN, last_disconnect=50).after_home_assistant_start()
    assert state.last_disconnect is None
    assert state.last_cause is Cause.HOME_ASSISTANT_STOP
    state = look(state, session(9, 400), now=430)
    assert (state.reconnects, state.home_assistant_stops) == (0, 1)


def test_a_session_lost_before_home_assistant_stopped_is_not_held_against_the_server() -> None:
    state = lost_at(200).after_home_assistant_start()
    state = look(state, session(1, 400), now=430)
    assert (state.reconnects, state.home_assistant_stops) == (0, 1)
    assert state.last_disconnect == 200


def test_a_reconnect_that_waits_is_told_after_home_assistant_came_back() -> None:
    state = look(lost_at(), session(1, 100, 200), session(2, 210), now=215, seen_at=205)
    state = look(state.after_home_assistant_start(), now=400)
    assert (state.reconnects, state.home_assistant_stops) == (1, 0)
    assert state.last_cause is Cause.HOME_ASSISTANT_STOP


def test_a_start_of_home_assistant_without_a_session_before_is_no_reconnect() -> None:
    state = look(Sessions(), now=0).after_home_assistant_start()
    state = look(state, session(1, 100), now=110)
    assert (state.reconnects, state.home_assistant_stops) == (0, 0)


def test_to_start_twice_is_to_start_once() -> None:
    for state in (Sessions(), OPEN, lost_at(), lost_at(stopped=True)):
        once = state.after_home_assistant_start()
        assert once.after_home_assistant_start() == once

"""What the events of an app's log say of its sessions and its starts."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.app_log import BRIEF, AppLog
from custom_components.ha_mcp_sre.assess.log_event import LogEvent

OPENED = LogEvent.SESSION_OPENED
LOST = LogEvent.SESSION_LOST
CLOSED = LogEvent.SESSION_CLOSED
RELEASED = LogEvent.SESSION_RELEASED
STARTING = LogEvent.SERVER_STARTING

BRIEF_SESSION = (OPENED, RELEASED)


def after(*events: LogEvent, known: AppLog | None = None, every: float = 60) -> AppLog:
    """Return what is known after events, one a minute: at 60, 120, …"""
    known = AppLog().followed() if known is None else known
    for index, event in enumerate(events, start=1):
        known = known.after(event, index * every)
    return known


class TestReconnects:
    def test_they_are_unknown_until_the_log_is_followed(self) -> None:
        assert AppLog().reconnects is None
        assert AppLog().unseen().reconnects is None
        assert AppLog().followed().reconnects == 0

    def test_a_session_that_broke_and_came_back_is_one(self) -> None:
        assert after(OPENED, LOST, RELEASED, OPENED).reconnects == 1

    def test_a_session_that_broke_and_did_not_come_back_is_none(self) -> None:
        assert after(OPENED, LOST, RELEASED).reconnects == 0

    def test_one_that_was_open_before_we_looked_counts(self) -> None:
        assert after(LOST, RELEASED, OPENED).reconnects == 1

    def test_a_version_that_says_nothing_of_the_old_session_counts_the_same(self) -> None:
        known = after(*[OPENED, *[LOST, OPENED] * 5, *BRIEF_SESSION])
        assert known.reconnects == 5
        assert known.sessions == 1

    def test_an_answer_that_was_too_large_breaks_a_session(self) -> None:
        assert after(OPENED, LogEvent.MESSAGE_TOO_LARGE, RELEASED, OPENED).reconnects == 1

    @pytest.mark.parametrize(
        "failed",
        [LogEvent.CONNECT_FAILED, LogEvent.CONNECT_TIMED_OUT, LogEvent.TLS_FAILED],
    )
    def test_failed_tries_in_between_do_not_count(self, failed: LogEvent) -> None:
        known = after(OPENED, LOST, RELEASED, *[failed, RELEASED] * 7, OPENED)
        assert known.reconnects == 1
        assert known.session_open is True

    def test_five_breaks_are_five(self) -> None:
        assert after(*[OPENED, *[LOST, RELEASED, OPENED] * 5]).reconnects == 5

    def test_fifty_brief_sessions_are_none(self) -> None:
        known = after(OPENED, *BRIEF_SESSION * 50)
        assert known.reconnects == 0
        assert known.session_open is True

    def test_brief_sessions_after_a_break_do_not_count_again(self) -> None:
        known = after(OPENED, LOST, *BRIEF_SESSION * 50, RELEASED, OPENED)
        assert known.reconnects == 1
        assert known.session_open is True

    def test_two_sessions_cut_at_once_are_one_break(self) -> None:
        assert after(OPENED, OPENED, LOST, LOST, RELEASED, RELEASED, OPENED).reconnects == 1

    def test_a_brief_session_closed_in_order_meanwhile_mends_nothing(self) -> None:
        assert after(OPENED, LOST, CLOSED, OPENED).reconnects == 1

    def test_a_session_closed_in_order_and_opened_again_is_none(self) -> None:
        assert after(OPENED, CLOSED, RELEASED, OPENED).reconnects == 0
        assert after(OPENED, RELEASED, OPENED).reconnects == 0

    @pytest.mark.parametrize("ending", [STARTING, LogEvent.SERVER_STOPPED, LogEvent.SERVER_CRASHED])
    def test_a_session_that_comes_back_with_the_server_is_none(self, ending: LogEvent) -> None:
        assert after(OPENED, LOST, RELEASED, ending, OPENED).reconnects == 0

    def test_a_session_that_comes_back_after_our_own_restart_is_none(self) -> None:
        assert after(OPENED, known=after(OPENED, LOST).unseen()).reconnects == 0

    @given(st.lists(st.sampled_from(LogEvent)))
    def test_there_are_never_more_than_breaks_or_openings(self, events: list[LogEvent]) -> None:
        known = after(*events)
        breaks = events.count(LOST) + events.count(LogEvent.MESSAGE_TOO_LARGE)
        assert known.reconnects is not None
        assert known.reconnects <= min(breaks, events.count(OPENED))
        assert known.releases_due >= 0
        assert known.sessions is None or known.sessions >= 0
        assert (known.opened_at is not None) == (known.session_open is True)


class TestSession:
    def test_nothing_is_known_before_the_first_line(self) -> None:
        assert AppLog().session_open is None

    def test_an_opened_one_is_open_since_then(self) -> None:
        known = after(OPENED)
        assert known.session_open is True
        assert known.opened_at == 60

    @pytest.mark.parametrize("ending", [LOST, CLOSED])
    def test_one_that_the_other_side_ended_is_not(self, ending: LogEvent) -> None:
        known = after(OPENED, ending)
        assert known.session_open is False
        assert known.opened_at is None
        assert known.last_disconnect == 120

    def test_a_server_that_starts_has_none(self) -> None:
        assert after(STARTING).session_open is False

    def test_a_server_that_starts_anew_has_lost_its_own(self) -> None:
        known = after(OPENED, STARTING)
        assert known.session_open is False
        assert known.last_disconnect == 120

    def test_a_lasting_one_that_was_given_up_was_disconnected_then(self) -> None:
        known = after(OPENED, RELEASED)
        assert known.session_open is None
        assert known.last_disconnect == 120

    def test_a_brief_one_says_nothing_of_one_that_we_did_not_see_opening(self) -> None:
        known = after(OPENED, RELEASED, every=BRIEF / 2)
        assert known.session_open is None
        assert known.last_disconnect is None

    def test_a_brief_one_beside_it_does_not_make_it_younger(self) -> None:
        assert after(OPENED, *BRIEF_SESSION).opened_at == 60

    def test_a_try_that_failed_ends_no_session(self) -> None:
        assert after(OPENED, LogEvent.TOKEN_REJECTED, RELEASED).session_open is True

    def test_after_our_own_restart_it_is_unknown_and_the_rest_is_not(self) -> None:
        known = after(OPENED, LOST, OPENED)
        again = known.unseen()
        assert again.session_open is None
        assert again.opened_at is None
        assert again.reconnects == known.reconnects == 1
        assert again.last_disconnect == known.last_disconnect == 120

    @pytest.mark.parametrize(
        "event",
        [LogEvent.GATEWAY_ERROR, LogEvent.TOOLS_MISSING, LogEvent.USAGE_LOG_OFF],
    )
    def test_other_news_leaves_it_as_it_is(self, event: LogEvent) -> None:
        known = after(OPENED)
        assert known.after(event, 120) == known


class TestStartup:
    def test_it_takes_from_the_first_line_to_the_server_that_answers(self) -> None:
        known = after(STARTING, OPENED, LogEvent.SERVER_SERVING)
        assert known.startup_time == 120
        assert known.came_up_at == 180

    def test_a_start_that_we_did_not_see_beginning_has_no_duration(self) -> None:
        assert after(LogEvent.SERVER_SERVING).startup_time is None

    def test_a_start_that_failed_has_none_either(self) -> None:
        known = after(STARTING, LogEvent.SERVER_CRASHED, LogEvent.SERVER_SERVING)
        assert known.startup_time is None

    def test_a_start_during_which_we_looked_away_has_none_either(self) -> None:
        known = after(LogEvent.SERVER_SERVING, known=after(STARTING).unseen())
        assert known.startup_time is None

    def test_the_last_one_counts(self) -> None:
        first = after(STARTING, LogEvent.SERVER_SERVING)
        assert after(STARTING, LogEvent.SERVER_SERVING, known=first, every=3).startup_time == 3

    def test_a_clock_set_back_makes_it_zero_at_least(self) -> None:
        known = AppLog().after(STARTING, 100).after(LogEvent.SERVER_SERVING, 50)
        assert known.startup_time == 0

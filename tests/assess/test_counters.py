"""Counts that only ever grow."""

from hypothesis import given
from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.assessment import Counters
from custom_components.ha_mcp_sre.assess.observation import ToolCall

from .builders import call, calls


def test_before_the_first_reading_nothing_is_counted_not_even_zero() -> None:
    assert Counters().calls is None
    assert Counters().errors is None


def test_a_first_reading_without_calls_counts_zero() -> None:
    assert Counters().after([], lost=False) == Counters(calls=0, errors=0, lost_windows=0)


def test_every_failure_is_an_error_whoever_is_to_blame() -> None:
    seen = [call(), call(code="ENTITY_NOT_FOUND"), call(code="INTERNAL_ERROR"), call(failed=True)]
    assert Counters(10, 1).after(seen, lost=False) == Counters(calls=14, errors=4)


def test_a_window_that_may_have_lost_calls_is_counted_and_its_calls_too() -> None:
    assert Counters(10, 1, 2).after([call()], lost=True) == Counters(11, 1, 3)


@given(st.lists(st.tuples(st.lists(calls(), max_size=5), st.booleans())))
def test_counters_never_fall(readings: list[tuple[list[ToolCall], bool]]) -> None:
    known = Counters(0, 0)
    for seen, lost in readings:
        after = known.after(seen, lost=lost)
        assert (after.calls or 0) >= (known.calls or 0)
        assert (after.errors or 0) >= (known.errors or 0)
        assert after.lost_windows >= known.lost_windows
        known = after

"""Counts that only ever grow."""

from dataclasses import astuple, replace

from hypothesis import given
from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.assessment import Counters
from custom_components.ha_mcp_sre.assess.observation import ToolCallReading

from .builders import call, calls
from .probes import reading


def test_before_the_first_reading_nothing_is_counted_not_even_zero() -> None:
    assert Counters().calls is None
    assert Counters().errors is None


def test_a_first_reading_without_calls_counts_zero() -> None:
    assert Counters().after(reading()) == Counters(calls=0, errors=0, lost_windows=0)


def test_every_failure_is_an_error_whoever_is_to_blame() -> None:
    seen = [call(), call(code="ENTITY_NOT_FOUND"), call(code="INTERNAL_ERROR"), call(failed=True)]
    assert Counters(10, 1).after(reading(*seen)) == Counters(calls=14, errors=4)


def test_a_window_that_may_have_lost_calls_is_counted_and_its_calls_too() -> None:
    assert Counters(10, 1, 2).after(reading(call(), lost=True)) == Counters(11, 1, 3)


def test_broken_records_and_what_our_own_calls_wrote_add_up() -> None:
    found = replace(reading(), broken_records=2, own_bytes=350)
    counted = Counters().after(found).after(found)
    assert (counted.broken_records, counted.own_bytes) == (4, 700)


READINGS = st.builds(
    lambda seen, lost, broken, own: replace(
        reading(*seen, lost=lost), broken_records=broken, own_bytes=own
    ),
    st.lists(calls(), max_size=5),
    st.booleans(),
    st.integers(0, 5),
    st.integers(0, 5000),
)


@given(st.lists(READINGS))
def test_counters_never_fall(readings: list[ToolCallReading]) -> None:
    known = Counters(0, 0)
    for each in readings:
        after = known.after(each)
        assert all(b >= a for a, b in zip(astuple(known), astuple(after), strict=True))
        known = after

"""Counting calls by time."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.faults import Fault
from custom_components.ha_mcp_sre.assess.histogram import BUCKETS, bucket_of
from custom_components.ha_mcp_sre.assess.ledger import MAX_NAMES, OTHER, Ledger, Totals
from custom_components.ha_mcp_sre.assess.observation import ToolCall

from .builders import DAY, HOUR, MIDNIGHT, MINUTE, call, calls, counted, day_totals

some_calls = st.lists(calls(), max_size=40)
moments = st.floats(MIDNIGHT - HOUR, MIDNIGHT + 4 * HOUR)


def added_up(some: Sequence[ToolCall], *, codes: bool = True) -> Totals:
    """Count one by one what the ledger counts in columns."""
    found = Counter(each.code or "none" for each in some if not each.success)
    return Totals(
        by_fault=tuple(sum(each.fault is fault for each in some) for fault in Fault),
        latency=tuple(
            sum(bucket_of(each.duration) == bucket for each in some) for bucket in range(BUCKETS)
        ),
        codes=tuple(sorted(found.items(), key=lambda item: (-item[1], item[0]))) if codes else (),
    )


def whole(ledger: Ledger) -> Totals:
    return ledger.totals(MIDNIGHT, MIDNIGHT + DAY)


def the_day(ledger: Ledger) -> range:
    day = ledger.day_of(MIDNIGHT)
    return range(day, day + 1)


@given(some_calls, moments, moments)
def test_a_window_counts_the_minutes_that_begin_in_it(
    some: list[ToolCall], since: float, until: float
) -> None:
    inside = [each for each in some if since <= each.started // MINUTE * MINUTE < until]
    assert counted(*some).totals(since, until) == added_up(inside)


@given(some_calls, moments, moments)
def test_hours_count_the_same_calls_without_their_codes(
    some: list[ToolCall], since: float, until: float
) -> None:
    inside = [each for each in some if since <= each.started // HOUR * HOUR < until]
    assert counted(*some).hour_totals(since, until) == added_up(inside, codes=False)


@given(some_calls)
def test_a_day_counts_the_same_calls_with_their_codes(some: list[ToolCall]) -> None:
    ledger = counted(*some)
    assert day_totals(ledger, ledger.day_of(MIDNIGHT)) == added_up(some)


@given(some_calls, st.sampled_from(["tool_1", "tool_2", "never_called"]))
def test_each_tool_has_its_own_totals(some: list[ToolCall], tool: str) -> None:
    ledger = counted(*some)
    its_own = added_up([each for each in some if each.tool == tool])
    by_tool = ledger.totals_by_tool(MIDNIGHT, MIDNIGHT + DAY)
    assert by_tool.get(tool, Totals()) == its_own
    assert ledger.days_by_tool(the_day(ledger)).get(tool, Totals()) == its_own


@given(some_calls, moments, moments)
def test_the_tools_add_up_to_the_whole(some: list[ToolCall], since: float, until: float) -> None:
    ledger = counted(*some)
    by_tool = ledger.totals_by_tool(since, until)
    together = ledger.totals(since, until)
    assert sum(each.calls for each in by_tool.values()) == together.calls
    assert sum(each.errors for each in by_tool.values()) == together.errors


@given(some_calls.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_arrival_does_not_matter(orders: tuple[list[ToolCall], ...]) -> None:
    one, other = (counted(*order) for order in orders)
    assert whole(one) == whole(other)
    assert one.totals_by_tool(MIDNIGHT, MIDNIGHT + DAY) == other.totals_by_tool(
        MIDNIGHT, MIDNIGHT + DAY
    )
    assert one.tools_in_use(MIDNIGHT) == other.tools_in_use(MIDNIGHT)


steps = st.tuples(st.sampled_from([-HOUR, 0, 20, 90, 1200]), st.floats(0, 30 * MINUTE), calls())


@given(st.lists(steps, max_size=40))
def test_late_calls_and_a_clock_set_back_lose_nothing(
    happenings: list[tuple[float, float, ToolCall]],
) -> None:
    ledger, now, seen = Ledger(), MIDNIGHT, []
    latest = now
    for step, lateness, model in happenings:
        now += step
        latest = max(latest, now)
        seen.append(call(now - lateness, tool=model.tool, code=model.code, duration=model.duration))
        ledger.add(seen[-1])
        ledger.forget(now)
    since, until = latest - 6 * HOUR + MINUTE, latest + MINUTE
    inside = [each for each in seen if since <= each.started // MINUTE * MINUTE < until]
    assert ledger.totals(since, until) == added_up(inside)
    days = sum(day_totals(ledger, day).calls for day in ledger.days())
    assert days == ledger.hour_totals(0, latest + DAY).calls == len(seen)


def test_a_call_counts_at_the_time_it_started() -> None:
    ledger = counted(call(MIDNIGHT - 1, duration=30))
    assert ledger.totals(MIDNIGHT - MINUTE, MIDNIGHT).calls == 1
    assert ledger.totals(MIDNIGHT, MIDNIGHT + MINUTE).calls == 0


def test_a_minute_or_hour_that_began_before_the_window_is_not_in_it() -> None:
    ledger = counted(call(MIDNIGHT + 59))
    assert ledger.totals(MIDNIGHT, MIDNIGHT + 1).calls == 1
    assert ledger.totals(MIDNIGHT + 1, MIDNIGHT + MINUTE).calls == 0
    assert ledger.hour_totals(MIDNIGHT, MIDNIGHT + 1).calls == 1
    assert ledger.hour_totals(MIDNIGHT + 1, MIDNIGHT + HOUR).calls == 0


def test_a_failure_whose_code_is_empty_is_no_success() -> None:
    ledger = counted(call(code=""))
    assert whole(ledger).errors == 1
    assert ledger.hour_totals(MIDNIGHT, MIDNIGHT + HOUR).errors == 1


def test_the_tools_in_use_are_those_that_were_called() -> None:
    ledger = counted(call(tool="ha_search"), call(tool="ha_get_state"), call(tool="ha_search"))
    assert ledger.tools_in_use(MIDNIGHT) == {"ha_search", "ha_get_state"}


def test_only_tools_called_in_the_window_have_totals_in_it() -> None:
    hours = enumerate(("before", "now", "after"))
    ledger = counted(*(call(MIDNIGHT + hour * HOUR, tool=tool) for hour, tool in hours))
    assert ledger.totals_by_tool(MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR).keys() == {"now"}


@pytest.fixture(scope="module")
def crowded() -> Ledger:
    return counted(*(call(tool=f"tool_{number}") for number in range(MAX_NAMES + 50)))


def test_more_tools_than_can_be_told_apart_are_counted_together(crowded: Ledger) -> None:
    assert len(crowded.tools_in_use(MIDNIGHT)) == MAX_NAMES + 1
    assert crowded.totals_by_tool(MIDNIGHT, MIDNIGHT + DAY)[OTHER].calls == 50
    assert whole(crowded).calls == MAX_NAMES + 50


def test_known_tools_stay_apart_when_there_are_too_many(crowded: Ledger) -> None:
    assert crowded.totals_by_tool(MIDNIGHT, MIDNIGHT + DAY)["tool_7"].calls == 1


def test_more_codes_than_can_be_told_apart_are_counted_together() -> None:
    codes = [f"CODE_{number}" for number in range(MAX_NAMES)]
    ledger = counted(*(call(code=code) for code in codes))
    found = dict(whole(ledger).codes)
    assert found["CODE_0"] == 1
    assert found[OTHER] == MAX_NAMES - len(found) + 1

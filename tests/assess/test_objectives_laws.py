"""What holds for objectives whatever happens."""

from collections.abc import Callable, Sequence
from dataclasses import replace
import math

from hypothesis import given
from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.objectives import (
    FAST_BURN,
    SLOW_BURN,
    Budget,
    BurnAlert,
    Objective,
    Objectives,
    Targets,
)
from custom_components.ha_mcp_sre.assess.observation import ToolCall

from .builders import DAY, HOUR, MIDNIGHT, MINUTE, call, calls

NOW = MIDNIGHT + 3 * HOUR

type Event = Callable[[Objectives], None]


def look(at: float, good: bool | None, maintenance: bool) -> Event:
    return lambda objectives: objectives.saw(at, good, maintenance=maintenance)


def use(one: ToolCall, excluded: bool) -> Event:
    return lambda objectives: objectives.called(one, excluded=excluded)


def start(at: float, seconds: float, excluded: bool) -> Event:
    return lambda objectives: objectives.started(at, seconds, excluded=excluded)


moments = st.floats(NOW - 3 * HOUR, NOW)
rarely = st.sampled_from([False, False, False, True])
looks = st.builds(look, moments, st.sampled_from([True, False, None]), rarely)
uses = st.builds(use, calls(within=3 * HOUR), rarely)
starts = st.builds(start, moments, st.floats(0, 60), rarely)
happenings = st.lists(st.one_of(looks, uses, starts), max_size=40)
percentages = st.floats(0, 100)


def after(events: Sequence[Event]) -> Objectives:
    objectives = Objectives(since=NOW - DAY)
    for event in events:
        event(objectives)
    return objectives


def budgets(objectives: Objectives, target: float = 99) -> dict[Objective, Budget]:
    return objectives.budgets(NOW, Targets(target, target, target, target))


def numbers(budget: Budget) -> list[float]:
    every = (
        *(budget.achieved, budget.remaining, budget.remaining_minutes, budget.exhausted_in),
        *(budget.unknown, *budget.burn.values()),
    )
    return [number for number in every if number is not None]


@given(happenings, percentages)
def test_every_number_is_finite(some: list[Event], target: float) -> None:
    for budget in budgets(after(some), target).values():
        assert all(map(math.isfinite, numbers(budget)))


@given(happenings, percentages)
def test_nothing_is_above_100_percent_and_only_a_budget_below_0(
    some: list[Event], target: float
) -> None:
    for budget in budgets(after(some), target).values():
        for share in (budget.achieved, budget.unknown):
            assert share is None or 0 <= share <= 100
        assert budget.remaining is None or budget.remaining <= 100
        assert all(rate is None or rate >= 0 for rate in budget.burn.values())
        assert budget.exhausted_in is None or 0 <= budget.exhausted_in <= 28


bad_events = st.one_of(
    st.builds(look, moments, st.just(False), st.just(False)),
    st.builds(
        use, moments.map(lambda at: call(at, code="INTERNAL_ERROR", duration=9)), st.just(False)
    ),
    st.builds(start, moments, st.just(60.0), st.just(False)),
)


@given(happenings, bad_events, percentages)
def test_another_bad_event_makes_nothing_better(
    some: list[Event], bad: Event, target: float
) -> None:
    before, after_it = budgets(after(some), target), budgets(after([*some, bad]), target)
    for objective in Objective:
        was, now = before[objective], after_it[objective]
        for seconds, rate in was.burn.items():
            later = now.burn[seconds]
            assert rate is None or (later is not None and later >= rate)
        if was.remaining is not None and was.achieved is not None:
            assert now.remaining is not None
            assert now.achieved is not None
            assert now.remaining <= was.remaining
            assert now.achieved <= was.achieved
        assert (now.exhausted_in or 0) <= (28 if was.exhausted_in is None else was.exhausted_in)


@given(happenings, bad_events, st.sampled_from([FAST_BURN, SLOW_BURN]))
def test_another_bad_event_ends_no_alert(some: list[Event], bad: Event, alert: BurnAlert) -> None:
    before, after_it = after(some), after([*some, bad])
    for objective in Objective:
        was = before.burning(objective, NOW, 99, alert) is not None
        now = after_it.burning(objective, NOW, 99, alert) is not None
        assert was <= now


@given(
    st.lists(st.tuples(st.floats(0, 59.9), st.sampled_from([True, False, None]), rarely)).flatmap(
        lambda some: st.tuples(st.just(some), st.permutations(some))
    ),
    st.integers(0, 100),
)
def test_the_order_of_looks_within_a_minute_does_not_matter(
    orders: tuple[list[tuple[float, bool | None, bool]], ...], minute: int
) -> None:
    begin = MIDNIGHT + minute * MINUTE
    one, other = (
        after([look(begin + second, good, kept) for second, good, kept in order])
        for order in orders
    )
    assert budgets(one) == budgets(other)
    assert one.part() == other.part()


@given(
    st.lists(st.one_of(uses, starts)).flatmap(
        lambda some: st.tuples(st.just(some), st.permutations(some))
    )
)
def test_the_order_of_calls_and_starts_does_not_matter(orders: tuple[list[Event], ...]) -> None:
    one, other = map(after, orders)
    assert budgets(one) == budgets(other)
    assert one.part() == other.part()


@given(happenings, happenings)
def test_a_restored_part_is_the_original_and_goes_on_like_it(
    stored: list[Event], later: list[Event]
) -> None:
    original, restored = after(stored), after([])
    restored.restore(original.part())
    for event in later:
        event(original)
        event(restored)
    assert restored.part() == original.part()
    assert budgets(restored) == budgets(original)


@given(happenings, calls(within=3 * HOUR), st.floats(0, 60))
def test_what_is_excluded_changes_nothing_else(
    some: list[Event], one: ToolCall, seconds: float
) -> None:
    left_out = [use(one, True), start(NOW, seconds, True)]
    before, after_it = budgets(after(some)), budgets(after([*some, *left_out]))
    for objective in Objective:
        tally = replace(after_it[objective].tally, excluded=before[objective].tally.excluded)
        assert replace(after_it[objective], tally=tally) == before[objective]


@given(happenings, st.booleans())
def test_a_minute_of_maintenance_changes_only_what_is_unknown(
    some: list[Event], good: bool
) -> None:
    before = budgets(after(some))[Objective.AVAILABILITY]
    hour_before = NOW - 4 * HOUR
    after_it = budgets(after([*some, look(hour_before, good, True)]))[Objective.AVAILABILITY]
    assert after_it.tally.excluded == before.tally.excluded + 1
    assert before.unknown is not None
    assert after_it.unknown is not None
    assert after_it.unknown < before.unknown
    same = replace(after_it, tally=before.tally, unknown=before.unknown)
    assert same == before


jumps = st.sampled_from([2 * MINUTE, 10 * MINUTE, HOUR, -HOUR, 5 * HOUR, -3 * HOUR])


@given(st.lists(st.tuples(jumps, st.booleans()), max_size=40))
def test_a_clock_that_jumps_by_hours_loses_nothing(steps: list[tuple[float, bool]]) -> None:
    objectives, now = Objectives(since=MIDNIGHT), MIDNIGHT
    for step, good in steps:
        now += step
        objectives.saw(now, good, maintenance=False)
        objectives.forget(now)
        for budget in objectives.budgets(now, Targets()).values():
            assert all(map(math.isfinite, numbers(budget)))
            assert budget.unknown is None or 0 <= budget.unknown <= 100
    tally = objectives.tally(Objective.AVAILABILITY, 28 * DAY, MIDNIGHT + 10 * DAY)
    bad = sum(not good for _, good in steps)
    assert (tally.good, tally.bad) == (len(steps) - bad, bad)

"""What is left of an error budget, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from custom_components.ha_mcp_sre.assess.objectives import BURN_WINDOWS, Objectives, Targets
from custom_components.ha_mcp_sre.assess.tally import Tally

from .builders import DAY, HOUR, MINUTE, call
from .outcomes import AVAILABILITY, LATENCY, NOON, STARTUP, TOOL_SUCCESS, all_of, called, looked


def test_nothing_is_known_of_a_server_that_was_never_seen() -> None:
    budget = Objectives(since=NOON).budget(AVAILABILITY, NOON, 99.5)
    assert budget.tally == Tally()
    assert (budget.achieved, budget.remaining, budget.remaining_minutes) == (None, None, None)
    assert (budget.exhausted_in, budget.unknown) == (None, None)
    assert budget.burn == dict.fromkeys(BURN_WINDOWS)


def test_the_budget_of_availability_is_that_of_28_days_from_the_first_minute_on() -> None:
    budget = looked(*[True] * 54, *[False] * 6).budget(AVAILABILITY, NOON, 99.5)
    allowed = 28 * 24 * 60 * 0.005
    assert budget.achieved == 90
    assert budget.remaining_minutes == pytest.approx(allowed - 6)
    assert budget.remaining == pytest.approx(100 * (1 - 6 / allowed))


def test_more_than_the_whole_budget_can_be_used() -> None:
    budget = looked(*[True] * 100, *[False] * 300).budget(AVAILABILITY, NOON, 99.5)
    assert budget.remaining is not None
    assert budget.remaining < 0
    assert budget.remaining_minutes == pytest.approx(201.6 - 300)
    assert budget.exhausted_in == 0


def test_the_budget_of_calls_grows_with_the_calls() -> None:
    budget = called(good=395, bad=5).budget(TOOL_SUCCESS, NOON, 95)
    assert budget.achieved == 98.75
    assert budget.remaining == pytest.approx(75)
    assert budget.remaining_minutes is None
    assert budget.unknown is None


def test_a_budget_is_used_up_at_the_rate_of_the_last_three_days() -> None:
    objectives = called(good=980, bad=20, at=NOON - 10 * DAY)
    for _ in range(10):
        objectives.called(call(NOON - 2 * DAY, code="INTERNAL_ERROR"), excluded=False)
    for _ in range(90):
        objectives.called(call(NOON - 2 * DAY), excluded=False)
    budget = objectives.budget(TOOL_SUCCESS, NOON, 95)
    assert budget.burn[3 * 86_400] == pytest.approx(2)
    assert budget.exhausted_in == pytest.approx((1 - 30 / 55) * 28 / 2)


def test_the_budget_after_a_day_is_that_of_its_last_minute_whenever_it_is_asked() -> None:
    midnight, objectives = NOON + 12 * HOUR, Objectives()
    for ago in (1, 30, 70, 200):
        objectives.called(call(midnight - ago * HOUR, code="INTERNAL_ERROR"), excluded=False)
        for _ in range(30):
            objectives.called(call(midnight - ago * HOUR), excluded=False)
    day = datetime.fromtimestamp(NOON, UTC).toordinal()
    then = objectives.budget(TOOL_SUCCESS, midnight - MINUTE, 95)
    after = objectives.budget_after(TOOL_SUCCESS, day, 95)
    assert replace(then, burn={3 * 86_400: then.burn[3 * 86_400]}) == after

    objectives.forget(midnight + 5 * DAY)
    assert objectives.budget_after(TOOL_SUCCESS, day, 95) == after


def test_a_budget_that_outlasts_its_window_is_not_said_to_end() -> None:
    assert called(good=999, bad=1).budget(TOOL_SUCCESS, NOON, 99).exhausted_in is None


def test_a_budget_that_nobody_uses_is_not_said_to_end() -> None:
    budget = called(good=5, bad=0).budget(TOOL_SUCCESS, NOON, 99)
    assert (budget.remaining, budget.exhausted_in) == (100, None)


@pytest.mark.parametrize(("bad", "remaining"), [(0, 100), (1, -999_900)])
def test_a_target_of_100_percent_leaves_a_budget_of_next_to_nothing(
    bad: int, remaining: float
) -> None:
    budget = called(good=10 - bad, bad=bad).budget(TOOL_SUCCESS, NOON, 100)
    assert budget.remaining == pytest.approx(remaining)


def test_events_leave_the_window_after_28_days() -> None:
    objectives = called(good=0, bad=1)
    assert all_of(objectives, TOOL_SUCCESS, NOON + 27 * DAY) == Tally(bad=1)
    assert all_of(objectives, TOOL_SUCCESS, NOON + 28 * DAY) == Tally()


def test_unknown_is_what_nobody_saw_since_watching_began() -> None:
    objectives = looked(*[True] * 30, *[None] * 60, *[True] * 30)
    assert objectives.budget(AVAILABILITY, NOON, 99.5).unknown == 50


def test_maintenance_is_not_unknown() -> None:
    objectives = Objectives(since=NOON - HOUR)
    for minute in range(60):
        objectives.saw(NOON - HOUR + minute * MINUTE, None, maintenance=True)
    budget = objectives.budget(AVAILABILITY, NOON, 99.5)
    assert (budget.unknown, budget.tally) == (0, Tally(excluded=60))


def test_unknown_looks_no_further_back_than_the_window() -> None:
    objectives = Objectives(ZoneInfo("Europe/Amsterdam"), since=NOON - 100 * DAY)
    for minute in range(14 * 24 * 60):
        objectives.saw(NOON - minute * MINUTE, True, maintenance=False)
    unknown = objectives.budget(AVAILABILITY, NOON, 99.5).unknown
    assert unknown == pytest.approx(100 * (27 - 14 + 14 / 24) / (27 + 14 / 24), abs=0.01)


def test_watching_that_began_in_the_future_leaves_the_unknown_unknown() -> None:
    objectives = Objectives(since=NOON + HOUR)
    objectives.saw(NOON, True, maintenance=False)
    assert objectives.budget(AVAILABILITY, NOON, 99.5).unknown is None


def test_every_objective_has_its_budget_with_its_own_target() -> None:
    budgets = Objectives().budgets(NOON, Targets(99.9, 98, 90, 80))
    assert {each: budget.target for each, budget in budgets.items()} == {
        AVAILABILITY: 99.9,
        TOOL_SUCCESS: 98,
        LATENCY: 90,
        STARTUP: 80,
    }


def test_one_slow_start_a_month_is_within_the_budget() -> None:
    objectives = Objectives()
    for day in range(12):
        objectives.started(NOON - day * DAY, 9 if day == 3 else 3, excluded=False)
    remaining = objectives.budget(STARTUP, NOON, Targets().startup).remaining
    assert remaining is not None
    assert remaining > 0

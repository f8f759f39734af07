"""What counts for an objective, and how fast that burns its budget."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.cells import Cell
from custom_components.ha_mcp_sre.assess.ledger import Part
from custom_components.ha_mcp_sre.assess.objectives import (
    BURN_WINDOWS,
    FAST_BURN,
    SLOW_BURN,
    BurnAlert,
    Objectives,
    Targets,
)
from custom_components.ha_mcp_sre.assess.tally import Tally

from .builders import DAY, HOUR, MINUTE, call
from .outcomes import (
    AVAILABILITY,
    LATENCY,
    MONTH,
    NOON,
    STARTUP,
    TOOL_SUCCESS,
    all_of,
    called,
    looked,
)


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([True, True], Tally(good=1)),
        ([True, False, True], Tally(bad=1)),
        ([None, True], Tally(good=1)),
        ([None, False], Tally(bad=1)),
        ([None, None], Tally()),
        ([], Tally()),
    ],
)
def test_a_minute_is_as_bad_as_the_worst_look_in_it(
    looks: list[bool | None], expected: Tally
) -> None:
    objectives = Objectives()
    for second, good in enumerate(looks):
        objectives.saw(NOON + second, good, maintenance=False)
    assert all_of(objectives, AVAILABILITY) == expected


@pytest.mark.parametrize("good", [True, False, None])
def test_a_minute_with_maintenance_is_left_out(good: bool | None) -> None:
    objectives = looked(False)
    objectives.saw(NOON + 1, good, maintenance=True)
    objectives.saw(NOON + 2, False, maintenance=False)
    assert all_of(objectives, AVAILABILITY) == Tally(excluded=1)


def test_the_minute_that_is_not_over_is_in_every_window() -> None:
    objectives = looked(False)
    for window in (*BURN_WINDOWS, MONTH):
        assert objectives.tally(AVAILABILITY, window, NOON) == Tally(bad=1)


@pytest.mark.parametrize("window", [5 * MINUTE, DAY, MONTH])
def test_a_minute_is_counted_once_when_it_is_over(window: float) -> None:
    objectives = looked(True, False)
    objectives.saw(NOON + 2 * MINUTE, None, maintenance=False)
    objectives.saw(NOON + 3 * MINUTE, True, maintenance=False)
    now = NOON + 3 * MINUTE
    assert objectives.tally(AVAILABILITY, window, now) == Tally(good=2, bad=1)


def test_a_look_that_ends_after_the_next_minute_began_still_counts_in_its_own() -> None:
    objectives = looked(True, True)
    objectives.saw(NOON - 1, False, maintenance=False)
    assert all_of(objectives, AVAILABILITY) == Tally(good=1, bad=1)


def test_an_hour_that_a_clock_set_back_shows_twice_counts_twice() -> None:
    objectives = Objectives()
    for now in (NOON, NOON - HOUR):
        for minute in range(60):
            objectives.saw(now + minute * MINUTE, now == NOON, maintenance=False)
    assert all_of(objectives, AVAILABILITY) == Tally(good=60, bad=60)
    assert objectives.budget(AVAILABILITY, NOON, 99.5).unknown is not None


def test_a_clock_set_forward_leaves_the_time_between_unknown() -> None:
    objectives = looked(*[True] * 60)
    now = NOON + HOUR
    objectives.saw(now, True, maintenance=False)
    assert objectives.tally(AVAILABILITY, HOUR, now) == Tally(good=1)
    assert objectives.budget(AVAILABILITY, now, 99.5).unknown == pytest.approx(49.2, abs=1)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (None, Tally(good=1)),
        ("INTERNAL_ERROR", Tally(bad=1)),
        ("TIMEOUT_OPERATION", Tally(bad=1)),
        ("WEBSOCKET_DISCONNECTED", Tally(bad=1)),
        ("ENTITY_NOT_FOUND", Tally()),
        ("USER_DENIED", Tally()),
        ("SOMETHING_NEW", Tally()),
    ],
)
def test_only_faults_of_the_server_and_its_link_are_bad_calls(
    code: str | None, expected: Tally
) -> None:
    objectives = Objectives()
    objectives.called(call(NOON, code=code), excluded=False)
    assert all_of(objectives, TOOL_SUCCESS) == expected
    assert all_of(objectives, LATENCY).valid == expected.valid


@pytest.mark.parametrize(("seconds", "expected"), [(1.99, Tally(good=1)), (2.0, Tally(bad=1))])
def test_a_call_under_two_seconds_is_quick(seconds: float, expected: Tally) -> None:
    objectives = Objectives()
    objectives.called(call(NOON, duration=seconds), excluded=False)
    assert all_of(objectives, LATENCY) == expected
    assert all_of(objectives, TOOL_SUCCESS) == Tally(good=1)


@pytest.mark.parametrize(("seconds", "expected"), [(4.99, Tally(good=1)), (5.0, Tally(bad=1))])
def test_a_start_under_five_seconds_is_quick(seconds: float, expected: Tally) -> None:
    objectives = Objectives()
    objectives.started(NOON, seconds, excluded=False)
    assert all_of(objectives, STARTUP) == expected


def test_how_quick_is_quick_enough_can_be_chosen() -> None:
    objectives = Objectives(targets=Targets(latency_seconds=0.5, startup_seconds=30))
    objectives.called(call(NOON, duration=1), excluded=False)
    objectives.started(NOON, 20, excluded=False)
    assert all_of(objectives, LATENCY) == Tally(bad=1)
    assert all_of(objectives, STARTUP) == Tally(good=1)


def test_what_was_called_or_started_in_maintenance_is_left_out() -> None:
    objectives = Objectives()
    objectives.called(call(NOON, code="INTERNAL_ERROR"), excluded=True)
    objectives.started(NOON, 60, excluded=True)
    for objective in (TOOL_SUCCESS, LATENCY, STARTUP):
        assert all_of(objectives, objective) == Tally(excluded=1)


def test_a_burn_rate_of_one_uses_the_budget_steadily() -> None:
    objectives = called(good=99, bad=1)
    assert objectives.burn(TOOL_SUCCESS, HOUR, NOON, 99) == 1
    assert objectives.burn(TOOL_SUCCESS, HOUR, NOON, 99.5) == 2


def test_without_a_valid_event_nobody_knows_the_burn_rate() -> None:
    objectives = Objectives()
    objectives.called(call(NOON, code="ENTITY_NOT_FOUND"), excluded=False)
    objectives.called(call(NOON, code="INTERNAL_ERROR"), excluded=True)
    assert objectives.burn(TOOL_SUCCESS, HOUR, NOON, 99) is None
    assert not objectives.burning(TOOL_SUCCESS, NOON, 99, FAST_BURN)


def test_a_burn_is_told_from_exactly_its_rate_on() -> None:
    assert called(good=856, bad=144).burning(TOOL_SUCCESS, NOON, 99, FAST_BURN)
    assert not called(good=857, bad=143).burning(TOOL_SUCCESS, NOON, 99, FAST_BURN)


@pytest.mark.parametrize(("bad", "told"), [(2, False), (3, True)])
@pytest.mark.parametrize("alert", [FAST_BURN, SLOW_BURN])
def test_two_failures_at_low_traffic_are_not_told_however_fast_they_burn(
    bad: int, told: bool, alert: BurnAlert
) -> None:
    objectives = called(good=0, bad=bad)
    assert objectives.burn(TOOL_SUCCESS, HOUR, NOON, 99) == 100
    assert (objectives.burning(TOOL_SUCCESS, NOON, 99, alert) is not None) is told


def test_a_burn_that_is_over_is_not_told() -> None:
    objectives = called(good=10, bad=20, at=NOON - 10 * MINUTE)
    objectives.called(call(NOON), excluded=False)
    assert not objectives.burning(TOOL_SUCCESS, NOON, 99, FAST_BURN)
    assert objectives.burning(TOOL_SUCCESS, NOON, 99, SLOW_BURN)


def test_a_burn_that_has_just_begun_is_not_told() -> None:
    objectives = called(good=500, bad=0, at=NOON - 30 * MINUTE)
    for _ in range(5):
        objectives.called(call(NOON, code="INTERNAL_ERROR"), excluded=False)
    assert objectives.burn(TOOL_SUCCESS, 5 * MINUTE, NOON, 99) == 100
    assert not objectives.burning(TOOL_SUCCESS, NOON, 99, FAST_BURN)


def test_a_bad_event_in_the_short_window_can_be_asked_for_apart() -> None:
    alert = replace(FAST_BURN, rate=0)
    objectives = called(good=0, bad=5, at=NOON - 10 * MINUTE)
    objectives.called(call(NOON), excluded=False)
    assert not objectives.burning(TOOL_SUCCESS, NOON, 99, alert)
    assert objectives.burning(TOOL_SUCCESS, NOON, 99, replace(alert, bad_in_short=0))


def test_what_is_too_old_is_forgotten() -> None:
    objectives = called(good=1, bad=1)
    objectives.forget(NOON + 35 * DAY)
    assert objectives.part() == Part((), ())


def test_a_minute_goes_on_after_a_restart_in_the_middle_of_it() -> None:
    objectives = Objectives()
    objectives.restore(looked(True).part())
    objectives.saw(NOON + 30, False, maintenance=False)
    assert all_of(objectives, AVAILABILITY) == Tally(bad=1)


def test_a_part_with_a_row_that_cannot_be_changes_nothing() -> None:
    objectives = called(good=1, bad=0)
    before = objectives.part()
    row = Cell(slot=1, tool=0, code=0, bucket=0, calls=1)
    with pytest.raises(IndexError):
        objectives.restore(Part((), (), minutes=(row,), days=(row._replace(tool=9),)))
    assert objectives.part() == before

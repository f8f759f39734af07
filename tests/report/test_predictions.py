"""Predictions: made from trends, kept until due, then held against the numbers."""

from dataclasses import asdict, replace
from datetime import date, timedelta
import json

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.objectives import Budget, Objective
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.report.material import Material
from custom_components.ha_mcp_sre.report.predictions import PredictionMemory, predictions
from custom_components.ha_mcp_sre.report.risk import Prediction

from .homes import FIRST_DAY, the_server
from .materials import quiet_week
from .parts import MB, MONDAY, at, diary_day, week
from .servers import known_for

NOTHING = PredictionMemory()
SERVER = the_server().id
MEMORY = f"memory:{SERVER}"


def after_weeks(weeks: int, *levels: float) -> Material:
    """Return a home `weeks` later; the memory was at these levels in MB, the last ever since."""
    over = week(MONDAY + timedelta(weeks=weeks))
    days = range(FIRST_DAY - 7, FIRST_DAY + 7 * (weeks + 1))
    known = [*levels, *[levels[-1]] * len(days)]
    diary = Diary(
        tuple(diary_day(day, memory=round(known[number] * MB)) for number, day in enumerate(days))
    )
    server = replace(the_server(), diary=diary, budgets={})
    return replace(quiet_week(), week=over, servers=(server,), project=None)


GROWING = tuple(200 + 15 * day for day in range(14))
"""Two weeks in which the memory grew."""


def made() -> tuple[Prediction, PredictionMemory]:
    (prediction,), memory = predictions(after_weeks(0, *GROWING), NOTHING)
    return prediction, memory


def test_a_trend_that_will_cross_its_limit_is_said_aloud() -> None:
    prediction, _ = made()

    assert prediction.key == MEMORY
    assert (prediction.made, prediction.due) == ("2026-11-23", "2026-12-21")
    assert prediction.value == pytest.approx(404 * MB)
    assert prediction.threshold == pytest.approx(808 * MB)
    assert prediction.confirmed is None
    assert prediction.statement == (
        "The memory of ha-mcp will reach 847.2 MB by 2026-12-21: it is 423.6 MB and grows by "
        "110.1 MB a week, by 14 days."
    )


def test_where_nothing_grows_nothing_is_predicted() -> None:
    assert predictions(after_weeks(0, 200), NOTHING)[0] == ()


def test_a_prediction_is_confirmed_as_soon_as_its_limit_is_crossed() -> None:
    prediction, memory = made()

    (judged, *_), _ = predictions(after_weeks(2, *GROWING, 900), memory)

    assert judged.measured == pytest.approx(909 * MB)
    assert judged == replace(
        prediction, confirmed=True, measured=judged.measured, judged="2026-12-07"
    )


def test_a_prediction_is_open_until_it_is_due() -> None:
    _, memory = made()

    (prediction, *_), _ = predictions(after_weeks(3, *GROWING), memory)

    assert (prediction.confirmed, prediction.judged) == (None, None)
    assert prediction.measured == pytest.approx(404 * MB)


def test_a_prediction_that_did_not_come_true_when_it_was_due_is_refuted() -> None:
    _, memory = made()

    (prediction, *_), _ = predictions(after_weeks(4, *GROWING), memory)

    assert (prediction.confirmed, prediction.judged) == (False, "2026-12-21")
    assert prediction.measured == pytest.approx(404 * MB)


def test_the_same_is_not_predicted_twice_while_it_is_open() -> None:
    _, memory = made()

    known, _ = predictions(after_weeks(1, *GROWING, *(410 + 15 * d for d in range(7))), memory)

    assert [each.made for each in known] == ["2026-11-23"]


def test_a_prediction_waits_for_a_number_and_not_for_ever() -> None:
    _, memory = made()
    unseen = {weeks: replace(after_weeks(weeks, 1), servers=()) for weeks in (4, 7, 8)}

    (waiting,), memory = predictions(unseen[4], memory)
    (still,), memory = predictions(unseen[7], memory)
    gone, _ = predictions(unseen[8], memory)

    assert (waiting.confirmed, still.confirmed, gone) == (None, None, ())


def test_what_was_judged_is_kept_for_twelve_weeks() -> None:
    _, memory = made()
    _, memory = predictions(after_weeks(4, *GROWING), memory)

    kept, memory = predictions(after_weeks(15, *GROWING), memory)
    gone, _ = predictions(after_weeks(16, *GROWING), memory)

    assert ([each.key for each in kept], gone) == ([MEMORY], ())


def spent(weeks: int, remaining: float | None, exhausted_in: float | None) -> Material:
    """Return a home whose budget of tool success is like this."""
    budget = Budget(99.0, Tally(980, 20), 98.0, remaining, exhausted_in=exhausted_in)
    material = after_weeks(weeks, 200)
    server = replace(material.servers[0], budgets={Objective.TOOL_SUCCESS: budget})
    return replace(material, servers=(server,))


@pytest.mark.parametrize(
    ("weeks", "remaining", "confirmed"),
    [(1, -10.0, True), (1, 10.0, None), (4, 10.0, False), (4, 0.0, True), (4, None, None)],
)
def test_a_budget_that_runs_out_is_predicted_and_judged(
    weeks: int, remaining: float | None, confirmed: bool | None
) -> None:
    (made,), memory = predictions(spent(0, 40.0, 12.0), NOTHING)

    (judged,), _ = predictions(spent(weeks, remaining, None), memory)

    assert (made.key, made.value, made.threshold) == (
        f"error_budget:{SERVER}:tool_success",
        40.0,
        0.0,
    )
    assert made.due == "2026-12-05"
    assert made.statement == (
        "The error budget of tool success of ha-mcp will be used up by 2026-12-05: 40 % of it is "
        "left, which at the rate of the last three days lasts 12 d."
    )
    assert judged.confirmed is confirmed


@pytest.mark.parametrize("exhausted_in", [None, 29.0])
def test_a_budget_that_lasts_is_not_predicted_to_run_out(exhausted_in: float | None) -> None:
    assert predictions(spent(0, 40.0, exhausted_in), NOTHING)[0] == ()


def test_where_less_than_a_day_is_known_nothing_is_predicted() -> None:
    young = replace(spent(0, 40.0, 12.0).servers[0], tallies=known_for(1439))

    assert predictions(replace(spent(0, 40.0, 12.0), servers=(young,)), NOTHING)[0] == ()


def test_what_is_said_before_the_week_is_over_is_said_today() -> None:
    so_far = replace(after_weeks(0, *GROWING), week=week(as_of=at("2026-11-22T18:00")))

    (prediction,), memory = predictions(so_far, NOTHING)

    assert (prediction.made, memory.until) == ("2026-11-22", "2026-11-22")
    assert predictions(so_far, memory) == ((prediction,), memory)


levels = st.lists(st.floats(50, 2000), min_size=1, max_size=60)


@given(st.lists(levels, max_size=4), levels)
def test_a_week_that_is_reported_twice_is_the_same(
    earlier: list[list[float]], last: list[float]
) -> None:
    memory = NOTHING
    for number, each in enumerate(earlier):
        _, memory = predictions(after_weeks(number, *each), memory)
    material = after_weeks(len(earlier), *last)

    once = predictions(material, memory)

    assert predictions(material, once[1]) == once


@given(st.lists(levels, min_size=2, max_size=6), st.data())
def test_an_older_week_damages_nothing(weeks: list[list[float]], data: st.DataObject) -> None:
    memory = NOTHING
    for number, each in enumerate(weeks):
        _, memory = predictions(after_weeks(number, *each), memory)
    older = after_weeks(data.draw(st.integers(0, len(weeks) - 2)), *data.draw(levels))

    shown, unchanged = predictions(older, memory)

    assert unchanged == memory
    assert {each.made for each in shown} <= {
        (MONDAY + timedelta(weeks=number + 1)).isoformat() for number in range(len(weeks))
    }


@given(st.lists(levels, min_size=1, max_size=8))
def test_of_one_figure_there_is_at_most_one_open_prediction(weeks: list[list[float]]) -> None:
    memory = NOTHING
    for number, each in enumerate(weeks):
        known, memory = predictions(after_weeks(number, *each), memory)
        still_open = [one.key for one in known if one.confirmed is None]
        assert len(still_open) == len(set(still_open))


def test_the_memory_is_plain() -> None:
    _, memory = made()

    (known,) = json.loads(json.dumps(asdict(memory)))["predictions"]

    assert date.fromisoformat(known["due"]) == date(2026, 12, 21)

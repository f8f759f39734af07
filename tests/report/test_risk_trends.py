"""Risks that come from trends: what will be over its limit within four weeks, and what is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.assessment import UsageLog
from custom_components.ha_mcp_sre.assess.diary import Day, Diary
from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.objectives import Budget, Objective
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.report.material import CallTotals, Material
from custom_components.ha_mcp_sre.report.predictions import PredictionMemory, predictions
from custom_components.ha_mcp_sre.report.risks import examine
from custom_components.ha_mcp_sre.report.trend import LEAST_DAYS, trend

from .homes import FIRST_DAY, LAST_DAY, found, home, outages, the_server
from .materials import quiet_week
from .parts import MB, Span, at, diary_day, incidents, latencies, totals, week

AS_OF = quiet_week().week.as_of
SUNDAY = week(as_of=at("2026-11-22T20:00"))
"""The week on its last evening."""

type Dayish = Callable[[int], Day]


def lived(day: Dayish, days: int = 14) -> Material:
    """Return a home whose server had such days; they are numbered up to the last, which is 0."""
    return home(diary=Diary(tuple(day(number - days + 1) for number in range(days))))


def memory(a_day: int) -> Dayish:
    return lambda number: diary_day(LAST_DAY + number, memory=300 * MB + number * a_day)


def usage_log(a_day: int) -> Dayish:
    return lambda number: diary_day(LAST_DAY + number, usage_log=80_000_000 + number * a_day)


def startup(a_day: float) -> Dayish:
    return lambda number: diary_day(LAST_DAY + number, startups=(4 + number * a_day,))


def response(slower: int) -> Dayish:
    def day(number: int) -> Day:
        slow = 20 + number * slower
        answers = latencies((0.9, 100 - slow), (1.9, slow))
        return replace(diary_day(LAST_DAY + number), response=answers)

    return day


def test_memory_that_will_double_is_a_risk() -> None:
    (risk,) = found(lived(memory(20 * MB)), "memory")

    assert risk.evidence == {
        "level": pytest.approx(309 * MB),
        "a_week": pytest.approx(140 * MB),
        "limit": pytest.approx(618 * MB),
        "in_days": 15.4,
        "days": 14,
    }
    assert risk.severity is Severity.P3
    assert "grows by 146.8 MB a week, by 14 days of the last 28" in risk.current_state


@pytest.mark.parametrize(
    ("rule", "rising", "steady"),
    [
        ("memory", memory(20 * MB), memory(0)),
        ("memory", memory(20 * MB), memory(2 * MB)),
        ("memory", memory(20 * MB), memory(-5 * MB)),
        ("usage_log", usage_log(1_000_000), usage_log(100_000)),
        ("startup", startup(0.1), startup(0.01)),
        ("response", response(1), response(0)),
    ],
)
def test_only_what_crosses_its_limit_within_four_weeks_is_a_risk(
    rule: str, rising: Dayish, steady: Dayish
) -> None:
    assert len(found(lived(rising), rule)) == 1
    assert found(lived(steady), rule) == []


@pytest.mark.parametrize(
    ("rule", "rising"),
    [("memory", memory(20 * MB)), ("startup", startup(0.1)), ("response", response(1))],
)
def test_fewer_than_seven_days_show_no_trend(rule: str, rising: Dayish) -> None:
    server_id = the_server().id

    assert f"{rule}:{server_id}" not in examine(lived(rising, LEAST_DAYS - 1)).judged
    assert len(found(lived(rising, LEAST_DAYS), rule)) == 1


def test_what_grew_before_a_restart_says_nothing_of_memory() -> None:
    def day(number: int) -> Day:
        return replace(memory(20 * MB)(number), restarts=int(number == -3))

    assert found(lived(day), "memory") == []


def test_days_after_the_week_are_not_known_yet() -> None:
    later = tuple(memory(20 * MB)(number) for number in range(1, 15))
    known = the_server().diary.days

    assert found(home(diary=Diary((*known, *later))), "memory") == []


def test_memory_that_grows_all_day_is_a_risk_before_there_is_a_trend() -> None:
    growing = Finding(
        RuleKey.MEMORY_GROWING, Severity.P2, {"bytes_a_day": 31_400_000, "percent_a_day": 11.2}
    )
    until = quiet_week().week.until
    open_now = incidents(Span(growing, until - 3600), until=until)

    (risk,) = found(home(incidents=open_now), "memory")

    assert risk.evidence == {"bytes_a_day": 31_400_000, "percent_a_day": 11.2}


def test_the_usage_log_tells_its_size_its_growth_and_when_it_is_too_large() -> None:
    material = replace(lived(usage_log(1_000_000)), week=SUNDAY)
    now = replace(material.servers[0].current, usage_log=UsageLog(80_000_000, 0))

    (risk,) = found(
        replace(material, servers=(replace(material.servers[0], current=now),)), "usage_log"
    )

    assert risk.evidence == {
        "bytes": 80_000_000,
        "limit": 100_000_000,
        "a_week": 7_000_000,
        "in_days": 20.0,
    }


def test_a_usage_log_that_is_too_large_is_a_risk_though_it_does_not_grow() -> None:
    large = replace(the_server().current, usage_log=UsageLog(120_000_000, 0))

    (risk,) = found(replace(home(current=large), week=SUNDAY), "usage_log")

    assert risk.evidence["bytes"] == 120_000_000
    assert "is larger than 100.0 MB" in risk.risk


@pytest.mark.parametrize("a_day", [0, 1_000_000])
def test_a_usage_log_that_was_deleted_is_as_small_as_it_is_now(a_day: int) -> None:
    grown = [
        diary_day(LAST_DAY + number, usage_log=120_000_000 + a_day * number)
        for number in range(-20, 0)
    ]
    deleted = home(diary=Diary((*grown, diary_day(LAST_DAY, usage_log=200_000))))

    assert found(deleted, "usage_log") == []
    assert "usage_log:" + the_server().id in examine(deleted).judged
    assert predictions(deleted, PredictionMemory())[0] == ()


def test_what_became_of_a_figure_after_the_week_is_none_of_it() -> None:
    large = replace(the_server().current, usage_log=UsageLog(120_000_000, 0))
    assert found(home(current=large), "usage_log") == []

    growing = Finding(
        RuleKey.MEMORY_GROWING, Severity.P2, {"bytes_a_day": 31_400_000, "percent_a_day": 11.2}
    )
    later = incidents(Span(growing, at("2026-11-23T03:00")), until=AS_OF)
    assert later
    assert found(home(incidents=later), "memory") == []


def test_a_restart_does_not_hide_that_the_usage_log_grows() -> None:
    def day(number: int) -> Day:
        size = 90_000_000 + number * 1_000_000
        return diary_day(LAST_DAY + number, usage_log=size, restarts=int(number == -3))

    assert found(lived(day), "usage_log") != []


@given(st.integers(LEAST_DAYS, 28), st.floats(1, 1e6), st.floats(1, 1e9))
def test_a_line_that_rises_reaches_its_limit(days: int, slope: float, above: float) -> None:
    line = trend(tuple((float(day), slope * day) for day in range(days)), days - 1)

    assert line is not None
    limit = line.level + above
    in_days = line.reaches(limit)
    assert in_days is not None
    assert line.level + in_days * line.a_day == pytest.approx(limit)


@given(
    st.lists(st.floats(1, 1e9), min_size=LEAST_DAYS, max_size=28),
    st.floats(-1e6, 1e6),
    st.floats(1, 1e12),
)
def test_a_trend_reaches_no_limit_that_it_is_beyond_or_moves_away_from(
    values: list[float], slope: float, limit: float
) -> None:
    points = tuple((float(day), value + slope * day) for day, value in enumerate(values))

    line = trend(points, len(points) - 1)

    assert line is not None
    if line.a_day <= 0 or line.level >= limit:
        assert line.reaches(limit) is None


@given(st.integers(LEAST_DAYS, 28), st.floats(0.1, 1e6), st.floats(0, 1e9))
def test_a_straight_line_is_found_as_it_is(days: int, slope: float, first: float) -> None:
    line = trend(tuple((float(day), first + slope * day) for day in range(days)), days - 1)

    assert line is not None
    assert line.steady
    assert line.a_day == pytest.approx(slope, rel=1e-3)
    assert line.level == pytest.approx(first + slope * (days - 1), rel=1e-6)


def test_a_figure_that_jumps_about_is_no_trend() -> None:
    values = (100, 180, 120, 90, 160, 110, 170, 95, 150, 130, 105, 175, 115, 190)

    line = trend(tuple((float(day), float(value)) for day, value in enumerate(values)), 13)

    assert line is not None
    assert not line.steady
    assert line.a_day > 0
    assert line.reaches(line.level + 1) is None


def budget(objective: Objective, **changes: Any) -> Material:
    """Return a home in which a budget is like this, and the calls of the week are known."""
    known = Budget(99.0, Tally(1960, 40), achieved=98.0, remaining=-100.0)
    calls = CallTotals(
        week=totals(
            {
                "ha_search": (40, 3.0, {"INTERNAL_ERROR": 15}),
                "ha_get_state": (90, 0.03, {"CONNECTION_FAILED": 5}),
            }
        )
    )
    return home(
        budgets={objective: replace(known, **changes)},
        calls=calls,
        incidents=outages(("2026-11-17T10:00", 20)),
    )


@pytest.mark.parametrize("objective", Objective)
def test_a_budget_that_is_used_up_is_a_risk(objective: Objective) -> None:
    (risk,) = found(budget(objective), "error_budget")

    assert risk.key == f"error_budget:{the_server().id}:{objective}"
    assert risk.evidence == {
        "target": 99.0,
        "achieved": 98.0,
        "remaining": -100.0,
        "bad": 40,
        "valid": 2000,
    }
    assert risk.severity is Severity.P2


@pytest.mark.parametrize(("days", "severity"), [(5.0, Severity.P2), (20.0, Severity.P3)])
def test_a_budget_that_will_be_used_up_is_a_risk(days: float, severity: Severity) -> None:
    material = budget(Objective.AVAILABILITY, remaining=30.0, exhausted_in=days)

    (risk,) = found(material, "error_budget")

    assert (risk.severity, risk.evidence["exhausted_in_days"]) == (severity, days)


def test_a_budget_that_lasts_is_no_risk_and_one_that_nobody_knows_is_not_judged() -> None:
    lasts = budget(Objective.AVAILABILITY, remaining=30.0, exhausted_in=None)
    unknown = budget(Objective.AVAILABILITY, remaining=None)

    assert found(lasts, "error_budget") == []
    assert not [each for each in examine(unknown).judged if each.startswith("error_budget:")]


@pytest.mark.parametrize(
    ("objective", "blamed"),
    [
        (Objective.TOOL_SUCCESS, "failed in the week: ha_search (15) and ha_get_state (5) of 20"),
        (Objective.LATENCY, "took 2 s or longer in the week: ha_search (55) of 55"),
        (Objective.AVAILABILITY, "Most was lost to: ha-mcp is down (20 min)."),
    ],
)
def test_what_used_a_budget_is_named(objective: Objective, blamed: str) -> None:
    (risk,) = found(budget(objective), "error_budget")

    assert blamed in risk.mitigation


def test_the_first_day_of_a_week_is_one_of_four_weeks() -> None:
    assert found(lived(memory(20 * MB), LAST_DAY - FIRST_DAY + 1), "memory") != []


def spent(bad: int) -> str:
    """Return what is said of a budget of 99.9 % after so many bad calls of 1000."""
    tally = Tally(1000 - bad, bad)
    left = 100 * (1 - (tally.burn(99.9) or 0.0))
    (risk,) = found(
        budget(
            Objective.TOOL_SUCCESS,
            target=99.9,
            tally=tally,
            achieved=tally.achieved,
            remaining=left,
        ),
        "error_budget",
    )
    return risk.risk


def test_an_objective_is_missed_only_by_more_than_its_budget_allows() -> None:
    assert spent(1) == (
        "With one bad call more the objective is missed, until the bad days are older than 28 days."
    )
    assert spent(2) == "The objective is missed until the bad days are older than 28 days."

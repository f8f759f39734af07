"""What degrades a server: worth knowing, but it wakes nobody."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.assessment import Cause, SessionFacts
from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.history import History
from custom_components.ha_mcp_sre.assess.objectives import Targets
from custom_components.ha_mcp_sre.assess.observation import FailureKind, ToolCall
from custom_components.ha_mcp_sre.assess.rules import RULES
from custom_components.ha_mcp_sre.assess.situation import calls_of

from .builders import DAY, HOUR, MINUTE, call, counted
from .situations import GONE, NOW, POLICY, UP, evidence, findings, only, situation, some


def usual(*, duration: float, number: int = 100) -> list[ToolCall]:
    """Return calls of yesterday."""
    return some(number, duration=duration, ago=DAY)


def test_a_server_is_slow_if_too_many_calls_miss_the_objective() -> None:
    calls = [*some(18), *some(2, duration=3)]
    assert evidence(RuleKey.SLOW, situation(calls=calls)) == {
        "calls": 20,
        "slow_calls": 2,
        "p95": 3.5,
    }


@pytest.mark.parametrize(
    "calls",
    [
        [],
        some(19),
        [*some(19), *some(1, duration=3)],
        [*some(20), *some(20, duration=3, ago=16 * MINUTE)],
        [*some(20), *some(20, duration=9, code="ENTITY_NOT_FOUND")],
    ],
    ids=["none", "few", "one in twenty", "over", "caller"],
)
def test_a_server_whose_calls_are_quick_enough_is_not_slow(calls: list[ToolCall]) -> None:
    assert findings(RuleKey.SLOW, situation(calls=calls)) == []


def test_of_few_calls_among_them_a_slow_one_nobody_can_tell() -> None:
    calls = [*some(18), *some(1, duration=3)]
    assert findings(RuleKey.SLOW, situation(calls=calls)) is None


@pytest.mark.parametrize(
    ("before", "duration", "is_slow"),
    [
        (usual(duration=0.1), 1.0, True),
        (usual(duration=0.5), 1.0, False),
        (usual(duration=0.1, number=99), 1.0, False),
        (usual(duration=0.001), 0.2, False),
    ],
    ids=["much slower", "a bit slower", "nothing usual", "still quick"],
)
def test_a_server_is_slow_if_it_is_much_slower_than_usual(
    before: list[ToolCall], duration: float, is_slow: bool
) -> None:
    found = situation(calls=[*before, *some(20, duration=duration)])
    assert bool(findings(RuleKey.SLOW, found)) is is_slow


def test_the_usual_time_is_shown_beside_that_of_now() -> None:
    shown = evidence(RuleKey.SLOW, situation(calls=[*usual(duration=0.1), *some(20, duration=1)]))
    assert shown["usual_p95"] == pytest.approx(0.1, abs=0.01)


def looks(minutes: int, *, bad: int, ends: float = NOW) -> list[tuple[float, bool]]:
    """Return a look each minute; the last so many of them found the server gone."""
    return [(ends - MINUTE * (minutes - n), n <= minutes - bad) for n in range(minutes + 1)]


def test_a_budget_burns_if_too_many_minutes_of_six_hours_were_bad() -> None:
    finding = only(RuleKey.BUDGET_BURNING, situation(looks=looks(350, bad=12)))
    assert finding.key == "budget_burning:availability"
    assert finding.evidence["bad"] == 12
    assert finding.evidence["hours"] == 6


@pytest.mark.parametrize(
    "seen", [looks(350, bad=8), looks(350, bad=0)], ids=["slowly", "not at all"]
)
def test_a_budget_that_lasts_does_not_burn(seen: list[tuple[float, bool]]) -> None:
    assert findings(RuleKey.BUDGET_BURNING, situation(looks=seen)) == []


def test_a_burn_that_is_over_is_none() -> None:
    outage, since = looks(200, bad=60, ends=NOW - HOUR), looks(58, bad=0)
    assert findings(RuleKey.BUDGET_BURNING, situation(looks=[*outage, *since])) == []


def test_what_nobody_has_seen_for_half_an_hour_burns_no_more() -> None:
    seen = looks(200, bad=60, ends=NOW - HOUR)
    assert findings(RuleKey.BUDGET_BURNING, situation(looks=seen)) == []
    assert findings(RuleKey.BUDGET_BURNING, situation(replace(UP, sources={}), looks=seen)) == []


def test_the_budget_of_tool_calls_burns_by_itself() -> None:
    calls = [*some(30), *some(3, code="INTERNAL_ERROR")]
    found = findings(RuleKey.BUDGET_BURNING, situation(calls=calls, looks=looks(350, bad=0)))
    assert [finding.subject for finding in found or ()] == ["tool_success"]


def test_a_budget_burns_by_the_target_that_a_person_chose() -> None:
    found = situation(looks=looks(350, bad=12), targets=Targets(availability=95))
    assert findings(RuleKey.BUDGET_BURNING, found) == []


@pytest.mark.parametrize(("reconnects", "storm"), [(5, False), (6, True)])
def test_six_lost_connections_in_an_hour_are_a_storm(reconnects: int, storm: bool) -> None:
    history = History(reconnects=(NOW - MINUTE,) * reconnects)
    assert bool(findings(RuleKey.RECONNECT_STORM, situation(history=history))) is storm


def test_of_a_session_that_nobody_sees_nobody_can_tell_how_often_it_was_lost() -> None:
    current = replace(UP, session=SessionFacts())
    assert findings(RuleKey.RECONNECT_STORM, situation(current)) is None


CHANGED_AT = NOW - 2 * DAY
UPDATED = History(version="8.7.0", previous_version="8.6.0", version_changed_at=CHANGED_AT)


def around(before: tuple[int, int], after: tuple[int, int]) -> list[ToolCall]:
    """Return calls (bad, good) on the days before and after the change of version."""
    return [
        each
        for day, (bad, good) in ((-1, before), (1, after))
        for each in (
            *[call(CHANGED_AT + day * DAY, code="INTERNAL_ERROR")] * bad,
            *[call(CHANGED_AT + day * DAY)] * good,
        )
    ]


def test_a_version_with_which_more_calls_fail_is_worse() -> None:
    found = situation(calls=around((1, 99), (12, 48)), history=UPDATED)
    assert evidence(RuleKey.WORSE_AFTER_UPDATE, found) == {
        "version": "8.7.0",
        "previous_version": "8.6.0",
        "error_rate": 20.0,
        "previous_error_rate": 1.0,
        "calls": 60,
        "previous_calls": 100,
    }


@pytest.mark.parametrize(
    ("before", "after", "history"),
    [
        ((2, 98), (7, 93), UPDATED),
        ((12, 48), (1, 99), UPDATED),
        ((0, 19), (20, 20), UPDATED),
        ((0, 100), (19, 0), UPDATED),
        ((1, 99), (12, 48), History(version="8.7.0")),
        ((1, 99), (12, 48), replace(UPDATED, version_changed_at=NOW - 8 * DAY)),
    ],
    ids=["chance", "better", "few before", "few after", "no change", "long ago"],
)
def test_a_version_is_not_worse_by_chance_or_by_few_calls(
    before: tuple[int, int], after: tuple[int, int], history: History
) -> None:
    found = situation(calls=around(before, after), history=history)
    assert findings(RuleKey.WORSE_AFTER_UPDATE, found) == []


def test_twenty_calls_on_each_side_are_enough_to_tell() -> None:
    found = situation(calls=around((0, 20), (20, 0)), history=UPDATED)
    assert findings(RuleKey.WORSE_AFTER_UPDATE, found) != []


def test_days_are_added_up_once_an_hour_and_whenever_the_version_changes() -> None:
    ledger = counted(*around((0, 100), (20, 20)))
    first = calls_of(ledger, NOW, POLICY, CHANGED_AT)
    ledger.add(call(CHANGED_AT + DAY, code="INTERNAL_ERROR"))
    later, next_hour, again = (
        calls_of(ledger, now, POLICY, changed_at, first)
        for now, changed_at in (
            (NOW + HOUR - 1, CHANGED_AT),
            (NOW + HOUR, CHANGED_AT),
            (NOW, CHANGED_AT - 1),
        )
    )
    assert [each.after_change.bad for each in (first, later, next_hour, again)] == [20, 20, 21, 21]


def test_the_usual_time_is_known_as_soon_as_it_is_wanted() -> None:
    ledger = counted(*usual(duration=0.1))
    quiet = calls_of(ledger, NOW, POLICY)
    assert quiet.baseline_p95 is None
    for each in some(20):
        ledger.add(each)
    busy = calls_of(ledger, NOW, POLICY, None, quiet)
    assert busy.baseline_p95 == pytest.approx(0.1, abs=0.01)
    for each in usual(duration=60):
        ledger.add(each)
    assert calls_of(ledger, NOW + 30, POLICY, None, busy).baseline_p95 == busy.baseline_p95


def test_calls_of_excused_minutes_make_no_server_slow() -> None:
    ledger = counted(*some(20), *some(20, duration=30, ago=5 * MINUTE))
    excused = frozenset({int((NOW - 5 * MINUTE) // MINUTE)})
    assert calls_of(ledger, NOW, POLICY, excused=excused).lately == counted(*some(20)).totals(
        NOW - HOUR, NOW
    )


@pytest.mark.parametrize(("after", "is_worse"), [((0, 100), False), ((12, 48), True)])
def test_the_hour_of_the_change_counts_for_neither_version(
    after: tuple[int, int], is_worse: bool
) -> None:
    changed_at = CHANGED_AT + MINUTE
    failed = [call(changed_at + ago, code="INTERNAL_ERROR") for ago in (-5, 5)] * 50
    found = situation(
        calls=[*around((0, 100), after), *failed],
        history=replace(UPDATED, version_changed_at=changed_at),
    )
    assert bool(findings(RuleKey.WORSE_AFTER_UPDATE, found)) is is_worse


def test_a_stopped_server_explains_that_its_budget_burns() -> None:
    stopped = replace(GONE, cause=Cause("endpoint", FailureKind.STOPPED, None))
    found = situation(stopped, looks=looks(350, bad=30))
    assert findings(RuleKey.BUDGET_BURNING, found)
    assert findings(RuleKey.SERVER_STOPPED, found)
    assert RuleKey.BUDGET_BURNING in RULES[RuleKey.SERVER_STOPPED].explains

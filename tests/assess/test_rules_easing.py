"""What is an incident already needs less to go on, so that nobody is told again and again."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey
from custom_components.ha_mcp_sre.assess.history import History
from custom_components.ha_mcp_sre.assess.incidents import Incidents
from custom_components.ha_mcp_sre.assess.observation import ToolCall

from .builders import DAY, MINUTE, call
from .docket import SLOW, Docket
from .situations import NOW, POLICY, findings, situation, some
from .test_rules_p2 import CHANGED_AT, UPDATED


def holding(
    rule: RuleKey,
    *,
    key: str | None = None,
    calls: list[ToolCall] | None = None,
    history: History | None = None,
) -> list[Finding] | None:
    """Return what a rule says of a server of which it said the same before."""
    found = situation(calls=calls or [], history=history)
    assert findings(rule, found) == []
    return findings(rule, replace(found, open=frozenset({key or rule})))


@pytest.mark.parametrize(("restarts", "holds"), [(1, False), (2, True)])
def test_a_loop_goes_on_at_two_restarts_in_an_hour(restarts: int, holds: bool) -> None:
    history = History(restarts=(NOW - MINUTE,) * restarts)
    assert bool(holding(RuleKey.RESTART_LOOP, history=history)) is holds


@pytest.mark.parametrize(("reconnects", "holds"), [(2, False), (3, True)])
def test_a_storm_goes_on_at_three_lost_connections_in_an_hour(reconnects: int, holds: bool) -> None:
    history = History(reconnects=(NOW - MINUTE,) * reconnects)
    assert bool(holding(RuleKey.RECONNECT_STORM, history=history)) is holds


@pytest.mark.parametrize(("failures", "holds"), [(2, False), (3, True)])
def test_a_tool_stays_broken_at_three_failures_in_an_hour(failures: int, holds: bool) -> None:
    calls = some(failures, tool="ha_search", code="INTERNAL_ERROR", ago=50 * MINUTE)
    found = holding(RuleKey.TOOL_BROKEN, key="tool_broken:ha_search", calls=calls)
    assert bool(found) is holds


def test_one_tool_that_is_broken_makes_no_other_easier_to_find() -> None:
    calls = some(3, tool="ha_search", code="INTERNAL_ERROR", ago=50 * MINUTE)
    assert holding(RuleKey.TOOL_BROKEN, key="tool_broken:ha_get_logs", calls=calls) == []


def test_a_server_that_meets_its_objective_again_is_slow_no_more() -> None:
    assert holding(RuleKey.SLOW, calls=[*some(19), *some(1, duration=3)]) == []


@pytest.mark.parametrize(("duration", "holds"), [(0.15, False), (0.3, True)])
def test_a_server_stays_slow_at_twice_the_usual_time(duration: float, holds: bool) -> None:
    usual = some(100, duration=0.12, ago=DAY)
    found = holding(RuleKey.SLOW, calls=[*usual, *some(20, duration=duration)])
    assert bool(found) is holds


@pytest.mark.parametrize(("bad", "holds"), [(9, False), (10, True)])
def test_a_version_stays_worse_at_twice_the_likelihood_of_chance(bad: int, holds: bool) -> None:
    calls = [
        *[call(CHANGED_AT - DAY, code="INTERNAL_ERROR")] * 2,
        *[call(CHANGED_AT - DAY)] * 98,
        *[call(CHANGED_AT + DAY, code="INTERNAL_ERROR")] * bad,
        *[call(CHANGED_AT + DAY)] * (100 - bad),
    ]
    found = holding(RuleKey.WORSE_AFTER_UPDATE, calls=calls, history=UPDATED)
    assert bool(found) is holds


def test_a_server_is_slow_no_more_only_after_another_window_without_it() -> None:
    assert POLICY.clean_time[RuleKey.SLOW] == POLICY.slow_window
    docket = Docket(Incidents(POLICY))
    docket.looks(0, 60, SLOW)
    docket.looks(70, 70 + POLICY.slow_window - 10)
    assert docket.only.is_open
    docket.look(70 + POLICY.slow_window)
    assert docket.only.resolved_at == 70

"""One lasting trouble is told once, however near it is to the limit."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.incident import ChangeKind
from custom_components.ha_mcp_sre.assess.signals import Mode
from tests.corpus.player import Player
from tests.corpus.steps import apply
from tests.corpus.world import World

_BEGINS = 1_790_064_000.0
_MINUTE, _HOUR = 60, 3600

_HAPPENS = (ChangeKind.OPENED, ChangeKind.REOPENED, ChangeKind.PAGED, ChangeKind.RESOLVED)

type _Steps = Iterator[tuple[float, Mapping[str, Any]]]


def _restarts(every: float) -> _Steps:
    for number in range(int(10 * _HOUR / every)):
        at = _HOUR + number * every
        yield at, {"endpoint": "refused"}
        yield at + 15, {"restart": True}


def _lost_sessions(every: float) -> _Steps:
    for number in range(int(10 * _HOUR / every)):
        yield _HOUR + number * every, {"session": "flaps"}


def _slow_calls(one_in: int) -> _Steps:
    calls: list[Mapping[str, Any]] = [{"tool": "ha_get_state", "every": "23s"}]
    yield 0, {"calls": calls}
    slow = {"tool": "ha_get_history", "every": f"{23 * one_in}s", "took": "2.5s"}
    yield _HOUR, {"calls": [*calls, slow]}
    yield 11 * _HOUR, {"calls": calls}


def _failing_tool(every: float) -> _Steps:
    calls: list[Mapping[str, Any]] = [{"tool": "ha_get_state", "every": "5m"}]
    broken = {"tool": "ha_search", "every": f"{every}s", "code": "INTERNAL_ERROR"}
    yield 0, {"calls": calls}
    yield _HOUR, {"calls": [*calls, broken]}
    yield 11 * _HOUR, {"calls": calls}


def _lived(steps: _Steps, install: Mode) -> Player:
    """Return who watched ten hours of trouble, and two after it."""
    player = Player(World(install, _BEGINS))
    for at, step in steps:
        player.wait(at)
        apply(player, step)
    player.wait(13 * _HOUR)
    return player


def _slow_for_a_while() -> _Steps:
    usual = {"tool": "ha_get_state", "every": "10s"}
    # 3 % of all calls, where 5 % may be slow.
    slow = {"tool": "ha_search", "every": "330s", "took": "2.5s"}
    yield 0, {"calls": [usual, slow]}
    yield _HOUR, {"calls": [usual, {**slow, "every": "60s"}]}
    yield 1.25 * _HOUR, {"calls": [usual, slow]}


def test_a_bad_quarter_of_an_hour_is_over_though_some_calls_are_always_slow() -> None:
    player = _lived(_slow_for_a_while(), Mode.IN_PROCESS)
    (incident,) = player.case.incidents.all
    assert incident.rule is RuleKey.SLOW
    assert incident.resolved_at is not None
    assert incident.resolved_at - _BEGINS < 1.6 * _HOUR


def _all_calls_fail() -> _Steps:
    calls = [{"tool": f"ha_tool_{number}", "every": "40s"} for number in range(3)]
    yield 0, {"report_takes": 29, "calls": calls}
    yield _HOUR, {"calls": [{**each, "code": "INTERNAL_ERROR"} for each in calls]}
    yield 5 * _HOUR, {"calls": calls}


def test_one_general_failure_is_told_once_though_its_calls_are_read_rarely() -> None:
    player = _lived(_all_calls_fail(), Mode.HTTP)
    rule = RuleKey.TOOLS_FAILING
    happened = Counter(each.kind for each in player.changes if each.incident.rule is rule)
    assert [happened[kind] for kind in _HAPPENS] == [1, 0, 1, 1]


def _down_while_the_clock_is_set() -> _Steps:
    yield _HOUR, {"endpoint": "refused"}
    for number in range(60):
        yield _HOUR + 45 + 100 * number, {"clock": "6s"}


def test_a_clock_that_is_set_again_and_again_holds_no_page_back() -> None:
    player = _lived(_down_while_the_clock_is_set(), Mode.HTTP)
    (incident,) = player.case.incidents.all
    assert incident.paged_at is not None
    assert incident.paged_at - _BEGINS < _HOUR + 5 * _MINUTE


@pytest.mark.parametrize(
    ("rule", "steps", "pages"),
    [
        *((RuleKey.RESTART_LOOP, _restarts(n * _MINUTE), 1) for n in (22, 25, 27, 29)),
        *((RuleKey.RECONNECT_STORM, _lost_sessions(n * _MINUTE), 0) for n in (10.2, 11.5)),
        *((RuleKey.SLOW, _slow_calls(n), 0) for n in (16, 18)),
        *((RuleKey.TOOL_BROKEN, _failing_tool(n * _MINUTE), 1) for n in (12.5, 13.5)),
    ],
)
def test_one_trouble_is_one_incident_from_its_beginning_to_its_end(
    rule: RuleKey, steps: _Steps, pages: int
) -> None:
    install = Mode.IN_PROCESS if rule in {RuleKey.SLOW, RuleKey.TOOL_BROKEN} else Mode.HTTP
    player = _lived(steps, install)
    happened = Counter(each.kind for each in player.changes if each.incident.rule is rule)
    assert [happened[kind] for kind in _HAPPENS] == [1, 0, pages, 1]
    (incident,) = [each for each in player.case.incidents.all if each.rule is rule]
    assert incident.resolved_at is not None
    over = incident.resolved_at - _BEGINS
    # Nobody is told of a trouble that has been gone for an hour.
    assert 10.5 * _HOUR < over < 12 * _HOUR

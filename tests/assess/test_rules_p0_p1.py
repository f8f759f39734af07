"""What counts as an outage: the rules that wake a person."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.assessment import Assessment, Cause, Credential
from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.history import History
from custom_components.ha_mcp_sre.assess.objectives import FAST_BURN
from custom_components.ha_mcp_sre.assess.observation import FailureKind, ToolCall
from custom_components.ha_mcp_sre.assess.rules import RULES, look
from custom_components.ha_mcp_sre.assess.situation import Situation, calls_of

from .builders import MINUTE, counted
from .situations import CUT_OFF, GONE, NOW, POLICY, UP, evidence, findings, only, situation, some

BAD_TOKEN = Credential(accepted=False)


def holding(current: Assessment) -> set[RuleKey]:
    return {finding.rule for finding in look(situation(current))[0]}


def test_a_server_that_works_breaks_no_rule() -> None:
    assert holding(UP) == set()


def test_of_a_server_that_nobody_has_looked_at_yet_nothing_is_found() -> None:
    found, unknown = look(situation(Assessment()))
    assert found == []
    assert {RuleKey.SERVER_DOWN, RuleKey.LINK_BROKEN, RuleKey.TOKEN_REJECTED} <= unknown


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (FailureKind.REFUSED, RuleKey.SERVER_DOWN),
        (FailureKind.TIMEOUT, RuleKey.SERVER_DOWN),
        (FailureKind.NOT_FOUND, RuleKey.SERVER_DOWN),
        (FailureKind.CRASHED, RuleKey.SERVER_DOWN),
        (FailureKind.NOT_LOADED, RuleKey.SERVER_DOWN),
        (None, RuleKey.SERVER_DOWN),
        (FailureKind.STOPPED, RuleKey.SERVER_STOPPED),
        (FailureKind.DISABLED, RuleKey.SERVER_STOPPED),
        (FailureKind.NOT_INSTALLED, RuleKey.SERVER_STOPPED),
    ],
)
def test_a_server_that_is_gone_is_down_unless_a_person_wanted_that(
    kind: FailureKind | None, rule: RuleKey
) -> None:
    assert holding(replace(GONE, cause=Cause("endpoint", kind, None))) == {rule}


@pytest.mark.parametrize("rule", [RuleKey.SERVER_DOWN, RuleKey.SERVER_STOPPED])
def test_a_look_that_proves_nothing_neither_finds_a_server_down_nor_up(rule: RuleKey) -> None:
    assert findings(rule, situation(replace(UP, reachable=None))) is None


def test_a_server_that_answers_is_not_down_while_its_link_is_unknown() -> None:
    assert findings(RuleKey.SERVER_DOWN, situation(replace(UP, home_assistant_link=None))) == []


def test_how_the_endpoint_failed_is_the_evidence_of_a_server_that_is_down() -> None:
    current = replace(GONE, cause=Cause("endpoint", FailureKind.HTTP_ERROR, "502"))
    shown = evidence(RuleKey.SERVER_DOWN, situation(current))
    assert shown == {"kind": "http_error", "code": "502"}


@pytest.mark.parametrize(
    ("current", "answer"),
    [
        (UP, 0),
        (CUT_OFF, 1),
        (replace(CUT_OFF, link_failures=1), None),
        (replace(UP, home_assistant_link=None), None),
        (GONE, None),
        (replace(CUT_OFF, reachable=None), None),
    ],
)
def test_a_link_is_broken_if_two_looks_in_a_row_found_it_so(
    current: Assessment, answer: int | None
) -> None:
    found = findings(RuleKey.LINK_BROKEN, situation(current))
    assert (found if found is None else len(found)) == answer


def test_the_way_that_failed_is_the_evidence_of_a_broken_link() -> None:
    assert evidence(RuleKey.LINK_BROKEN, situation(CUT_OFF)) == {
        "stage": "websocket",
        "kind": "tool_error",
        "code": "CONNECTION_FAILED",
        "looks": 2,
    }


@pytest.mark.parametrize(("accepted", "answer"), [(True, []), (None, None)])
def test_a_token_that_is_taken_or_untried_is_not_rejected(
    accepted: bool | None, answer: list[object] | None
) -> None:
    current = replace(UP, credential=Credential(accepted=accepted))
    assert findings(RuleKey.TOKEN_REJECTED, situation(current)) == answer


def test_a_rejected_token_takes_in_the_broken_link_that_it_means() -> None:
    found, _ = look(situation(replace(CUT_OFF, credential=BAD_TOKEN)))
    assert [finding.rule for finding in found] == [RuleKey.TOKEN_REJECTED, RuleKey.LINK_BROKEN]
    assert RuleKey.LINK_BROKEN in RULES[RuleKey.TOKEN_REJECTED].explains


@pytest.mark.parametrize(("restarts", "loops"), [(2, False), (3, True)])
def test_three_restarts_in_an_hour_are_a_loop(restarts: int, loops: bool) -> None:
    history = History(restarts=(NOW - MINUTE,) * restarts)
    assert bool(findings(RuleKey.RESTART_LOOP, situation(history=history))) is loops


FAILING = [
    *some(10),
    *some(2, tool="ha_search", code="INTERNAL_ERROR"),
    *some(3, tool="ha_get_history", code="CONNECTION_FAILED"),
    *some(9, tool="ha_get_history", code="ENTITY_NOT_FOUND"),
]


def test_tools_fail_if_the_budget_burns_fast() -> None:
    assert evidence(RuleKey.TOOLS_FAILING, situation(calls=FAILING)) == {
        "burn_rate": 33.3,
        "bad": 5,
        "valid": 15,
        "hours": 1,
        "tool": "ha_get_history",
        "code": "CONNECTION_FAILED",
    }


@pytest.mark.parametrize(
    "calls",
    [
        [],
        [*some(1), *some(2, code="INTERNAL_ERROR")],
        [*some(100), *some(3, code="INTERNAL_ERROR")],
        [*some(1), *some(50, code="ENTITY_NOT_FOUND")],
        [*some(1), *some(50, code="USER_DENIED")],
        [*some(1), *some(50, code="SOMETHING_NEW")],
        [*some(1), *some(9, code="INTERNAL_ERROR", ago=10 * MINUTE)],
    ],
    ids=["none", "two", "seldom", "caller", "policy", "unclassified", "over"],
)
def test_few_failures_and_those_of_others_are_no_failure_of_the_tools(
    calls: list[ToolCall],
) -> None:
    assert findings(RuleKey.TOOLS_FAILING, situation(calls=calls)) == []


def test_of_a_server_whose_only_tool_in_use_fails_the_tools_fail() -> None:
    assert findings(RuleKey.TOOLS_FAILING, situation(calls=some(3, code="INTERNAL_ERROR")))


def test_one_tool_that_never_works_is_no_failure_of_all_tools() -> None:
    found = situation(calls=[*some(5), *some(5, tool="ha_search", code="INTERNAL_ERROR")])
    assert findings(RuleKey.TOOLS_FAILING, found) == []
    assert [each.subject for each in findings(RuleKey.TOOL_BROKEN, found) or ()] == ["ha_search"]


@pytest.mark.parametrize("rule", [RuleKey.TOOLS_FAILING, RuleKey.TOOL_BROKEN, RuleKey.SLOW])
def test_calls_that_cannot_be_seen_prove_nothing(rule: RuleKey) -> None:
    assert findings(rule, situation(replace(UP, sources={}), calls=FAILING)) is None


def test_the_last_minutes_are_those_before_the_calls_were_read() -> None:
    calls = [*some(3), *some(5, code="INTERNAL_ERROR", ago=8 * MINUTE)]
    just_read, read_before = (
        situation(replace(UP, calls_read_at=NOW - ago), calls=calls) for ago in (0, 5 * MINUTE)
    )
    assert findings(RuleKey.TOOLS_FAILING, just_read) == []
    assert findings(RuleKey.TOOLS_FAILING, read_before)


@pytest.mark.parametrize(
    ("ago", "answers"), [(FAST_BURN.short, True), (FAST_BURN.short + 1, False)]
)
def test_a_short_window_that_is_over_says_nothing_of_now(ago: float, answers: bool) -> None:
    calls = [*some(3), *some(5, code="INTERNAL_ERROR", ago=ago + MINUTE)]
    found = findings(
        RuleKey.TOOLS_FAILING, situation(replace(UP, calls_read_at=NOW - ago), calls=calls)
    )
    assert bool(found) is answers
    assert (found is None) is not answers


def test_one_reading_of_calls_alone_never_lasts_long_enough() -> None:
    assert RULES[RuleKey.TOOLS_FAILING].hold > FAST_BURN.short


def test_calls_that_were_read_too_long_ago_prove_nothing() -> None:
    current = replace(UP, calls_read_at=NOW - POLICY.tool_calls_gap - 1)
    assert findings(RuleKey.TOOLS_FAILING, situation(current, calls=FAILING)) is None


def test_a_tool_whose_every_call_fails_is_broken() -> None:
    calls = some(5, tool="ha_search", code="INTERNAL_ERROR", ago=50 * MINUTE)
    finding = only(RuleKey.TOOL_BROKEN, situation(calls=calls))
    assert finding.key == "tool_broken:ha_search"
    assert finding.evidence == {"failures": 5, "code": "INTERNAL_ERROR"}


def test_of_several_tools_of_which_none_works_the_one_that_failed_most_tells() -> None:
    calls = [
        *some(5, tool="ha_search", code="INTERNAL_ERROR"),
        *some(6, tool="ha_get_logs", code="INTERNAL_ERROR"),
        *some(1, tool="ha_get_state", code="INTERNAL_ERROR"),
    ]
    assert only(RuleKey.TOOL_BROKEN, situation(calls=calls)).subject == "ha_get_logs"


def test_of_several_tools_of_which_none_works_those_go_on_telling_that_told_before() -> None:
    calls = [
        *some(5, tool="ha_search", code="INTERNAL_ERROR"),
        *some(6, tool="ha_get_logs", code="INTERNAL_ERROR"),
    ]
    found = replace(situation(calls=calls), open=frozenset({"tool_broken:ha_search"}))
    assert only(RuleKey.TOOL_BROKEN, found).subject == "ha_search"


def test_where_another_tool_works_each_broken_one_tells() -> None:
    calls = [
        *some(5, tool="ha_search", code="INTERNAL_ERROR"),
        *some(6, tool="ha_get_logs", code="INTERNAL_ERROR"),
        *some(1, tool="ha_get_state"),
    ]
    assert len(findings(RuleKey.TOOL_BROKEN, situation(calls=calls)) or ()) == 2


def after_an_outage(calls: list[ToolCall], *known: str) -> Situation:
    """Return a situation twenty minutes after an outage, with these incidents."""
    since = calls_of(counted(*calls), NOW, POLICY, outage_until=NOW - 20 * MINUTE)
    return replace(situation(calls=calls), calls=since, open=frozenset(known))


def test_what_failed_in_an_outage_breaks_no_tool() -> None:
    calls = [
        *some(3, code="INTERNAL_ERROR", ago=21 * MINUTE),
        *some(4, code="INTERNAL_ERROR"),
    ]
    assert findings(RuleKey.TOOL_BROKEN, after_an_outage(calls)) == []


def test_what_worked_before_an_outage_may_be_broken_after_it() -> None:
    calls = [*some(3, ago=21 * MINUTE), *some(5, code="INTERNAL_ERROR")]
    finding = only(RuleKey.TOOL_BROKEN, after_an_outage(calls))
    assert finding.calls_since == NOW - 20 * MINUTE


def test_an_outage_mends_no_tool_that_was_broken_before() -> None:
    calls = some(5, code="INTERNAL_ERROR", ago=21 * MINUTE)
    known = after_an_outage(calls, "tool_broken:ha_get_state")
    assert only(RuleKey.TOOL_BROKEN, known).subject == "ha_get_state"


@pytest.mark.parametrize(
    "calls",
    [
        some(4, code="INTERNAL_ERROR"),
        [*some(5, code="INTERNAL_ERROR"), *some(1, ago=50 * MINUTE)],
        [*some(4, code="INTERNAL_ERROR"), *some(1, code="CONNECTION_FAILED")],
        [*some(4, code="INTERNAL_ERROR"), *some(9, code="ENTITY_NOT_FOUND")],
        some(9, code="INTERNAL_ERROR", ago=61 * MINUTE),
    ],
    ids=["few", "worked", "link", "caller", "long ago"],
)
def test_a_tool_that_failed_seldom_or_by_the_fault_of_others_is_not_broken(
    calls: list[ToolCall],
) -> None:
    assert findings(RuleKey.TOOL_BROKEN, situation(calls=calls)) == []

"""What holds for the table of all rules."""

from hypothesis import given
from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.assessment import Assessment, Cause, Credential, UsageLog
from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.history import History
from custom_components.ha_mcp_sre.assess.objectives import FAST_BURN
from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.assess.rules import RULES, look
from custom_components.ha_mcp_sre.assess.server import Server

from .builders import DAY
from .situations import NOW, POLICY, UP, situation, some


def test_what_is_often_over_soon_must_last_before_it_is_an_incident() -> None:
    # An app that is updated is stopped for a while; who installs a version restarts soon after;
    # a hiccup stays in the short window of the burn for its five minutes.
    held = {key: rule.hold for key, rule in RULES.items() if rule.hold}
    assert held == {
        RuleKey.TOOLS_FAILING: 360,
        RuleKey.SERVER_STOPPED: 120,
        RuleKey.RESTART_NEEDED: 600,
    }


def test_a_rule_that_looks_back_may_outlive_its_cause_by_as_long() -> None:
    lags = {key: rule.lag for key, rule in RULES.items() if rule.lag}
    assert lags.keys() == {
        RuleKey.TOOLS_FAILING,
        RuleKey.TOOL_BROKEN,
        RuleKey.SLOW,
        RuleKey.BUDGET_BURNING,
        RuleKey.RECONNECT_STORM,
        RuleKey.WORSE_AFTER_UPDATE,
        RuleKey.SLOW_START,
    }
    assert lags[RuleKey.SLOW] >= POLICY.slow_window


def test_many_failing_calls_wait_for_the_next_reading_as_long_as_the_last_one_counts() -> None:
    rule = RULES[RuleKey.TOOLS_FAILING]
    assert rule.patience >= POLICY.tool_calls_gap + FAST_BURN.short


def test_each_rule_stands_in_the_table_once_and_the_worst_come_first() -> None:
    assert RULES.keys() == set(RuleKey)
    severities = [rule.severity for rule in RULES.values()]
    assert severities == sorted(severities)
    assert severities.count(Severity.P0) == 1


def test_what_explains_another_is_worse_or_stands_before_it() -> None:
    order = list(RULES)
    for key, rule in RULES.items():
        for other in rule.explains:
            # But that a server is stopped explains everything, and harms nobody.
            assert order.index(key) < order.index(other) or key is RuleKey.SERVER_STOPPED
            assert key not in RULES[other].explains


def test_what_goes_on_by_itself_is_explained_by_nothing() -> None:
    explained = frozenset[RuleKey]().union(*(rule.explains for rule in RULES.values()))
    assert not explained & {
        RuleKey.MEMORY_GROWING,
        RuleKey.TOKEN_EXPIRING,
        RuleKey.RESTART_NEEDED,
        RuleKey.USAGE_LOG_LARGE,
        RuleKey.UPDATE_WAITING,
        RuleKey.UPSTREAM_RED,
    }


def test_the_runbook_of_a_rule_has_its_name() -> None:
    assert RULES[RuleKey.SERVER_DOWN].runbook == "server-down"


known = st.sampled_from([None, True, False])
moments = st.none() | st.floats(NOW - 1e8, NOW + 1e8)
servers = st.builds(
    Assessment,
    cause=st.none()
    | st.builds(
        Cause,
        st.sampled_from(["endpoint", "websocket", "rest"]),
        st.none() | st.sampled_from(FailureKind),
        st.none() | st.just("502"),
    ),
    reachable=known,
    home_assistant_link=known,
    link_failures=st.integers(0, 5),
    server=st.builds(Server, instance=st.none() | st.just("i"), started_at=moments),
    credential=st.builds(Credential, known, moments),
    usage_log=st.none() | st.builds(UsageLog, st.integers(0, 2 * 10**8), st.just(0)),
    update_available=st.none() | st.just("8.8.0"),
    calls_read_at=moments,
    sources=st.just({}) | st.just(UP.sources),
)
histories = st.builds(
    History,
    restarts=st.lists(st.floats(0, NOW), max_size=5).map(tuple),
    reconnects=st.lists(st.floats(0, NOW), max_size=9).map(tuple),
    startups=st.lists(
        st.tuples(st.text(), st.floats(0, 600), st.floats(0, NOW), st.just("app_log")), max_size=6
    ).map(tuple),
    version_changed_at=moments,
    update_since=moments,
)


CALLS = [
    *some(10, duration=3),
    *some(9, code="INTERNAL_ERROR"),
    *some(6, tool="ha_search", code="INTERNAL_ERROR"),
    *some(99, ago=DAY),
]


@given(servers, histories)
def test_whatever_is_known_every_rule_answers_plainly_and_once(
    current: Assessment, history: History
) -> None:
    found, unknown = look(situation(current, history=history, calls=CALLS))
    assert len({finding.key for finding in found}) == len(found)
    assert unknown.isdisjoint(finding.rule for finding in found)
    for finding in found:
        assert finding.severity is RULES[finding.rule].severity
        for value in finding.evidence.values():
            assert type(value) in {str, int, float}

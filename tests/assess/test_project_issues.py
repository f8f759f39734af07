"""What the issues of ha-mcp's own project say of it."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.failure_modes import (
    MODE_WORDS,
    RULE_MODES,
    FailureMode,
    modes_of,
    plain,
)
from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.issue_review import (
    IssueClass,
    IssueReview,
    Signature,
    class_of,
    issue_review,
    reported_like,
)
from custom_components.ha_mcp_sre.assess.upstream import Issue, Part

from .builders import DAY, HOUR
from .upstreams import NOW, READ, issue, moments, shuffled, told

WEEK = 7 * DAY


@pytest.mark.parametrize(
    ("title", "labels", "kind"),
    [
        # Issues of ha-mcp, as they are labelled.
        (
            "[BUG] Updated to v7.13.0, the mcp now fails to start",
            ["bug", "startup-bug", "triaged"],
            IssueClass.STARTUP_BUG,
        ),
        (
            "ha_mcp_tools 2.1.3 in-process server OOMs HA Core (14 GB RSS, continuous crash loop)",
            ["bug", "needs-info", "runtime-bug"],
            IssueClass.CRASH,
        ),
        ("[BUG] HA-MCP is not starting properly in docker", ["bug"], IssueClass.STARTUP_BUG),
        (
            "[BUG] MCP connection crashes persistently when calling ha_search_entities tool",
            ["bug", "priority: high"],
            IssueClass.CRASH,
        ),
        # And as others name such things.
        ("Wrong unit in answer", ["runtime-bug"], IssueClass.RUNTIME_BUG),
        ("Search is slow with 5000 entities", ["bug"], IssueClass.PERFORMANCE),
        ("Token no longer works since update to 8.7", ["bug"], IssueClass.REGRESSION),
        ("Wrong unit in answer", ["type: bug"], IssueClass.OTHER_BUG),
        ("Crash", ["kind/regression", "bug"], IssueClass.REGRESSION),
        ("Wrong unit", ["Performance", "bug"], IssueClass.PERFORMANCE),
        ("[BUG] Wrong unit", [], IssueClass.OTHER_BUG),
        ("[BUG] Wrong unit", ["enhancement"], IssueClass.OTHER),
        ("Please do not crash", ["enhancement"], IssueClass.OTHER),
        ("It crashes", ["not a bug"], IssueClass.OTHER),
        ("It crashes", [], IssueClass.OTHER),
        ("", [""], IssueClass.OTHER),
    ],
)
def test_what_an_issue_is_about(title: str, labels: list[str], kind: IssueClass) -> None:
    assert class_of(title, labels) is kind


def test_opened_and_closed_count_by_class_in_their_window() -> None:
    upstream = told(
        issue("Does not start", "bug", ago=7 * DAY),
        issue("Does not start", "bug", ago=7 * DAY + 1),
        issue("Add a tool", "enhancement", ago=30 * DAY, closed=HOUR, reason="not_planned"),
        issue("Wrong unit", "bug", ago=2 * HOUR, closed=HOUR),
        issue("Wrong unit", "bug", ago=0),
    )
    review = issue_review(upstream, NOW - WEEK, NOW)
    assert review.opened is not None
    assert review.closed is not None
    assert review.opened.keys() == review.closed.keys() == set(IssueClass)
    assert {kind: n for kind, n in review.opened.items() if n} == {
        IssueClass.STARTUP_BUG: 1,
        IssueClass.OTHER_BUG: 1,
    }
    assert {kind: n for kind, n in review.closed.items() if n} == {
        IssueClass.OTHER: 1,
        IssueClass.OTHER_BUG: 1,
    }


def test_recovery_is_the_median_of_bugs_that_were_mended_within_28_days() -> None:
    upstream = told(
        issue("Wrong unit", "bug", ago=10 * DAY, closed=9 * DAY),
        issue("Wrong name", "bug", ago=90 * DAY, closed=20 * DAY),
        issue("Wrong area", "bug", ago=4 * DAY, closed=2 * DAY),
        issue("Wrong icon", "bug", ago=DAY, closed=HOUR, reason="not_planned"),
        issue("Wrong floor", "bug", ago=60 * DAY, closed=28 * DAY + 1),
        issue("Wrong colour", "bug", ago=DAY, closed=HOUR, reason=None),
        issue("More tools", "enhancement", ago=DAY, closed=HOUR),
        issue("Wrong state", "bug"),
    )
    review = issue_review(upstream, NOW - WEEK, NOW)
    assert (review.mttr_hours, review.mttr_bugs) == (48, 3)


def test_without_a_mended_bug_there_is_no_time_of_recovery() -> None:
    review = issue_review(told(issue("Wrong unit", "bug")), NOW - WEEK, NOW)
    assert (review.mttr_hours, review.mttr_bugs) == (None, 0)


def test_open_bugs_are_those_at_the_end_of_the_window() -> None:
    upstream = told(
        issue("Wrong unit", "bug", ago=20 * DAY),
        issue("Wrong unit", "bug", ago=20 * DAY, closed=DAY),
        issue("Wrong unit", "bug", ago=DAY),
        issue("More tools", "enhancement"),
    )
    assert issue_review(upstream, NOW - WEEK, NOW).open_bugs == 2
    assert issue_review(upstream, NOW - 2 * WEEK, NOW - WEEK).open_bugs == 2
    assert issue_review(upstream, NOW - 5 * WEEK, NOW - 4 * WEEK).open_bugs == 0


def test_what_was_reported_twice_is_a_signature() -> None:
    timeouts = [
        issue("Calls time out: Timeout after 30 s", "bug"),
        issue("[BUG] Timeouts everywhere", "runtime-bug"),
        issue("ha_search stuck", "bug", ago=27 * DAY),
    ]
    tools = [issue("ha_config_set wrong in v8.6", "bug"), issue("`ha_config_set` lies", "bug")]
    titles = [issue("[BUG] Wrong unit in 8.7.0", "bug"), issue("wrong unit", "bug")]
    others = [
        issue("Timeout wanted", "enhancement"),
        issue("Timeout", "bug", ago=29 * DAY),
        issue("Websocket breaks", "bug"),
        issue("8.7.0", "bug"),
        issue("8.6.0", "bug"),
    ]
    review = issue_review(told(*timeouts, *tools, *titles, *others), NOW - WEEK, NOW)
    assert review.signatures == (
        Signature("failure_mode", "timeout", tuple(each.number for each in timeouts)),
        Signature("title", "wrong unit", tuple(each.number for each in titles)),
        Signature("tool", "ha_config_set", tuple(each.number for each in tools)),
    )


def test_issues_that_were_never_read_are_unknown() -> None:
    for unread in (replace(READ, read_at={}), replace(READ, issues_since=None)):
        review = issue_review(unread, NOW - WEEK, NOW)
        assert review == IssueReview(NOW - WEEK, NOW)
        assert review.open_bugs is None
        assert reported_like(unread, list(RuleKey), NOW - WEEK, NOW) is None


def test_each_figure_says_since_when_it_is_known() -> None:
    upstream = replace(READ, issues_since=NOW - 3 * DAY, read_at={Part.ISSUES: NOW - HOUR})
    review = issue_review(upstream, NOW - WEEK, NOW)
    assert (review.covered_since, review.covered_until) == (NOW - 3 * DAY, NOW - HOUR)
    assert review.month_since == NOW - 3 * DAY
    full = issue_review(READ, NOW - WEEK, NOW)
    assert (full.covered_since, full.month_since) == (NOW - WEEK, NOW - 28 * DAY)


def test_an_issue_that_was_seen_twice_counts_once_as_it_is_now() -> None:
    before = issue("Wrong unit", "bug")
    after = replace(before, labels=("enhancement",), updated_at=NOW)
    for seen in ((before, after), (after, before)):
        assert issue_review(told(*seen), NOW - WEEK, NOW).open_bugs == 0


def test_reports_are_those_that_read_like_what_was_seen_here() -> None:
    leak = issue("Memory grows until the OOM killer comes", "runtime-bug", ago=2 * DAY)
    rejected = issue("401 Unauthorized with a fresh token", "bug", ago=DAY)
    upstream = told(
        leak,
        rejected,
        issue("Token in the URL, please", "enhancement"),
        issue("Token rejected", "bug", ago=8 * DAY),
        issue("Wrong unit", "bug"),
    )
    found = reported_like(upstream, {RuleKey.TOKEN_REJECTED, RuleKey.RESTART_LOOP}, NOW - WEEK, NOW)
    assert found is not None
    assert [(each.number, each.title, each.rules) for each in found] == [
        (leak.number, leak.title, (RuleKey.RESTART_LOOP,)),
        (rejected.number, rejected.title, (RuleKey.TOKEN_REJECTED,)),
    ]
    assert reported_like(upstream, (), NOW - WEEK, NOW) == ()


# The signatures that people quote, by the failure modes that were drawn from ha-mcp's issues.
@pytest.mark.parametrize(
    ("title", "mode"),
    [
        ("HA-MCP in-process server failed to start: X", FailureMode.START),
        ("Could not install 'ha-mcp==8.4.0'", FailureMode.INSTALL),
        ("exited during startup (starting the HTTP listener), [Errno 98]", FailureMode.PORT),
        ("Failed to register tools from tools_dev", FailureMode.COMPONENT),
        ("Home Assistant freezes a minute after start", FailureMode.FREEZE),
        ("WebSocket connection failed: Authentication timeout", FailureMode.WEBSOCKET),
        ("WebSocket TLS verification failed", FailureMode.CERTIFICATE),
        ("Server disconnected without sending a response", FailureMode.CONNECTION),
        ("token belongs to a non-admin user", FailureMode.AUTHENTICATION),
        ("Command failed: Unknown command.", FailureMode.UNKNOWN_COMMAND),
        ("Server exits unexpectedly under multiple conditions", FailureMode.CRASH),
        ("Can't connect after the update", FailureMode.CONNECTION),
        ("All tool calls hang", FailureMode.TIMEOUT),
    ],
)
def test_what_people_quote_is_known(title: str, mode: FailureMode) -> None:
    assert modes_of(title)[0] is mode


@pytest.mark.parametrize("title", ["Portainer support", "Restore my heart", "Sharing", "🤖", ""])
def test_words_within_words_say_nothing(title: str) -> None:
    assert modes_of(title) == ()


def test_every_mode_has_words_and_every_rule_modes() -> None:
    assert MODE_WORDS.keys() == set(FailureMode)
    assert RULE_MODES.keys() == set(RuleKey)
    for words in MODE_WORDS.values():
        assert all(plain(word).strip() == word.strip() for word in words)


issues = st.builds(
    Issue,
    number=st.integers(1, 30),
    title=st.text(max_size=40) | st.sampled_from(["[BUG] Timeout", "ha_search lies", "crash"]),
    labels=st.lists(st.sampled_from(["bug", "crash", "feature", "runtime-bug", "x"])).map(tuple),
    opened_at=moments,
    closed_at=st.none() | moments,
    reason=st.sampled_from([None, "completed", "not_planned"]),
    updated_at=moments,
)


@given(st.lists(issues, max_size=20), st.randoms(use_true_random=False))
def test_whatever_is_told_figures_are_plain_and_in_no_order(
    known: list[Issue], order: Random
) -> None:
    upstream = told(*known)
    review = issue_review(upstream, NOW - WEEK, NOW)
    assert issue_review(shuffled(upstream, order), NOW - WEEK, NOW) == review
    assert review.mttr_hours is None or review.mttr_hours >= 0
    assert (review.mttr_hours is None) is not bool(review.mttr_bugs)
    assert all(len(set(each.issues)) >= 2 for each in review.signatures)
    like = reported_like(upstream, list(RuleKey), NOW - WEEK, NOW)
    assert like == reported_like(shuffled(upstream, order), list(RuleKey), NOW - WEEK, NOW)

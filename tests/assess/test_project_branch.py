"""Whether the default branch of ha-mcp's own project is green, and since when it is not."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.project import BranchState, default_branch_state
from custom_components.ha_mcp_sre.assess.upstream import Part, Upstream

from .builders import DAY, HOUR
from .upstreams import NOW, READ, ran, run


def test_a_branch_is_green_if_every_workflow_passed_last() -> None:
    upstream = ran(
        run("failure", ago=3 * HOUR),
        run("success", ago=2 * HOUR),
        run("success", ago=DAY, path="publish-dev.yml", name="Publish Dev Channel"),
    )
    state = default_branch_state(upstream, NOW)
    assert (state.ok, state.judged, state.failing_since) == (True, 2, None)


def test_a_red_branch_is_red_since_the_first_failure_without_a_pass_in_between() -> None:
    upstream = ran(
        run("failure", ago=9 * HOUR),
        run("success", ago=8 * HOUR),
        run("failure", ago=7 * HOUR),
        run("cancelled", ago=6 * HOUR),
        run("timed_out", ago=5 * HOUR),
        run(None, ago=4 * HOUR),
    )
    state = default_branch_state(upstream, NOW)
    assert (state.ok, state.failing_since) == (False, NOW - 7 * HOUR)
    (failing,) = state.failing
    assert (failing.name, failing.since, failing.failures) == ("E2E Tests", NOW - 7 * HOUR, 2)


def test_what_has_failed_the_longest_comes_first() -> None:
    upstream = ran(
        run("failure", ago=HOUR),
        run("failure", ago=DAY, path="deploy.yml", name="Deploy to GitHub Pages"),
        run("failure", ago=2 * HOUR, path="performance-tests.yml", name="Performance Tests"),
    )
    state = default_branch_state(upstream, NOW)
    assert [each.path for each in state.failing] == [
        "deploy.yml",
        "performance-tests.yml",
        "e2e-tests.yml",
    ]
    assert state.failing_since == NOW - DAY


def test_what_is_not_on_the_default_branch_or_keeps_house_turns_nothing_red() -> None:
    upstream = ran(
        run(),
        run("failure", path="pr.yml", event="pull_request", on_default=True),
        run("failure", path="validate.yml", on_default=False),
        run("failure", path="renovate.yml", name="Renovate"),
        run("failure", path="test.yml", name="Codex Hello World Tests"),
    )
    assert default_branch_state(upstream, NOW).ok


def test_a_verdict_of_last_month_says_nothing_of_today() -> None:
    old = run("failure", ago=28 * DAY + 1, path="removed.yml", name="Removed Tests")
    assert default_branch_state(ran(old, run()), NOW).ok
    assert default_branch_state(ran(old), NOW) == BranchState()


def test_a_streak_may_be_older_than_the_verdict_that_counts() -> None:
    upstream = ran(run("failure", ago=40 * DAY), run("failure", ago=DAY))
    assert default_branch_state(upstream, NOW).failing_since == NOW - 40 * DAY


def test_a_re_run_that_passed_ends_the_streak() -> None:
    failed = run("failure")
    again = replace(failed, attempt=2, conclusion="success")
    assert default_branch_state(ran(failed, again), NOW).ok


@pytest.mark.parametrize(
    "upstream",
    [
        READ,
        ran(run("cancelled")),
        replace(ran(run("failure")), runs_since=None),
        replace(ran(run("failure")), read_at={Part.ISSUES: NOW}),
        replace(ran(run("failure")), read_at={Part.RUNS: NOW - DAY - 1}),
    ],
    ids=["no run", "no verdict", "not complete", "never read", "read long ago"],
)
def test_nobody_knows_what_was_not_judged_or_not_read_for_a_day(upstream: Upstream) -> None:
    state = default_branch_state(upstream, NOW)
    assert state == BranchState()
    assert state.failing_since is None


def test_what_was_read_may_be_believed_for_a_day() -> None:
    upstream = replace(ran(run()), read_at={Part.RUNS: NOW - HOUR})
    assert default_branch_state(upstream, NOW).known_until == NOW - HOUR + DAY

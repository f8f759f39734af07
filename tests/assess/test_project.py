"""How the CI of ha-mcp's own project did in a window of time."""

from dataclasses import replace
from random import Random

import pytest

from custom_components.ha_mcp_sre.assess.project import CiHealth, Durations, Stability, ci_health
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.assess.upstream import Part, Upstream
from custom_components.ha_mcp_sre.assess.workflows import WorkflowKind

from .builders import DAY, HOUR, MINUTE
from .upstreams import NOW, READ, SINCE, a_month, image, ran, release, run, shuffled

WEEK = 7 * DAY


@pytest.mark.parametrize(
    ("conclusion", "tally"),
    [
        ("success", Tally(1, 0)),
        ("failure", Tally(0, 1)),
        ("timed_out", Tally(0, 1)),
        ("startup_failure", Tally(0, 1)),
        ("cancelled", Tally(0, 0, 1)),
        ("skipped", Tally(0, 0, 1)),
        ("neutral", Tally(0, 0, 1)),
        ("action_required", Tally(0, 0, 1)),
        ("stale", Tally(0, 0, 1)),
        (None, Tally(0, 0, 1)),
    ],
)
def test_only_what_passed_or_failed_is_a_verdict(conclusion: str | None, tally: Tally) -> None:
    assert ci_health(ran(run(conclusion)), NOW - WEEK, NOW).overall == tally


def test_without_a_verdict_there_is_no_rate() -> None:
    overall = ci_health(ran(run("cancelled")), NOW - WEEK, NOW).overall
    assert overall is not None
    assert overall.achieved is None


def test_pull_requests_are_apart_from_the_default_branch() -> None:
    health = ci_health(
        ran(
            run("failure", event="pull_request", on_default=False),
            run("failure", event="pull_request_target"),
            run("failure", event="merge_group", on_default=False),
            run("failure", on_default=False),
            run("success"),
        ),
        NOW - WEEK,
        NOW,
    )
    assert health.overall == Tally(1, 0)
    assert health.pull_requests == Tally(0, 3)


def test_a_window_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    upstream = ran(*(run(ago=ago) for ago in (7 * DAY, 3 * DAY)), run("failure", ago=7.1 * DAY))
    assert ci_health(upstream, NOW - WEEK, NOW - 3 * DAY).overall == Tally(1, 0)
    assert ci_health(upstream, NOW - WEEK, NOW - 2 * DAY).overall == Tally(2, 0)


def test_what_is_known_may_be_shorter_than_the_window() -> None:
    upstream = replace(
        ran(run("failure", ago=5 * DAY), run(ago=2 * DAY), run("failure", ago=HOUR)),
        runs_since=NOW - 3 * DAY,
        read_at={Part.RUNS: NOW - DAY},
    )
    health = ci_health(upstream, NOW - WEEK, NOW)
    assert (health.covered_since, health.covered_until) == (NOW - 3 * DAY, NOW - DAY)
    assert health.overall == Tally(1, 0)


@pytest.mark.parametrize(
    "upstream",
    [
        replace(ran(run()), runs_since=None),
        replace(ran(run()), read_at={}),
        replace(ran(run()), runs_since=NOW),
        replace(ran(run()), read_at={Part.RUNS: SINCE}),
    ],
    ids=["never complete", "never read", "complete since too late", "read too early"],
)
def test_what_nobody_knows_has_no_figures(upstream: Upstream) -> None:
    health = ci_health(upstream, NOW - WEEK, NOW)
    assert health == CiHealth(NOW - WEEK, NOW)
    assert health.overall is None


def test_a_quiet_week_is_known_to_be_quiet() -> None:
    health = ci_health(READ, NOW - WEEK, NOW)
    assert health.covered_since == NOW - WEEK
    assert health.overall == Tally()


def test_of_a_run_that_was_seen_twice_the_latest_attempt_counts() -> None:
    first = run("failure")
    again = replace(first, attempt=2, conclusion="success", updated_at=NOW)
    for seen in ((first, again), (again, first)):
        assert ci_health(ran(*seen), NOW - WEEK, NOW).overall == Tally(1, 0)


def test_what_keeps_house_is_shown_but_no_part_of_the_whole() -> None:
    health = ci_health(
        ran(
            run("failure", path="renovate.yml", name="Renovate", event="schedule"),
            run("failure", path="test.yml", name="Codex Hello World Tests"),
            run("failure", path="deploy.yml", name="Deploy to GitHub Pages"),
            run("success"),
        ),
        NOW - WEEK,
        NOW,
    )
    assert health.overall == Tally(1, 1)
    assert health.kinds == {
        WorkflowKind.TEST: Tally(1, 0),
        WorkflowKind.DEPLOY: Tally(0, 1),
        WorkflowKind.OTHER: Tally(0, 1),
    }
    assert [each.name for each in health.workflows] == [
        "E2E Tests",
        "Deploy to GitHub Pages",
        "Renovate",
    ]


def test_a_workflow_has_the_name_that_it_had_last() -> None:
    health = ci_health(
        ran(run(ago=DAY, name="E2E Tests"), run(ago=HOUR, name="All Tests")), NOW - WEEK, NOW
    )
    (workflow,) = health.workflows
    assert (workflow.name, workflow.runs) == ("All Tests", Tally(2, 0))


def test_tests_are_unstable_that_pass_when_run_again_or_only_sometimes() -> None:
    commit = "c" * 40
    upstream = ran(
        *(run() for _ in range(14)),
        run(attempt=2),
        run("failure", attempt=3),
        *(run(each, commit=commit, ago=DAY) for each in ("success", "failure")),
        run("success", commit=commit, attempt=2),
        run("failure", commit="d" * 40, event="pull_request", on_default=False),
        run("success", commit="d" * 40, path="pr.yml"),
        run("cancelled", attempt=2),
        run(attempt=2, path="publish-dev.yml", name="Publish Dev Channel"),
    )
    assert ci_health(upstream, NOW - WEEK, NOW).stability == Stability(
        runs=21, recovered=2, alternating=1, unstable=4
    )


def test_a_pull_request_is_not_the_same_code_as_its_commit_alone() -> None:
    commit = "c" * 40
    upstream = ran(
        run("failure", commit=commit, event="pull_request", on_default=False),
        run("success", commit=commit),
    )
    assert ci_health(upstream, NOW - WEEK, NOW).stability == Stability(runs=2)


def test_durations_are_exact_quantiles_of_first_attempts_that_ran_through() -> None:
    times = [MINUTE * n for n in range(1, 21)]
    upstream = ran(
        *(run("failure" if n % 5 else "success", took=n) for n in Random(7).sample(times, 20)),
        run(attempt=2, took=DAY),
        run("cancelled", took=DAY),
        run("startup_failure", took=0),
        run(None, took=DAY),
        run(event="pull_request", took=DAY),
        run(path="publish-dev.yml", name="Publish Dev Channel", took=DAY),
    )
    health = ci_health(upstream, NOW - WEEK, NOW)
    assert health.durations == Durations(20, 10 * MINUTE, 19 * MINUTE)


def test_a_run_that_ended_before_it_began_has_no_duration() -> None:
    health = ci_health(ran(run(), run(took=-MINUTE)), NOW - WEEK, NOW)
    assert health.durations == Durations(1)


def test_four_runs_have_no_quantiles() -> None:
    health = ci_health(ran(*(run() for _ in range(4))), NOW - WEEK, NOW)
    assert health.durations == Durations(4)


def test_releases_run_on_branches_and_tags_but_not_for_pull_requests() -> None:
    path, name = "release-publish.yml", "Release Publish"
    upstream = ran(
        run("success", path=path, name=name),
        run("failure", path=path, name=name, event="release", on_default=False),
        run("failure", path=path, name=name, event="pull_request"),
        run("failure", path=path, name=name, on_default=False),
        run("failure"),
    )
    deployment = ci_health(upstream, NOW - WEEK, NOW).deployment
    assert deployment is not None
    assert deployment.runs == Tally(1, 1)


def test_how_long_a_release_waits_for_its_image_is_the_median() -> None:
    upstream = replace(
        READ,
        releases=(
            release("v8.5.0", ago=6 * DAY),
            release("v8.6.0", ago=4 * DAY),
            release("v8.7.0", ago=2 * DAY),
            release("v8.8.0b1", ago=DAY),
            release("v8.8.0", ago=DAY, prerelease=True),
            release("v8.4.0", ago=9 * DAY),
        ),
        images=(
            image("8.5.0", 1, ago=6 * DAY - 3 * HOUR),
            # The release is whole when its last architecture is there.
            image("8.6.0", 1, ago=4 * DAY - HOUR),
            image("8.6.0", 1, ago=4 * DAY - 2 * HOUR, architecture="arm64"),
            # It was built before the release was published: nobody waited.
            image("8.7.0", 1, ago=2 * DAY + HOUR),
            image("8.4.0", 1, ago=DAY),
            image("latest", 1, ago=0),
        ),
    )
    deployment = ci_health(upstream, NOW - WEEK, NOW).deployment
    assert deployment is not None
    assert (deployment.releases, deployment.with_image) == (3, 3)
    assert deployment.hours_to_image == pytest.approx(2)


@pytest.mark.parametrize("ago", [None, NOW, 30 * DAY], ids=["none", "the epoch", "a commit"])
def test_an_image_without_a_true_date_tells_nothing_of_waiting(ago: float | None) -> None:
    upstream = replace(
        READ, releases=(release("v8.7.0", ago=DAY),), images=(image("8.7.0", 1, ago=ago),)
    )
    deployment = ci_health(upstream, NOW - WEEK, NOW).deployment
    assert deployment is not None
    assert (deployment.releases, deployment.with_image) == (1, 0)
    assert deployment.hours_to_image is None


def test_releases_that_were_never_read_are_unknown() -> None:
    upstream = replace(READ, read_at={Part.RUNS: NOW})
    deployment = ci_health(upstream, NOW - WEEK, NOW).deployment
    assert deployment is not None
    assert deployment.releases is None


@pytest.mark.parametrize("seed", range(5))
def test_four_weeks_of_a_project_add_up(seed: int) -> None:
    upstream = ran(*a_month(seed))
    health = ci_health(shuffled(upstream, Random(seed)), NOW - 28 * DAY, NOW + 1)
    on_default = [each for each in upstream.runs if each.on_default]
    assert health.overall == Tally(
        *(
            sum(each.conclusion == word for each in on_default)
            for word in ("success", "failure", "cancelled")
        )
    )
    assert sum(each.runs.valid for each in health.workflows) == health.overall.valid
    assert sum(tally.valid for tally in health.kinds.values()) == health.overall.valid
    assert health.durations is not None
    assert health.durations.p50 is not None
    assert health.durations.p95 is not None
    assert health.durations.p50 < health.durations.p95 < 14 * MINUTE * 1.5

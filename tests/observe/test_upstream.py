"""A project is collected completely, in small steps, and says since when it is known."""

from dataclasses import replace

import aiohttp
import pytest

from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.upstream import Part, Release, Upstream, UpstreamFailure
from tests.fake_github import REPOSITORY, TOKEN, FakeGitHub, iso
from tests.observe.github_client import DAY, HOUR, Project

ALL = {Part.REPOSITORY, Part.RUNS, Part.ISSUES, Part.RELEASES}


@pytest.fixture
def project(session: aiohttp.ClientSession, github: FakeGitHub) -> Project:
    return Project(session, github)


async def test_a_small_project_is_known_after_one_step(
    project: Project, github: FakeGitHub
) -> None:
    now = github.now
    github.run(now - HOUR)
    github.issue(now - 2 * DAY, now - DAY)
    github.release("v8.7.0", now - 3 * DAY)
    known = await project.step()
    assert known == replace(
        Upstream(REPOSITORY, "master"),
        runs=known.runs,
        runs_since=now - 35 * DAY,
        issues=known.issues,
        issues_since=now - 91 * DAY,
        releases=(Release("v8.7.0", now - 3 * DAY, prerelease=False),),
        read_at=dict.fromkeys(ALL, now),
    )
    assert (len(known.runs), len(known.issues)) == (1, 1)
    assert len(github.asked) == 6
    assert project.wait == Policy().upstream_runs_interval


async def test_what_did_not_change_costs_one_short_answer_a_part(
    project: Project, github: FakeGitHub
) -> None:
    github.run(github.now - HOUR)
    github.issue(github.now - HOUR)
    await project.step()
    await project.step(after=HOUR)
    known = await project.step(after=HOUR)
    assert github.unchanged == 5
    assert known.read_at[Part.RUNS] == known.read_at[Part.ISSUES] == github.now
    assert (len(known.runs), len(known.issues)) == (1, 1)


@pytest.mark.parametrize(("token", "hours", "requests"), [(None, 18, 160), (TOKEN, 1, 90)])
async def test_a_busy_project_is_known_within_a_day_without_a_token_and_an_hour_with_one(
    session: aiohttp.ClientSession,
    github: FakeGitHub,
    token: str | None,
    hours: int,
    requests: int,
) -> None:
    start = github.now
    grow(github, runs_a_day=120, issues_a_day=30)
    project = Project(session, github, token)
    known = await project.steps(hours * HOUR)
    assert {run.id for run in known.runs} >= ids(github, start - 35 * DAY + hours * HOUR)
    assert known.runs_since == pytest.approx(github.now - 35 * DAY, abs=HOUR)
    assert known.issues_since == pytest.approx(start - 91 * DAY, abs=DAY)
    assert known.failures == {}
    assert len(github.asked) <= requests


async def test_a_project_that_stays_busy_is_known_for_a_week_within_a_day(
    project: Project, github: FakeGitHub
) -> None:
    grow(github, runs_a_day=400, issues_a_day=0)
    for _ in range(12):
        await project.steps(HOUR)
        for minute in range(0, 60, 4):
            github.run(github.now - 3600 + 60 * minute)
    assert project.known.runs_since is not None
    assert github.now - project.known.runs_since > 7 * DAY


async def test_what_is_known_so_far_is_told_at_each_step(
    project: Project, github: FakeGitHub
) -> None:
    grow(github, runs_a_day=30, issues_a_day=0)
    since = list[float]()
    for _ in range(25):
        known = await project.step(project.wait)
        assert known.runs_since is not None
        assert {run.id for run in known.runs} >= ids(github, known.runs_since)
        since.append(github.now - known.runs_since)
    assert since == sorted(since)
    assert (since[0] < 20 * DAY, since[-1]) == (True, 35 * DAY)


async def test_more_runs_in_a_day_than_github_lists_are_all_read(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    now = github.now
    for index in range(2500):
        github.run(now - DAY + index)
    known = await Project(session, github, TOKEN).steps(HOUR)
    assert len(known.runs) == 2500


async def test_more_runs_in_a_second_than_a_page_holds_are_all_read(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    for _ in range(350):
        github.run(github.now - DAY)
    github.run(github.now - 2 * DAY)
    known = await Project(session, github, TOKEN).steps(HOUR)
    assert len(known.runs) == 351


async def test_a_week_off_leaves_a_hole_that_is_told_and_filled(
    project: Project, github: FakeGitHub
) -> None:
    github.run(github.now - 20 * DAY)
    github.run(github.now - HOUR)
    await project.step()
    left = github.now
    for index in range(700):
        github.run(left + index * 800)
    known = await project.step(after=7 * DAY)
    assert known.runs_since is not None
    assert left < known.runs_since < github.now
    assert {run.id for run in known.runs} >= ids(github, known.runs_since)
    assert len(known.runs) < 702
    known = await project.steps(2 * HOUR)
    assert len(known.runs) == 702
    assert known.runs_since == pytest.approx(github.now - 35 * DAY, abs=HOUR)


async def test_a_run_that_was_not_over_is_read_again_until_it_is(
    project: Project, github: FakeGitHub
) -> None:
    going = github.run(github.now - 600, status="in_progress", conclusion=None)
    github.run(github.now - 60)
    known = await project.step()
    assert [run.conclusion for run in known.runs] == ["success", None]
    for index in range(150):
        github.run(github.now + index)
    going.update(status="completed", conclusion="failure")
    known = await project.step(after=HOUR)
    assert conclusion(known, going["id"]) == "failure"
    assert len(known.runs) == 152


async def test_a_run_that_was_run_again_counts_with_its_last_attempt(
    project: Project, github: FakeGitHub
) -> None:
    failed = github.run(github.now - DAY, conclusion="failure")
    for index in range(150):
        github.run(github.now - DAY + index)
    await project.steps(HOUR)
    failed.update(conclusion="success", run_attempt=2, updated_at="2026-11-23T02:00:00Z")
    github.run(github.now)
    known = await project.steps(8 * HOUR)
    (run,) = (run for run in known.runs if run.id == failed["id"])
    assert (run.attempt, run.conclusion) == (2, "success")


async def test_a_run_that_waits_for_a_person_does_not_use_up_the_budget(
    project: Project, github: FakeGitHub
) -> None:
    github.run(github.now - DAY, status="waiting", conclusion=None)
    for index in range(250):
        github.run(github.now - DAY + 300 * index)
    await project.steps(HOUR)
    before = len(github.asked)
    for _ in range(12):
        github.run(github.now)
        await project.steps(HOUR)
    assert len(github.asked) - before <= 12 * 5


async def test_old_runs_are_let_go(project: Project, github: FakeGitHub) -> None:
    github.run(github.now - 34 * DAY)
    github.run(github.now - HOUR)
    assert len((await project.step()).runs) == 2
    known = await project.step(after=2 * DAY)
    assert len(known.runs) == 1


@pytest.mark.parametrize(
    ("changes", "on_default"),
    [
        ({}, True),
        ({"event": "schedule"}, True),
        ({"event": "pull_request"}, False),
        ({"event": "pull_request_target"}, False),
        ({"head_branch": "feature"}, False),
        ({"head_repository": {"id": 5}}, False),
        ({"head_repository": None}, False),
    ],
    ids=["push", "schedule", "pull request", "its target", "branch", "fork", "deleted fork"],
)
async def test_only_runs_of_the_repositorys_own_default_branch_are_on_it(
    project: Project, github: FakeGitHub, changes: dict[str, object], on_default: bool
) -> None:
    github.run(github.now - HOUR, **changes)
    known = await project.step()
    assert [run.on_default for run in known.runs] == [on_default]


async def test_releases_are_the_newest_hundred_and_no_drafts(
    project: Project, github: FakeGitHub
) -> None:
    for index in range(101):
        github.release(f"v8.{index}.0", github.now - (200 - index) * DAY)
    github.release("v9.0.0b1", github.now - HOUR, prerelease=True)
    github.release("v9.0.0", github.now, draft=True, published_at=None)
    known = await project.step()
    assert len(known.releases) == 99
    assert known.releases[0] == Release("v9.0.0b1", github.now - HOUR, prerelease=True)
    assert known.releases[1].tag == "v8.100.0"


async def test_a_renamed_repository_is_asked_for_by_its_new_name_at_once(
    project: Project, github: FakeGitHub
) -> None:
    await project.step()
    github.former, github.full_name = (REPOSITORY,), "homeassistant-ai/renamed"
    await project.step(after=HOUR)
    known = await project.step(after=HOUR)
    assert project.progress.client.full_name == "homeassistant-ai/renamed"
    assert known.failures == {}
    github.asked.clear()
    await project.step(after=HOUR)
    assert {each.partition("?")[0] for each in github.asked} == {
        f"/repos/homeassistant-ai/renamed/{part}" for part in ("actions/runs", "issues", "releases")
    }


async def test_images_are_left_alone(project: Project, github: FakeGitHub) -> None:
    project.known = replace(
        project.known,
        read_at={Part.IMAGES: 5.0},
        failures={Part.IMAGES: UpstreamFailure.NOT_FOUND},
    )
    known = await project.step()
    assert known.read_at[Part.IMAGES] == 5.0
    assert known.failures == {Part.IMAGES: UpstreamFailure.NOT_FOUND}


def grow(github: FakeGitHub, *, runs_a_day: int, issues_a_day: int) -> None:
    """Let the project have a past; nine of ten issues are pull requests or closed."""
    for index in range(40 * runs_a_day):
        github.run(github.now - index * DAY / runs_a_day - 60)
    for index in range(100 * issues_a_day):
        opened = github.now - (index + 1) * DAY / issues_a_day
        github.issue(
            opened,
            None if index % 10 == 0 else opened + 1800,
            pull_request={"url": "u"} if index % 10 > 4 else None,
        )


def ids(github: FakeGitHub, since: float) -> set[int]:
    """Return the runs that were created since a time."""
    return {run["id"] for run in github.runs if run["created_at"] >= iso(since + 1)}


def conclusion(known: Upstream, number: int) -> str | None:
    return next(run.conclusion for run in known.runs if run.id == number)

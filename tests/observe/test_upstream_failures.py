"""What cannot be read takes nothing with it that is known, and is not asked for again at once."""

from dataclasses import replace

import aiohttp
from aiohttp import web
import pytest

from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.upstream import Part, Upstream, UpstreamFailure
from custom_components.ha_mcp_sre.observe.upstream_progress import Progress, read_progress
from tests.fake_github import REPOSITORY, TOKEN, FakeGitHub, always, refusal
from tests.observe.github_client import DAY, HOUR, Project

ALL = {Part.REPOSITORY, Part.RUNS, Part.ISSUES, Part.RELEASES}


@pytest.fixture
def project(session: aiohttp.ClientSession, github: FakeGitHub) -> Project:
    return Project(session, github)


async def test_a_project_that_is_never_reached_is_unknown(
    project: Project, github: FakeGitHub
) -> None:
    await github.stop()
    known = await project.steps(DAY)
    assert known == Upstream(REPOSITORY, failures=dict.fromkeys(ALL, UpstreamFailure.UNREACHABLE))


async def test_the_past_that_cannot_be_read_is_tried_again_later(
    project: Project, github: FakeGitHub
) -> None:
    for index in range(300):
        github.run(github.now - index * HOUR)

    async def broken_for_windows(request: web.Request) -> web.StreamResponse:
        if "created" in request.query:
            return refusal(500)
        return github.listed("/actions/runs", request)

    github.answers["/actions/runs"] = broken_for_windows
    known = await project.step()
    assert known.failures == {Part.RUNS: UpstreamFailure.SERVER_ERROR}
    assert len(known.runs) == 100
    assert project.wait == Policy().upstream_retry
    asked = len(github.asked)
    await project.step(after=60)
    assert len(github.asked) == asked
    github.answers.clear()
    known = await project.steps(2 * HOUR)
    assert (len(known.runs), known.failures) == (300, {})


async def test_a_budget_that_others_spent_is_told(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    project = Project(session, github, policy=replace(Policy(), github_budget=2))
    known = await project.step()
    assert known.failures == dict.fromkeys(
        {Part.ISSUES, Part.RELEASES}, UpstreamFailure.BUDGET_SPENT
    )
    assert project.wait == HOUR


async def test_a_part_that_fails_does_not_take_the_others_with_it(
    project: Project, github: FakeGitHub
) -> None:
    github.issue(github.now - DAY)
    github.answers["/actions/runs"] = always(lambda: refusal(500))
    known = await project.step()
    assert known.failures == {Part.RUNS: UpstreamFailure.SERVER_ERROR}
    assert set(known.read_at) == ALL - {Part.RUNS}
    assert project.wait == Policy().upstream_retry
    github.answers.clear()
    known = await project.step(after=project.wait)
    assert (known.failures, set(known.read_at)) == ({}, ALL)


@pytest.mark.parametrize(
    ("status", "kind", "wait"),
    [
        (401, UpstreamFailure.TOKEN_REJECTED, 3600),
        (404, UpstreamFailure.NOT_FOUND, 900),
        (429, UpstreamFailure.RATE_LIMITED, 900),
    ],
)
async def test_what_befalls_all_parts_is_asked_for_once(
    project: Project, github: FakeGitHub, status: int, kind: UpstreamFailure, wait: float
) -> None:
    github.answers[""] = always(lambda: refusal(status))
    known = await project.step()
    assert known.failures == dict.fromkeys(ALL, kind)
    assert (len(github.asked), project.wait, known.read_at) == (1, wait, {})


async def test_the_last_good_answer_is_kept_with_its_age(
    project: Project, github: FakeGitHub
) -> None:
    github.run(github.now - HOUR)
    github.release("v8.7.0", github.now - DAY)
    before = await project.step()
    for part in ("/actions/runs", "/issues", "/releases"):
        github.answers[part] = always(lambda: refusal(503))
    known = await project.step(after=HOUR)
    assert set(known.failures) == {Part.RUNS, Part.ISSUES, Part.RELEASES}
    assert (known.runs, known.releases, known.read_at) == (
        before.runs,
        before.releases,
        before.read_at,
    )


@pytest.mark.parametrize(
    "raw", [None, 5, [], {}, {"client": {}}, {"client": None, "asked": 5}, "progress"]
)
def test_what_is_no_progress_begins_anew(raw: object) -> None:
    assert read_progress(raw) == Progress()


async def test_progress_of_what_was_lost_is_forgotten(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    project = Project(session, github, TOKEN)
    github.run(github.now - HOUR)
    before = await project.step()
    project.known = Upstream(REPOSITORY)
    assert await project.step() == before

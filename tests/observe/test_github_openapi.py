"""What GitHub's own description of its API allows is understood, and what we ask is in it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
import json
from typing import Any

import aiohttp
import pytest

from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.upstream import (
    Part,
    Release,
    Run,
    Upstream,
    UpstreamFailure,
)
from custom_components.ha_mcp_sre.observe.github import Answer, Failure, GitHub, Unchanged
from custom_components.ha_mcp_sre.observe.github_answers import (
    read_issues,
    read_releases,
    read_repository,
    read_runs,
)
from custom_components.ha_mcp_sre.observe.plain import moment
from custom_components.ha_mcp_sre.observe.upstream import Collected, collect
from custom_components.ha_mcp_sre.observe.upstream_progress import Progress
from scripts.provision.node_parts import PRISM
from scripts.provision.step import in_ci
from tests.prism import github_by_its_description

pytestmark = pytest.mark.skipif(
    not PRISM.exists() and not in_ci(), reason="no Prism; scripts/bootstrap.py tells how to get it"
)

REPOSITORY = "octocat/Hello-World"
NOW = moment("2020-01-23T00:00:00Z") or 0.0
"""When the run of the description's example was new."""

READERS: dict[str, Callable[[Any], object]] = {
    "": read_repository,
    "/actions/runs": lambda raw: read_runs(raw, "master"),
    "/issues": read_issues,
    "/releases": read_releases,
}


@pytest.fixture(scope="session")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with github_by_its_description(tmp_path_factory.mktemp("prism")) as url:
        yield url


async def test_the_examples_of_the_description_are_understood(
    socket_enabled: None, prism: str
) -> None:
    async with client_that_prefers(prism, "dynamic=false") as client:
        known = (await step(client)).upstream
    created = moment("2020-01-22T19:33:08Z") or 0.0
    assert known == replace(
        Upstream(REPOSITORY, "master"),
        runs=(
            Run(
                id=30433642,
                workflow="Build",
                path="build.yml",
                event="push",
                on_default=False,
                commit="acb5820ced9479c074f688cc328bf03f341a511d",
                attempt=1,
                conclusion=None,
                created_at=created,
                started_at=created,
                updated_at=created,
            ),
        ),
        runs_since=known.runs_since,
        issues=(),  # The example is a pull request.
        issues_since=known.issues_since,
        releases=(Release("v1.0.0", moment("2013-02-27T19:35:32Z") or 0.0, prerelease=False),),
        read_at=known.read_at,
    )
    assert set(known.read_at) == {Part.REPOSITORY, Part.RUNS, Part.ISSUES, Part.RELEASES}


async def test_an_example_that_is_no_pull_request_is_an_issue(
    socket_enabled: None, prism: str
) -> None:
    async with client_that_prefers(prism, "dynamic=false") as client:
        answer = await client.get("/issues")
    assert isinstance(answer, Answer)
    del answer.data[0]["pull_request"]
    page = read_issues(answer.data)
    assert page is not None
    assert [(issue.number, issue.title, issue.labels) for issue in page.entries] == [
        (1347, "Found a bug", ("bug",))
    ]


@pytest.mark.parametrize("path", READERS)
async def test_whatever_the_description_allows_is_read_or_passed_over(
    socket_enabled: None, prism: str, path: str
) -> None:
    async with client_that_prefers(prism, "dynamic=true") as client:
        answers = [await client.get(path) for _ in range(12)]
    assert len({str(each) for each in answers}) > 1
    for answer in answers:
        assert isinstance(answer, Answer)
        READERS[path](answer.data)


async def test_a_project_of_anything_that_is_allowed_can_be_collected_and_stored(
    socket_enabled: None, prism: str
) -> None:
    async with client_that_prefers(prism, "dynamic=true") as client:
        collected = Collected(Upstream(REPOSITORY, "master"), Progress(), 0)
        for hour in range(6):
            collected = await step(client, collected, NOW + hour * 3600)
    assert json.loads(json.dumps(asdict(collected)))["upstream"]["repository"] == REPOSITORY
    assert set(collected.upstream.failures.values()) <= {UpstreamFailure.BAD_ANSWER}


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("", 301, Failure(UpstreamFailure.BAD_ANSWER)),  # It does not say where to.
        ("", 403, Failure(UpstreamFailure.FORBIDDEN)),
        ("", 404, Failure(UpstreamFailure.NOT_FOUND)),
        ("/issues", 404, Failure(UpstreamFailure.NOT_FOUND)),
        ("/issues", 422, Failure(UpstreamFailure.BAD_ANSWER)),
        ("/releases", 404, Failure(UpstreamFailure.NOT_FOUND)),
    ],
)
async def test_the_refusals_of_the_description_are_told(
    socket_enabled: None, prism: str, path: str, status: int, told: Failure | Unchanged
) -> None:
    async with client_that_prefers(prism, f"code={status}") as client:
        assert await client.get(path) == told


@pytest.mark.parametrize("params", [{"state": "melted"}, {"per_page": "many"}, {"since": "ever"}])
async def test_a_question_that_is_not_in_the_description_is_turned_away(
    socket_enabled: None, prism: str, params: dict[str, str]
) -> None:
    async with client_that_prefers(prism, "dynamic=false") as client:
        assert await client.get("/issues", params) == Failure(UpstreamFailure.BAD_ANSWER)


@asynccontextmanager
async def client_that_prefers(url: str, preference: str) -> AsyncIterator[GitHub]:
    """Yield a client whose requests tell Prism what to answer."""
    async with aiohttp.ClientSession(headers={"Prefer": preference}) as session:
        policy = replace(Policy(), github_budget=1000)
        yield GitHub(session, REPOSITORY, None, policy=policy, clock=lambda: NOW, base_url=url)


async def step(client: GitHub, before: Collected | None = None, now: float = NOW) -> Collected:
    before = before or Collected(Upstream(REPOSITORY), Progress(), 0)
    return await collect(client, before.upstream, before.progress, now)

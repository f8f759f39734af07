"""Issues are known from the time that is told, and none that is open is missed."""

from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.ha_mcp_sre.assess.upstream import Issue, Part, UpstreamFailure
from tests.fake_github import TOKEN, FakeGitHub, Handler, always, iso, refusal
from tests.observe.github_client import DAY, HOUR, Project


@pytest.fixture
def project(session: aiohttp.ClientSession, github: FakeGitHub) -> Project:
    return Project(session, github)


async def test_an_issue_is_told_by_its_title_labels_and_times(
    project: Project, github: FakeGitHub
) -> None:
    opened, closed = github.now - 3 * DAY, github.now - DAY
    github.issue(
        opened, closed, state_reason="not_planned", labels=[{"name": "startup bug"}, "old"]
    )
    assert (await project.step()).issues == (
        Issue(
            number=1,
            title="ha_search times out",
            labels=("startup bug", "old"),
            opened_at=opened,
            closed_at=closed,
            reason="not_planned",
            updated_at=closed,
        ),
    )


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("  two\n\n# lines\t", "two # lines"),
        ("a\x00b\x1b[31mc\u202ed\u200be", "ab[31mcde"),
        ("x" * 5000, "x" * 120),
        ("\u0007", ""),
        (None, ""),
        (5, ""),
    ],
    ids=["lines", "invisible", "long", "nothing visible", "none", "number"],
)
async def test_a_title_becomes_one_short_line(
    project: Project, github: FakeGitHub, title: object, told: str
) -> None:
    github.issue(github.now - DAY, title=title)
    assert [issue.title for issue in (await project.step()).issues] == [told]


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "5"},
        {"number": True},
        {"number": 2**80},
        {"created_at": None},
        {"created_at": "0001-01-01T00:00:00Z"},
        {"created_at": "2026-11-01"},
        {"state": "melted"},
        {"state": "closed", "closed_at": None},
        {"pull_request": {"url": "u"}},
    ],
)
async def test_what_is_no_issue_is_passed_over(
    project: Project, github: FakeGitHub, changes: dict[str, Any]
) -> None:
    github.issue(github.now - DAY, **changes)
    github.issue(github.now - DAY)
    known = await project.step()
    assert [issue.number for issue in known.issues] == [2]


@pytest.mark.parametrize("body", [{}, {"message": "hello"}, "issues", 5, None, [5], [{}]])
async def test_an_answer_of_another_shape_changes_nothing(
    project: Project, github: FakeGitHub, body: object
) -> None:
    github.issue(github.now - DAY)
    before = await project.step()
    github.answers["/issues"] = _json(body)
    known = await project.step(after=HOUR)
    assert known.failures == {Part.ISSUES: UpstreamFailure.BAD_ANSWER}
    assert known.issues == before.issues
    assert known.read_at[Part.ISSUES] == before.read_at[Part.ISSUES]


async def test_a_repository_without_issues_has_none_and_says_so(
    project: Project, github: FakeGitHub
) -> None:
    github.answers["/issues"] = always(lambda: refusal(410, "Issues has been disabled"))
    known = await project.steps(3 * HOUR)
    assert known.failures == {Part.ISSUES: UpstreamFailure.NOT_FOUND}
    assert (known.issues, known.issues_since) == ((), None)


async def test_an_issue_that_is_open_for_years_is_known(
    project: Project, github: FakeGitHub
) -> None:
    github.issue(github.now - 900 * DAY)
    github.issue(github.now - 900 * DAY, github.now - 100 * DAY)
    assert [issue.number for issue in (await project.step()).issues] == [1]


async def test_a_closed_issue_is_let_go_after_a_quarter_of_a_year(
    project: Project, github: FakeGitHub
) -> None:
    github.issue(github.now - 100 * DAY, github.now - 90 * DAY)
    assert len((await project.step()).issues) == 1
    assert len((await project.step(after=2 * DAY)).issues) == 0


async def test_an_issue_that_is_closed_and_opened_again_is_open(
    project: Project, github: FakeGitHub
) -> None:
    issue = github.issue(github.now - DAY)
    await project.step()
    issue.update(state="closed", closed_at=iso(github.now), updated_at=iso(github.now))
    assert (await project.step(after=HOUR)).issues[0].closed_at is not None
    issue.update(state="open", updated_at=iso(github.now))
    assert (await project.step(after=HOUR)).issues[0].closed_at is None


async def test_a_deleted_issue_is_not_open_for_ever(project: Project, github: FakeGitHub) -> None:
    github.issue(github.now - 30 * DAY)
    github.issue(github.now - DAY)
    await project.step()
    del github.issues[0]
    known = await project.steps(25 * HOUR)
    assert [issue.number for issue in known.issues] == [2]


async def test_nothing_is_said_of_issues_before_all_open_ones_are_known(
    project: Project, github: FakeGitHub
) -> None:
    for index in range(900):
        github.issue(github.now - (200 + index) * DAY)
    known = await project.step()
    assert (known.issues_since, Part.ISSUES in known.read_at) == (None, False)
    known = await project.steps(3 * HOUR)
    assert known.issues_since is not None
    assert len(known.issues) == 900


async def test_the_last_fortnight_is_known_first(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    for index in range(4000):
        github.issue(github.now - (index + 2) * DAY / 40, github.now - (index + 1) * DAY / 40)
    project = Project(session, github, TOKEN)
    known = await project.step()
    assert known.issues_since is not None
    while known.issues_since > github.now - 90 * DAY:
        closed = [
            each for each in github.issues if each["closed_at"] >= iso(known.issues_since + 1)
        ]
        assert {each["number"] for each in closed} <= {issue.number for issue in known.issues}
        known = await project.step(project.wait)
    assert len(known.issues) == pytest.approx(91 * 40, abs=40)


async def test_more_changes_in_a_second_than_a_page_holds_are_all_read(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    for _ in range(350):
        github.issue(github.now - 5 * DAY, github.now - DAY)
    known = await Project(session, github, TOKEN).steps(HOUR)
    assert len(known.issues) == 350


async def test_what_happened_while_home_assistant_was_off_is_caught_up_before_it_counts_as_read(
    project: Project, github: FakeGitHub
) -> None:
    github.issue(github.now - 30 * DAY)
    before = await project.step()
    off = github.now
    for index in range(1500):
        github.issue(off + index * 600, off + index * 600 + 300)
    known = await project.step(after=14 * DAY)
    assert known.read_at[Part.ISSUES] == before.read_at[Part.ISSUES]
    known = await project.steps(4 * HOUR)
    assert known.read_at[Part.ISSUES] > github.now - 2 * HOUR
    assert len(known.issues) == 1501


def _json(body: object) -> Handler:
    return always(lambda: web.json_response(body))

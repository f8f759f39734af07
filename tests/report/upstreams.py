"""What was learnt of ha-mcp's own project, in weeks of several kinds."""

from collections.abc import Iterator
from dataclasses import replace

from custom_components.ha_mcp_sre.assess.upstream import (
    Image,
    Issue,
    Part,
    Release,
    Run,
    Upstream,
    UpstreamFailure,
)
from custom_components.ha_mcp_sre.report.material import Week

from .parts import DAY, HOUR, at

REPOSITORY = "homeassistant-ai/ha-mcp"

_WORKFLOWS = (
    ("PR Validation Pipeline", "pr.yml", "pull_request", 420),
    ("E2E Tests", "e2e-tests.yml", "push", 900),
    ("Validate", "validate.yml", "push", 60),
    ("Build Binary (Test Only)", "build-binary.yml", "push", 300),
    ("Performance Tests", "performance-tests.yml", "push", 240),
)
_RELEASING = (
    ("SemVer Release", "semver-release.yml", "workflow_dispatch", 180),
    ("Release Publish", "release-publish.yml", "release", 360),
    ("Deploy to GitHub Pages", "deploy.yml", "push", 90),
)


def _runs(week: Week) -> Iterator[Run]:
    """Yield the runs of five weeks: every 8 hours one commit, one in ten of the tests flaky."""
    number = 0
    first = week.start - 28 * DAY
    for commit in range(5 * 21):
        created = first + 8 * HOUR * commit
        if created > week.until:
            return
        workflows = _WORKFLOWS + (_RELEASING if commit % 21 == 7 else ())
        for workflow, path, event, seconds in workflows:
            number += 1
            flaky = path == "e2e-tests.yml" and commit % 10 == 3
            failed = path == "pr.yml" and commit % 7 == 5
            yield Run(
                id=9_000_000 + number,
                workflow=workflow,
                path=path,
                event=event,
                on_default=event != "pull_request",
                commit=f"{commit:040x}",
                attempt=2 if flaky else 1,
                conclusion="failure" if failed else "success",
                created_at=created,
                started_at=created + (1800 if flaky else 10),
                updated_at=created + (1800 if flaky else 10) + seconds + 3 * (commit % 9),
            )


def _issue(number: int, title: str, opened: str, closed: str | None, *labels: str) -> Issue:
    end = None if closed is None else at(closed)
    return Issue(
        number=number,
        title=title,
        labels=labels,
        opened_at=at(opened),
        closed_at=end,
        reason=None if end is None else "completed",
        updated_at=end or at(opened),
    )


def upstream(week: Week) -> Upstream:
    """Return a project that is well: releases every two weeks, a bug now and then."""
    return Upstream(
        repository=REPOSITORY,
        default_branch="master",
        runs=tuple(_runs(week)),
        runs_since=week.start - 28 * DAY,
        issues=(
            _issue(1402, "Search misses aliases", "2026-11-03T10:00", "2026-11-05T16:00", "bug"),
            _issue(1410, "Support floors in overview", "2026-11-17T09:30", None, "enhancement"),
            _issue(
                1411, "Crash at start without HACS", "2026-11-17T20:00", "2026-11-19T08:00", "bug"
            ),
        ),
        issues_since=week.start - 90 * DAY,
        releases=(
            Release("v8.7.0", at("2026-11-04T11:00"), prerelease=False),
            Release("v8.6.0", at("2026-10-21T11:00"), prerelease=False),
            Release("v8.5.0", at("2026-10-07T11:00"), prerelease=False),
        ),
        images=tuple(
            Image(tag, architecture, size, at(created))
            for tag, created, sizes in (
                ("8.7.0", "2026-11-04T11:12", (98_400_000, 95_100_000)),
                ("8.6.0", "2026-10-21T11:09", (96_900_000, 93_800_000)),
                ("8.5.0", "2026-10-07T11:10", (96_200_000, 93_000_000)),
            )
            for architecture, size in zip(("amd64", "arm64"), sizes, strict=True)
        ),
        read_at=dict.fromkeys(Part, week.as_of - 600),
    )


def red(week: Week) -> Upstream:
    """Return a project whose default branch has been failing since Thursday noon."""
    well = upstream(week)
    since = at("2026-11-19T12:00")
    broken = ("e2e-tests.yml", "build-binary.yml")
    return replace(
        well,
        runs=tuple(
            replace(run, conclusion="failure")
            if run.path in broken and run.created_at > since
            else run
            for run in well.runs
        ),
        issues=(
            *well.issues,
            _issue(
                1415,
                "Regression: WebSocket connection lost after update to 8.7.0",
                "2026-11-18T21:00",
                None,
                "bug",
                "regression",
            ),
            _issue(
                1416, "ha_search very slow since 8.7.0", "2026-11-19T07:00", None, "performance"
            ),
            _issue(1417, "WEBSOCKET_DISCONNECTED on every call", "2026-11-20T18:00", None, "bug"),
            _issue(1418, "Server crashes: INTERNAL_ERROR", "2026-11-21T18:00", None, "bug"),
        ),
    )


def unreached() -> Upstream:
    """Return a project that is watched and was never read."""
    return Upstream(
        repository=REPOSITORY, failures=dict.fromkeys(Part, UpstreamFailure.UNREACHABLE)
    )

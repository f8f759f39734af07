"""The CI, releases and images of ha-mcp's own project, as a report shows them."""

from collections.abc import Mapping
from typing import Any

from ..assess.project import BranchState, CiHealth, ci_health, default_branch_state
from ..assess.release_review import ImageReview, ImageSize, image_review, release_review
from ..assess.tally import Tally
from ..assess.upstream import Part, Upstream, UpstreamFailure
from .figures import megabytes, minutes, moment, pass_rate, tenths
from .material import Material, ServerMaterial, Week
from .period import USUAL_DAYS, before
from .phrases import clock

_NOT_WATCHED = "ha-mcp's project is not watched"
_NOT_READ = "the project was not read yet"
_IN_PART = "not all of them were read yet"
_FAILURES: Mapping[UpstreamFailure, str] = {
    UpstreamFailure.TOKEN_REJECTED: "{other} rejects the token",
    UpstreamFailure.RATE_LIMITED: "the rate limit of {other} was reached",
    UpstreamFailure.BUDGET_SPENT: "the requests for an hour were spent",
    UpstreamFailure.NOT_FOUND: "{other} has nothing under this name",
    UpstreamFailure.FORBIDDEN: "{other} forbids it",
    UpstreamFailure.SERVER_ERROR: "{other} has an error",
    UpstreamFailure.BAD_ANSWER: "the answer of {other} could not be understood",
    UpstreamFailure.UNREACHABLE: "{other} could not be reached",
}


_REMEDIES: Mapping[UpstreamFailure, str] = {
    UpstreamFailure.TOKEN_REJECTED: "give ha-mcp's project a new GitHub token",
    UpstreamFailure.RATE_LIMITED: "give ha-mcp's project a GitHub token, for more requests an hour",
    UpstreamFailure.BUDGET_SPENT: "give ha-mcp's project a GitHub token, for more requests an hour",
    UpstreamFailure.NOT_FOUND: "check the name of ha-mcp's repository",
    UpstreamFailure.FORBIDDEN: "give ha-mcp's project a GitHub token that may read it",
    UpstreamFailure.UNREACHABLE: "let Home Assistant reach GitHub",
}


def ci_cd(material: Material) -> dict[str, Any]:
    """Return the CI of the week, of the week before and of 28 days, and what was released."""
    week, upstream = material.week, material.project
    times = {
        "week": (week.start, week.until),
        "week_before": (before(week).start, week.start),
        "month": (week.until - USUAL_DAYS * 86_400, week.until),
    }
    seen = {
        name: CiHealth(*time) if upstream is None else ci_health(upstream, *time)
        for name, time in times.items()
    }
    return {
        "watched": upstream is not None,
        "repository": upstream and upstream.repository,
        "default_branch": upstream and upstream.default_branch,
        "month_days": USUAL_DAYS,
        **{name: _ci(each, week, unread(upstream, Part.RUNS, week)) for name, each in seen.items()},
        "branch": _branch(upstream, week),
        "workflows": _workflows(seen),
        "releases": _releases(material),
        "images": _images(upstream, week),
        "parts": _parts(upstream, week),
    }


def failure_of(upstream: Upstream, part: Part) -> str | None:
    """Return why a part of the project could not be read the last time; None if it could."""
    failure = upstream.failures.get(part)
    other = "the registry" if part is Part.IMAGES else "GitHub"
    return None if failure is None else _FAILURES[failure].format(other=other)


def remedy_of(upstream: Upstream, part: Part) -> str | None:
    """Return what a person can do about a part that could not be read; None if nothing."""
    failure = upstream.failures.get(part)
    if part is Part.IMAGES:
        # The registry takes no token of GitHub's.
        reachable = failure is not UpstreamFailure.UNREACHABLE
        return None if reachable else "let Home Assistant reach the registry"
    return None if failure is None else _REMEDIES.get(failure)


def missing(upstream: Upstream, part: Part) -> str | None:
    """Return why a part of the project is not known as a whole; None if it is.

    A part that takes many requests is read bit by bit, without a failure.
    """
    begins = {Part.RUNS: upstream.runs_since, Part.ISSUES: upstream.issues_since}
    was_read = part in upstream.read_at and begins.get(part, 0.0) is not None
    return failure_of(upstream, part) or (None if was_read else _IN_PART)


def unread(upstream: Upstream | None, part: Part, week: Week) -> str:
    """Return why what a part of the project tells of a week is unknown."""
    if upstream is None:
        return _NOT_WATCHED
    failure, read_at = failure_of(upstream, part), upstream.read_at.get(part)
    if failure is not None or read_at is None:
        return failure or _NOT_READ
    if part not in (Part.RUNS, Part.ISSUES):
        return "none was found"
    since = upstream.runs_since if part is Part.RUNS else upstream.issues_since
    if since is None:
        return _IN_PART
    if since >= week.until:
        return f"{part} are known only since {clock(week, since)}"
    return f"{part} were read last at {clock(week, read_at)}"


def _ci(health: CiHealth, week: Week, why: str) -> dict[str, Any]:
    overall, stability, took = health.overall, health.stability, health.durations
    deployed = health.deployment
    if health.covered_since is not None:
        why = "no run had a verdict"
    return {
        "covered_from": moment(week, health.covered_since),
        "covered_until": moment(week, health.covered_until),
        "unknown_because": why if pass_rate(overall) is None else None,
        **_runs(overall),
        "pull_requests": _runs(health.pull_requests),
        "kinds": {kind.value: _runs(tally) for kind, tally in health.kinds.items()},
        "unstable_runs": stability and stability.unstable,
        "recovered_runs": stability and stability.recovered,
        "alternating_commits": stability and stability.alternating,
        "test_runs": stability and stability.runs,
        "duration_p50_minutes": took and minutes(took.p50),
        "duration_p95_minutes": took and minutes(took.p95),
        "release_runs": _runs(deployed.runs if deployed else None),
        "releases": deployed and deployed.releases,
        "releases_with_image": deployed and deployed.with_image,
        "hours_to_image": deployed
        and deployed.hours_to_image
        and round(deployed.hours_to_image, 1),
    }


def _runs(tally: Tally | None) -> dict[str, Any]:
    return {
        "pass_rate_percent": pass_rate(tally),
        "runs": tally and tally.valid,
        "passed": tally and tally.good,
        "without_verdict": tally and tally.excluded,
    }


def _branch(upstream: Upstream | None, week: Week) -> dict[str, Any]:
    state = default_branch_state(upstream, week.as_of) if upstream else BranchState()
    return {
        "ok": state.ok,
        "judged_workflows": state.judged,
        "failing_since": moment(week, state.failing_since),
        "failing": [
            {
                "workflow": each.name,
                "kind": each.kind.value,
                "since": moment(week, each.since),
                "failures": each.failures,
            }
            for each in state.failing
        ],
    }


def _workflows(seen: Mapping[str, CiHealth]) -> list[dict[str, Any]]:
    """Return the workflows of the 28 days by name, with their figures in each time."""
    by_time = {
        name: {(each.path, each.name): each for each in health.workflows}
        for name, health in seen.items()
    }
    rows = []
    for key, each in sorted(by_time["month"].items()):
        week = by_time["week"].get(key)
        last = by_time["week_before"].get(key)
        rows.append(
            {
                "workflow": each.name,
                "file": each.path,
                "kind": each.kind.value,
                "runs": 0 if week is None else week.runs.valid,
                "pass_rate_percent": week and pass_rate(week.runs),
                "pass_rate_percent_before": last and pass_rate(last.runs),
                "pass_rate_percent_month": pass_rate(each.runs),
                "duration_p50_minutes": week and minutes(week.durations.p50),
                "duration_p95_minutes": week and minutes(week.durations.p95),
                "duration_p95_minutes_month": minutes(each.durations.p95),
            }
        )
    return rows


def _releases(material: Material) -> dict[str, Any]:
    upstream, week = material.project, material.week
    if upstream is None:
        return {"current": None, "unknown_because": _NOT_WATCHED, "installed": []}
    review = release_review(upstream, week.as_of, None)
    return {
        "current": review.current,
        "published": moment(week, review.published_at),
        "age_days": tenths(review.age_days),
        "cadence_days": tenths(review.cadence_days),
        "unknown_because": None if review.current else unread(upstream, Part.RELEASES, week),
        "installed": [_installed(upstream, server, week) for server in material.servers],
    }


def _installed(upstream: Upstream, server: ServerMaterial, week: Week) -> dict[str, Any]:
    version = server.current.version
    review = release_review(upstream, week.as_of, version)
    return {
        "server": server.name,
        "version": version,
        "behind_releases": review.behind,
        "at_least": review.at_least,
    }


def _images(upstream: Upstream | None, week: Week) -> dict[str, Any]:
    review = image_review(upstream) if upstream else ImageReview()
    why = None if review.sizes else unread(upstream, Part.IMAGES, week)
    return {
        "tag": review.tag,
        "unknown_because": why,
        "sizes": [_image(each) for each in review.sizes],
    }


def _image(each: ImageSize) -> dict[str, Any]:
    return {
        "architecture": each.architecture,
        "size_mb": megabytes(each.size),
        "before": each.before,
        "change_percent": each.change_percent and round(each.change_percent, 1),
        "oldest": each.oldest,
        "trend_percent": each.trend_percent and round(each.trend_percent, 1),
        "images": each.releases,
        "growth_mb_a_release": megabytes(each.growth),
    }


def _parts(upstream: Upstream | None, week: Week) -> list[dict[str, Any]]:
    """Return when each part of the project was read last, and what hindered it since."""
    if upstream is None:
        return []
    return [
        {
            "part": part.value,
            "read_at": moment(week, upstream.read_at.get(part)),
            "failure": failure_of(upstream, part),
        }
        for part in Part
    ]

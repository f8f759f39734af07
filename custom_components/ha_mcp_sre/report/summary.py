"""The reliability summary: the three figures of a week, and a row for each server."""

from collections.abc import Callable, Sequence
from typing import Any

from ..assess.finding import RuleKey, Severity
from ..assess.incident import Incident
from .figures import hours, percent
from .material import Material
from .period import Period, ServerWeeks, repair_time


def reliability_summary(
    material: Material, weeks: Sequence[ServerWeeks], project: dict[str, Any]
) -> dict[str, Any]:
    """Return the figures that a person reads first; `project` is what `ci_cd` returned."""
    return {
        "ci_cd_pass_rate": _pass_rate(project),
        "incidents": _counts([each.now for each in weeks], [each.before for each in weeks]),
        "mttr": _mttr(weeks),
        "servers": [_row(each, material) for each in weeks],
    }


def _pass_rate(project: dict[str, Any]) -> dict[str, Any]:
    now, before = project["week"], project["week_before"]
    return {
        "percent": now["pass_rate_percent"],
        "percent_before": before["pass_rate_percent"],
        "runs": now["runs"],
        "runs_before": before["runs"],
        "passed": now["passed"],
        "branch": project["default_branch"],
        "unknown_because": now["unknown_because"],
    }


def _counts(now: Sequence[Period], before: Sequence[Period]) -> dict[str, Any]:
    known = _all(now, lambda each: each.incidents)
    return {
        "reported": _number(known),
        "reported_before": _number(_all(before, lambda each: each.incidents)),
        "paged": _number(_all(now, lambda each: each.paged)),
        "paged_before": _number(_all(before, lambda each: each.paged)),
        "brief_outages": _number(_all(now, lambda each: each.brief)),
        "brief_outages_before": _number(_all(before, lambda each: each.brief)),
        "by_severity": {
            severity.value: None if known is None else sum(each.worst is severity for each in known)
            for severity in Severity
        },
    }


def _all(
    periods: Sequence[Period], told: Callable[[Period], Sequence[Incident] | None]
) -> list[Incident] | None:
    """Return the incidents of all periods of which something is known."""
    known = [found for each in periods if (found := told(each)) is not None]
    return [incident for each in known for incident in each] if known else None


def _number(incidents: list[Incident] | None) -> int | None:
    return None if incidents is None else len(incidents)


def _mttr(weeks: Sequence[ServerWeeks]) -> dict[str, Any]:
    now, over = repair_time(each.now for each in weeks)
    known = any(each.now.incidents is not None for each in weeks)
    before, over_before = repair_time(each.before for each in weeks)
    return {
        "hours": hours(now),
        "incidents": over if known else None,
        "hours_before": hours(before),
        "incidents_before": None if all(each.new for each in weeks) else over_before,
    }


def _row(each: ServerWeeks, material: Material) -> dict[str, Any]:
    server, now, before = each.server, each.now, each.before
    return {
        "id": server.id,
        "name": server.name,
        "mode": material.words.modes.get(server.mode, server.mode.value),
        "version": now.version,
        "health": health(now),
        "health_before": health(before),
        "availability_percent": percent(now.availability.achieved),
        "availability_percent_before": percent(before.availability.achieved),
        "down_minutes": now.minutes_down,
        "down_minutes_before": before.minutes_down,
        "error_rate_percent": percent(now.error_rate),
        "error_rate_percent_before": percent(before.error_rate),
        "calls": now.calls,
        "calls_before": before.calls,
        "unknown_percent": percent(now.unknown),
        "unknown_percent_before": percent(each.unknown_before),
    }


def health(period: Period) -> str:
    """Return how a server was over some time: by the worst that was open, brief or not."""
    if period.incidents is None:
        return "unknown"
    worst = min(
        (each.worst for each in (*period.incidents, *(period.brief or ()))), default=Severity.P3
    )
    if worst is Severity.P0:
        return "down for a time"
    if worst is not Severity.P3 or period.minutes_down:
        return "degraded"
    if any(each.rule is RuleKey.SERVER_STOPPED for each in period.incidents):
        return "stopped for a time"
    return "healthy"

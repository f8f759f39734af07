"""What the issues of ha-mcp's own project say of the week."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..assess.issue_review import IssueClass, IssueReview, issue_review, reported_like
from ..assess.upstream import Part
from .figures import moment, tenths
from .material import Material
from .outages import name_of
from .period import ServerWeeks, before
from .project_rows import unread

CLASSES: Mapping[IssueClass, str] = {
    IssueClass.STARTUP_BUG: "Start-up bug",
    IssueClass.RUNTIME_BUG: "Runtime bug",
    IssueClass.CRASH: "Crash",
    IssueClass.PERFORMANCE: "Performance",
    IssueClass.REGRESSION: "Regression",
    IssueClass.OTHER_BUG: "Other bug",
    IssueClass.OTHER: "No bug",
}


def issues(material: Material, weeks: Sequence[ServerWeeks]) -> dict[str, Any]:
    """Return the issues by class, what several have in common, and what was seen here too."""
    week, upstream = material.week, material.project
    last = before(week)
    if upstream is None:
        now, then = IssueReview(week.start, week.until), IssueReview(last.start, last.end)
    else:
        now = issue_review(upstream, week.start, week.until)
        then = issue_review(upstream, last.start, last.end)
    unknown = now.covered_since is None
    return {
        "unknown_because": unread(upstream, Part.ISSUES, week) if unknown else None,
        "covered_from": moment(week, now.covered_since),
        "covered_until": moment(week, now.covered_until),
        "classes": [_class(each, now, then) for each in IssueClass] if not unknown else [],
        "open_bugs": now.open_bugs,
        "open_bugs_before": then.open_bugs,
        "mttr_hours": tenths(now.mttr_hours),
        "mttr_hours_before": tenths(then.mttr_hours),
        "mttr_bugs": now.mttr_bugs,
        "month_from": moment(week, now.month_since),
        "signatures": [
            {"kind": each.kind, "name": each.name, "issues": list(each.issues)}
            for each in now.signatures
        ],
        "seen_here_too": _seen_here(material, weeks),
    }


def _class(each: IssueClass, now: IssueReview, then: IssueReview) -> dict[str, Any]:
    return {
        "class": each.value,
        "name": CLASSES[each],
        "opened": now.opened and now.opened[each],
        "opened_before": then.opened and then.opened[each],
        "closed": now.closed and now.closed[each],
        "closed_before": then.closed and then.closed[each],
    }


def _seen_here(material: Material, weeks: Sequence[ServerWeeks]) -> list[dict[str, Any]] | None:
    rules = {incident.rule for each in weeks for incident in each.now.incidents or ()}
    if material.project is None:
        return None
    week = material.week
    found = reported_like(material.project, rules, week.start, week.until)
    if found is None:
        return None
    return [
        {
            "issue": each.number,
            "title": each.title,
            "incidents": [name_of(rule, material) for rule in each.rules],
        }
        for each in found
    ]

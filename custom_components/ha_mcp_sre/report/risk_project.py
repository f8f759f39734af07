"""Risks that come from ha-mcp's own project."""

from ..assess.finding import Severity
from ..assess.project import ci_health, default_branch_state
from ..assess.release_review import image_review
from ..assess.upstream import Part, Upstream
from .material import Week
from .outages import DAY, RECENT
from .phrases import capital, listing, part_of, percent, sentence, size, span, times
from .project_rows import remedy_of
from .risk import CLEAR, Answer, Hazard, Partly

_PASS_RATE = 80.0
_LEAST_RUNS = 20
_GROWTH = 10.0
"""An image that grew by more than this since the oldest known release, in percent."""

_LEAST_RELEASES = 3
_UNREAD = 7 * DAY


def default_branch(project: Upstream, week: Week) -> Answer:
    """Tell whether the default branch of the project is red."""
    state = default_branch_state(project, week.as_of)
    if state.ok is None:
        return None
    if state.ok or state.failing_since is None:
        return CLEAR
    names = [each.name for each in state.failing]
    # A clock that was set back since knows no duration.
    lasted = max(0.0, week.as_of - state.failing_since)
    return [
        Hazard(
            Severity.P3,
            title="Wait with updates while the default branch of ha-mcp is red",
            current_state=(
                f"{capital(part_of(len(names), state.judged, 'workflow'))} "
                f"{'fails' if len(names) == 1 else 'fail'} on the default branch: "
                f"{listing(names)}."
                + (f" The first has failed for {span(lasted)}." if lasted else "")
            ),
            risk="A release or a development build made from it may bring what these tests found.",
            mitigation=(
                "Do not install development builds, and read the notes of a release that comes "
                "before the branch is green."
            ),
            evidence={
                "failing": len(names),
                "judged": state.judged,
                **({"hours": round(lasted / 3600, 1)} if lasted else {}),
            },
        )
    ]


def ci_pass_rate(project: Upstream, week: Week) -> Answer:
    """Tell whether many runs fail on the default branch."""
    overall = ci_health(project, week.until - RECENT, week.until).overall
    if overall is None or overall.achieved is None or overall.valid < _LEAST_RUNS:
        return None
    if overall.achieved >= _PASS_RATE:
        return CLEAR
    return [
        Hazard(
            Severity.P3,
            title="Be careful with new releases of ha-mcp: many of its CI runs fail",
            current_state=(
                f"{overall.good} of {times(overall.valid, 'run')} on the default branch passed in "
                f"the last 28 days ({percent(overall.achieved)})."
            ),
            risk="Tests that fail often hide what a release breaks.",
            mitigation="Make a backup before an update, and wait some days after a release.",
            evidence={
                "passed": overall.good,
                "runs": overall.valid,
                "percent": round(overall.achieved, 1),
            },
        )
    ]


def image_growth(project: Upstream, week: Week) -> Answer:
    """Tell whether the images have grown much."""
    sizes = image_review(project).sizes
    known = [each for each in sizes if each.releases >= _LEAST_RELEASES]
    if not known:
        return None
    hazards = [
        Hazard(
            Severity.P3,
            title=f"Make room for larger images of ha-mcp ({each.architecture})",
            current_state=(
                f"The newest image has {size(each.size)}, {percent(each.trend_percent or 0.0)} "
                f"more than that of {each.oldest}, over {each.releases} releases."
            ),
            risk="Updates take longer, and small disks fill up: the old image stays until the end.",
            mitigation=(
                "Keep at least three times the size of an image free where ha-mcp runs as an app "
                "or a container."
            ),
            evidence={
                "bytes": each.size,
                "percent": round(each.trend_percent or 0.0, 1),
                "releases": each.releases,
            },
            subject=each.architecture,
        )
        for each in known
        if (each.trend_percent or 0.0) > _GROWTH
    ]
    return Partly(hazards, frozenset(each.architecture for each in known))


def unread(project: Upstream, week: Week) -> Answer:
    """Tell which parts of the project could not be read for a week, or never."""
    missing = [
        part
        for part in Part
        if part in project.failures
        and week.as_of - project.read_at.get(part, float("-inf")) > _UNREAD
    ]
    if not missing:
        return CLEAR
    reasons = sorted({project.failures[part].value for part in missing})
    remedies = [remedy for part in missing if (remedy := remedy_of(project, part)) is not None]
    parts = [f"{part.value} ({_read(project, part, week)})" for part in missing]
    return [
        Hazard(
            Severity.P3,
            title="Make the project of ha-mcp readable again",
            current_state=(
                f"{times(len(missing), 'part')} of the project could not be read: "
                f"{listing(parts)}. The reason: "
                f"{listing([reason.replace('_', ' ') for reason in reasons])}."
            ),
            risk="A red default branch, a release or a known bug is not seen here.",
            mitigation=" ".join(
                [*map(sentence, dict.fromkeys(remedies)), "It is tried again by itself."]
            ),
            evidence={"parts": listing(parts), "reasons": listing(reasons)},
        )
    ]


def _read(project: Upstream, part: Part, week: Week) -> str:
    at = project.read_at.get(part)
    return "never read" if at is None else f"last read on {week.local(at).date().isoformat()}"

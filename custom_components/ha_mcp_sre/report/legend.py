"""Where each number of a report came from, and over which time."""

from collections.abc import Mapping, Sequence
from typing import Any

from .figures import moment
from .material import Material, Week
from .period import USUAL_DAYS, Period, ServerWeeks

_FIGURES: Mapping[str, str] = {
    "CI/CD pass rate": (
        "Runs of test, build, release, deployment and performance workflows on the default branch "
        "of ha-mcp's project that passed, in percent of those with a verdict. Cancelled, skipped "
        "and unfinished runs have none. From GitHub, for the time that was read."
    ),
    "Reported incidents": (
        "Incidents that were open in the week, whenever they began. Left out are those of a "
        "maintenance, and those that turned out to be part of another; outages that were over "
        "before anybody had to be told are counted apart."
    ),
    "MTTR": (
        "The mean duration of the P0 and P1 that were over in the week, from the first bad "
        "observation to the first good one; of outages in a row, which are one incident, the times "
        "are added up. Brief outages, maintenance and what was less than a P1 are left out."
    ),
    "Health": (
        "The worst in the week: down for a time with a P0, degraded with a P1 or P2 or a minute "
        "down or cut off, stopped for a time if somebody stopped it, healthy otherwise. Brief "
        "outages count here."
    ),
    "Availability": (
        "Minutes in which every look found it healthy, in percent of the known minutes: it "
        "answered, and reached Home Assistant. Those of a maintenance are left out, and those in "
        "which somebody had stopped it."
    ),
    "Error rate": (
        "Tool calls that failed by the server's or its link's fault, in percent of these and those "
        "that succeeded. What a caller asked wrongly or a policy refused does not count. From "
        "ha-mcp's own records, our checks left out, by local days."
    ),
    "Unknown time": (
        "Minutes of the week in which nothing was proved: Home Assistant was off, the server was "
        "not watched yet, or it could not be told."
    ),
    "Budgets": (
        "What is left of the events that may be bad, over 28 local days that end with the week, or "
        "as many as were counted; a burn rate of 1 uses it up in exactly that time."
    ),
    "Response time": (
        "Of the endpoint, at each look; p50 and p95 are taken from counts by latency bucket and "
        "as coarse as these."
    ),
    "Tool p95": ("From counts by latency bucket, for tools with enough calls."),
    "Start-ups, memory, usage log, restarts, reconnects": (
        "From the diary: one entry a local day. Memory is that of the server alone."
    ),
    "Issues": (
        "Of ha-mcp's project on GitHub, by their labels and, where these tell little, their "
        "titles; the repair time is the median from open to closed as completed."
    ),
    "Image size": ("Compressed, from the registry's manifests."),
    "Risks and backlog": (
        "Computed from the evidence above; an item keeps its identity while its evidence lasts and "
        "is done when that is gone."
    ),
}


def legend(material: Material, weeks: Sequence[ServerWeeks]) -> dict[str, Any]:
    """Return what each figure means, and of which time it is."""
    week = material.week
    return {
        "figures": [{"figure": figure, "meaning": meaning} for figure, meaning in _FIGURES.items()],
        "zone": str(week.zone),
        "week_from": moment(week, week.start),
        "week_until": moment(week, week.until),
        "baseline_days": USUAL_DAYS,
        "servers": [
            {
                "server": each.name,
                "watched_since": moment(week, each.server.watched_since),
                "counted_since": _if_before(week, each.counted_since(each.usual.since)),
                "week": _known(each.now, week),
                "week_before": _known(each.before, week),
            }
            for each in weeks
        ],
    }


def _if_before(week: Week, at: float | None) -> str | None:
    """Return a moment; None if it is none of the time before the week."""
    return moment(week, at) if at is not None and at < week.start else None


def _known(period: Period, week: Week) -> dict[str, Any]:
    return {
        "known_minutes": period.known_minutes,
        "minutes": period.minutes,
        "days_in_diary": len(period.days),
    }

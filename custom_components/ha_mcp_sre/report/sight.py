"""What cannot be seen, and what would show it."""

from collections.abc import Sequence
from typing import Any

from ..assess.upstream import Part, UpstreamFailure
from .figures import percent
from .material import Material
from .period import ServerWeeks
from .project_rows import failure_of

_SPLIT = " \N{EN DASH} "
"""What the texts of gaps have between what is not seen and what would show it."""

_PASSING = frozenset(
    {
        *("stalled", "ambiguous", "unanswered", "supervisor_silent"),
        *("log_unread", "before_listening", "not_in_log", "too_slow", "host_network"),
    }
)
"""Reasons that end by themselves, or never: there is nothing that a person could give."""

_PARTS = {
    Part.REPOSITORY: "Repository",
    Part.RUNS: "CI runs",
    Part.ISSUES: "Issues",
    Part.RELEASES: "Releases",
    Part.IMAGES: "Image sizes",
}
_NEEDS: dict[UpstreamFailure, str] = {
    UpstreamFailure.TOKEN_REJECTED: "Give ha-mcp's project a new GitHub token",
    UpstreamFailure.RATE_LIMITED: "Give ha-mcp's project a GitHub token, for more requests an hour",
    UpstreamFailure.BUDGET_SPENT: "Give ha-mcp's project a GitHub token, for more requests an hour",
    UpstreamFailure.NOT_FOUND: "Check the name of ha-mcp's repository",
    UpstreamFailure.FORBIDDEN: "Give ha-mcp's project a GitHub token that may read it",
    UpstreamFailure.UNREACHABLE: "Let Home Assistant reach GitHub",
}
WATCH_PROJECT = "Add ha-mcp's project to this integration"


def monitoring_gaps(material: Material, weeks: Sequence[ServerWeeks]) -> dict[str, Any]:
    """Return what nobody could see, of the servers and of the project."""
    return {
        "unknown_time": [
            {
                "server": each.name,
                "known_minutes": each.now.known_minutes,
                "minutes": each.now.minutes,
                "unknown_percent": percent(each.now.unknown),
                "unknown_percent_before": percent(each.before.unknown),
            }
            for each in weeks
        ],
        "servers": [_gaps(each, material) for each in weeks],
        "project": _project_gaps(material),
    }


def _gaps(each: ServerWeeks, material: Material) -> dict[str, Any]:
    gaps = each.server.current.gaps
    rows = [
        {
            "key": gap.key,
            "signal": gap.signal.value,
            "lasting": gap.reason not in _PASSING,
            **_told(gap.key, material),
        }
        for gap in sorted(gaps or (), key=lambda gap: gap.key)
    ]
    return {"server": each.name, "known": gaps is not None, "gaps": rows}


def _told(key: str, material: Material) -> dict[str, str | None]:
    what, _, remedy = material.words.gaps.get(key, key.replace("_", " ")).partition(_SPLIT)
    return {"what": what, "remedy": remedy or None}


def _project_gaps(material: Material) -> list[dict[str, Any]]:
    upstream = material.project
    if upstream is None:
        return [
            {
                "part": None,
                "what": "CI/CD, issues, releases and image sizes of ha-mcp: "
                "its project is not watched",
                "remedy": WATCH_PROJECT,
            }
        ]
    return [
        {
            "part": part.value,
            "what": f"{_PARTS[part]} of ha-mcp: {failure}",
            "remedy": _NEEDS.get(upstream.failures[part]),
        }
        for part in Part
        if (failure := failure_of(upstream, part)) is not None
    ]


def capability_needs(gaps: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a person could give, for whom, and what that would show; each need once."""
    needs: dict[tuple[str, str | None], list[str]] = {}
    for server in gaps["servers"]:
        for gap in server["gaps"]:
            if gap["remedy"] and gap["lasting"]:
                shown = gap["what"].partition(":")[0]
                needs.setdefault((gap["remedy"], server["server"]), []).append(shown)
    for gap in gaps["project"]:
        if gap["remedy"]:
            shown = gap["what"].partition(":")[0]
            needs.setdefault((gap["remedy"], None), []).append(shown)
    return [
        {"need": need, "server": server, "would_show": shown}
        for (need, server), shown in needs.items()
    ]

"""What cannot be seen, and what would show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..assess.signals import Gap
from ..assess.upstream import Part
from .figures import percent
from .material import Material
from .period import ServerWeeks
from .project_rows import missing, remedy_of

_SPLIT = " \N{EN DASH} "
"""What the texts of gaps have between what is not seen and what would show it."""

PASSING = frozenset(
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
WATCH_PROJECT = "add ha-mcp's project to this integration"


def gaps(material: Material, weeks: Sequence[ServerWeeks]) -> dict[str, Any]:
    """Return what nobody could see, of the servers and of the project."""
    return {
        "unknown_time": [
            {
                "server": each.name,
                "known_minutes": each.now.known_minutes,
                "minutes": each.now.minutes,
                "unknown_percent": percent(each.now.unknown),
                "unknown_percent_before": percent(each.unknown_before),
            }
            for each in weeks
        ],
        "servers": [_gaps(each, material) for each in weeks],
        "project": _project_gaps(material),
    }


def _gaps(each: ServerWeeks, material: Material) -> dict[str, Any]:
    known = each.server.current.gaps
    rows = [
        {
            "key": gap.key,
            "signal": gap.signal.value,
            "lasting": gap.reason not in PASSING,
            "what": told.what,
            "remedy": told.remedy,
        }
        for gap in sorted(known or (), key=lambda gap: gap.key)
        for told in [told_of(gap, material)]
    ]
    return {"server": each.name, "known": known is not None, "gaps": rows}


@dataclass(frozen=True, slots=True)
class GapText:
    """A gap in words: `what` cannot be seen and why, and the `remedy`, None if nobody knows any.

    `shown` is what the remedy would show.
    """

    what: str
    remedy: str | None

    @property
    def shown(self) -> str:
        """The name of the signal."""
        return _shown(self.what)


def told_of(gap: Gap, material: Material) -> GapText:
    """Return a gap in words."""
    plain = f"{gap.signal}: {gap.reason}".replace("_", " ")
    what, _, remedy = material.words.gaps.get(gap.key, plain).partition(_SPLIT)
    return GapText(what, remedy or None)


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
            "what": f"{_PARTS[part]} of ha-mcp: {why}",
            "remedy": remedy_of(upstream, part),
        }
        for part in Part
        if (why := missing(upstream, part)) is not None
    ]


def _shown(what: str) -> str:
    """Return what a text says cannot be seen, without why."""
    return what.partition(":")[0]


def capability_needs(gaps: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a person could give, for whom, and what that would show; each need once."""
    needs: dict[tuple[str, str | None], list[str]] = {}
    for server in gaps["servers"]:
        for gap in server["gaps"]:
            if gap["remedy"] and gap["lasting"]:
                need = (gap["remedy"], server["server"])
                needs.setdefault(need, []).append(_shown(gap["what"]))
    for gap in gaps["project"]:
        if gap["remedy"]:
            needs.setdefault((gap["remedy"], None), []).append(_shown(gap["what"]))
    return [
        {"need": need, "server": server, "would_show": shown}
        for (need, server), shown in needs.items()
    ]

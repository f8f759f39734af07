"""Key observations: statements computed from a week, the weightiest first."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from .performance_remarks import PERFORMANCE
from .period import ServerWeeks
from .phrases import compared, times
from .reliability_remarks import RELIABILITY
from .remark import Remark

MOST = 10


def key_observations(weeks: Sequence[ServerWeeks], project: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the weightiest statements; `project` is what `ci_cd` returned."""
    found = [
        (each.rank, server.name, server.server.id, each)
        for server in weeks
        for each in chain.from_iterable(look(server) for look in (*RELIABILITY, *PERFORMANCE))
    ]
    found += [(each.rank, "", "", each) for each in _of_project(project)]
    found.sort(key=lambda row: (*row[:3], row[3].key))
    return [
        {
            "key": each.key,
            "server": server or None,
            "statement": each.statement,
            "evidence": dict(each.evidence),
        }
        for _, server, _, each in found[:MOST]
    ]


def _of_project(project: dict[str, Any]) -> Iterator[Remark]:
    branch = project["branch"]
    if branch["ok"] is False:
        failing = branch["failing"]
        yield Remark(
            5,
            "default_branch",
            f"{times(len(failing), 'workflow')} of ha-mcp's default branch "
            f"{'fails' if len(failing) == 1 else 'fail'} now, {failing[0]['workflow']} for "
            f"{times(failing[0]['failures'], 'run')} in a row.",
            {"workflows": len(failing), "runs": failing[0]["failures"]},
        )
    now, before = project["week"], project["week_before"]
    if now["pass_rate_percent"] is not None:
        yield Remark(
            52,
            "ci_cd_pass_rate",
            f"{compared(now['pass_rate_percent'], before['pass_rate_percent'], ' %')} of "
            f"{times(now['runs'], 'CI run')} on ha-mcp's default branch passed.",
            {
                "pass_rate_percent": now["pass_rate_percent"],
                "pass_rate_percent_before": before["pass_rate_percent"],
                "runs": now["runs"],
            },
        )

"""How quick a server was and what it used: beside the week before and the 28 days before it."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from .figures import megabytes, seconds
from .period import USUAL_DAYS, Period, ServerWeeks
from .trend import HORIZON

MOST_TOOLS = 20

type _Figure = Callable[[Period], float | int | None]

_MEASURES: Mapping[str, tuple[str, str, _Figure]] = {
    "response_time_p50_seconds": ("Response time p50", " s", lambda p: seconds(p.response(0.5))),
    "response_time_p95_seconds": ("Response time p95", " s", lambda p: seconds(p.response(0.95))),
    "startups": ("Starts timed", "", lambda p: p.starts_timed),
    "startup_median_seconds": (
        "Start-up time, median",
        " s",
        lambda p: seconds(median(p.startups)) if p.startups else None,
    ),
    "startup_slowest_seconds": (
        "Start-up time, slowest",
        " s",
        lambda p: seconds(max(p.startups, default=None)),
    ),
    "restarts": ("Restarts", "", lambda p: p.restarts),
    "reconnects": ("Reconnects", "", lambda p: p.reconnects),
    "memory_median_mb": ("Memory, median of the days", " MB", lambda p: megabytes(p.memory)),
    "memory_highest_mb": ("Memory, highest", " MB", lambda p: megabytes(p.memory_high)),
    "memory_at_end_mb": ("Memory at the end", " MB", lambda p: megabytes(p.memory_last)),
    "usage_log_mb": ("Usage log at the end", " MB", lambda p: megabytes(p.usage_log)),
}
"""The measures of a server by key: name, unit, and how to take them of a time."""


def performance(weeks: Sequence[ServerWeeks]) -> dict[str, Any]:
    """Return the measures of each server and of its tools."""
    return {
        "baseline_days": USUAL_DAYS,
        "horizon_days": HORIZON,
        "servers": [_server(each) for each in weeks],
    }


def _server(each: ServerWeeks) -> dict[str, Any]:
    least = each.server.policy.min_calls_for_p95
    now, before, usual = each.now, each.before, each.usual
    tools = sorted(now.by_tool, key=lambda tool: (-now.by_tool[tool].calls, tool))
    host = each.server.current.host
    return {
        "server": each.name,
        "measures": [
            {
                "key": key,
                "name": name,
                "unit": unit.strip(),
                "week": measure(now),
                "week_before": None if each.new else measure(before),
                "baseline": measure(usual),
            }
            for key, (name, unit, measure) in _MEASURES.items()
        ],
        "cpu_percent": None if host is None or host.cpu is None else round(host.cpu, 1),
        "least_calls_for_p95": least,
        "tools_called": len(tools),
        "tools": [
            {
                "tool": tool,
                "calls": now.by_tool[tool].calls,
                "p95_seconds": p95(now, tool, least),
                "p95_seconds_before": p95(before, tool, least),
                "p95_seconds_baseline": p95(usual, tool, least),
            }
            for tool in tools[:MOST_TOOLS]
        ],
    }


def p95(period: Period, tool: str, least: int) -> float | None:
    """Return how long 95 % of the calls of a tool took at most, in seconds."""
    totals = period.by_tool.get(tool)
    return None if totals is None else seconds(totals.p95(least))

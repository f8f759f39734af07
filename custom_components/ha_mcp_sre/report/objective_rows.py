"""Objectives and what is left of their error budgets."""

from collections.abc import Sequence
from typing import Any

from ..assess.objectives import WINDOW_DAYS, Objective
from .figures import days, percent
from .period import ServerWeeks

NAMES = {
    Objective.AVAILABILITY: "Availability",
    Objective.TOOL_SUCCESS: "Tool success",
    Objective.LATENCY: "Latency",
    Objective.STARTUP: "Start-up",
}
_BURN_WINDOW = 3 * 86_400


def objective_rows(weeks: Sequence[ServerWeeks]) -> dict[str, Any]:
    """Return for each server how each objective was met, in the week and over its window."""
    return {
        "window_days": WINDOW_DAYS,
        "burn_rate_days": _BURN_WINDOW // 86_400,
        "servers": [
            {
                "server": each.name,
                "latency_seconds": each.server.targets.latency_seconds,
                "startup_seconds": each.server.targets.startup_seconds,
                "objectives": [_row(each, objective) for objective in Objective],
            }
            for each in weeks
        ],
    }


def _row(each: ServerWeeks, objective: Objective) -> dict[str, Any]:
    budget = each.server.budgets.get(objective)
    now, before = each.now.tallies.get(objective), each.before.tallies.get(objective)
    return {
        "objective": objective.value,
        "name": NAMES[objective],
        "target_percent": each.server.targets.of(objective),
        "week_percent": now and percent(now.achieved),
        "week_before_percent": before and percent(before.achieved),
        "window_percent": budget and percent(budget.achieved),
        "bad_in_window": budget and budget.tally.bad,
        "valid_in_window": budget and budget.tally.valid,
        "excluded_in_window": budget and budget.tally.excluded,
        "budget_left_percent": budget and percent(budget.remaining),
        "budget_left_minutes": budget and days(budget.remaining_minutes),
        "burn_rate": budget and days(budget.burn.get(_BURN_WINDOW)),
        "exhausted_in_days": budget and days(budget.exhausted_in),
        "unknown_percent": budget and percent(budget.unknown),
    }

"""Objectives and what is left of their error budgets."""

from collections.abc import Sequence
from typing import Any

from ..assess.objectives import THREE_DAYS, WINDOW_DAYS, Objective
from .figures import moment, percent, tenths
from .material import Material
from .period import ServerWeeks
from .risk_budgets import foreseeable

NAMES = {
    Objective.AVAILABILITY: "Availability",
    Objective.TOOL_SUCCESS: "Tool success",
    Objective.LATENCY: "Latency",
    Objective.STARTUP: "Start-up",
}


def objective_rows(material: Material, weeks: Sequence[ServerWeeks]) -> dict[str, Any]:
    """Return for each server how each objective was met, in the week and over its window."""
    week = material.week
    begin = week.midnight(week.last_day + 1 - WINDOW_DAYS)
    return {
        "window_days": WINDOW_DAYS,
        "burn_rate_days": THREE_DAYS // 86_400,
        "servers": [
            {
                "server": each.name,
                "counted_since": moment(week, each.counted_since(begin)),
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
        "budget_left_minutes": budget and tenths(budget.remaining_minutes),
        "burn_rate": budget and tenths(budget.burn.get(THREE_DAYS)),
        "foreseeable": foreseeable(each.server),
        "exhausted_in_days": budget and tenths(budget.exhausted_in),
        "unknown_percent": budget and percent(budget.unknown),
    }

"""The numbers that a person can choose about a server, and what follows from them.

They are stored flat, by their names here; what was not chosen is as the defaults say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from .assess.finding import Severity
from .assess.objectives import Targets
from .assess.policy import Policy
from .const import (
    DEFAULT_REPORT_DAY,
    OPTION_REPORT_AI_TASK,
    OPTION_REPORT_DAY,
    OPTION_REPORT_HOUR,
    REPORT_DAYS,
    REPORT_NEVER,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that can be chosen, both bounds being allowed."""

    default: float
    lowest: float
    highest: float
    step: float
    unit: str

    def allows(self, chosen: float) -> bool:
        """Return whether it may be this one; never that it is no number at all."""
        return self.lowest <= chosen <= self.highest


_HOUR = 3600
_DEFAULT = Policy()
_TARGETS = Targets()

_GRACES = {f"grace_{severity}": severity for severity in (Severity.P0, Severity.P1)}
_MAINTENANCE = "maintenance_hours"
_TARGET_OF = {f"target_{each.name}": each.name for each in fields(Targets)}

PAGING: Mapping[str, Number] = {
    **{key: Number(_DEFAULT.grace[severity], 0, 3600, 1, "s") for key, severity in _GRACES.items()},
    _MAINTENANCE: Number(_DEFAULT.maintenance_time / _HOUR, 0.25, 24, 0.25, "h"),
}
"""When a person is told."""

OBJECTIVES: Mapping[str, Number] = {
    "target_availability": Number(_TARGETS.availability, 90, 99.99, 0.01, "%"),
    "target_tool_success": Number(_TARGETS.tool_success, 90, 99.99, 0.01, "%"),
    "target_latency": Number(_TARGETS.latency, 90, 99.99, 0.01, "%"),
    "target_latency_seconds": Number(_TARGETS.latency_seconds, 0.1, 60, 0.1, "s"),
    "target_startup": Number(_TARGETS.startup, 90, 99.99, 0.01, "%"),
    "target_startup_seconds": Number(_TARGETS.startup_seconds, 1, 300, 1, "s"),
}
"""What the server is held to."""

REPORT: Mapping[str, Number] = {OPTION_REPORT_HOUR: Number(8, 0, 23, 1, "h")}
"""When the weekly report is written, on its day."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the weekly report is written by itself: on which day of the week, Monday being 0.

    `hour` is local. `ai_task` is the entity that adds a section in prose, None if none does.
    """

    weekday: int | None = 0
    hour: int = 8
    ai_task: str | None = None


def schedule_of(options: Mapping[str, Any]) -> Schedule:
    """Return when the weekly report is to be written; never, if its weekday is None."""
    day = options.get(OPTION_REPORT_DAY, DEFAULT_REPORT_DAY)
    return Schedule(
        weekday=None if day == REPORT_NEVER else REPORT_DAYS.index(day),
        hour=int(options.get(OPTION_REPORT_HOUR, REPORT[OPTION_REPORT_HOUR].default)),
        ai_task=options.get(OPTION_REPORT_AI_TASK),
    )


def policy_of(base: Policy, options: Mapping[str, Any]) -> Policy:
    """Return a policy with what was chosen about paging and maintenance."""
    graces = {severity: options[key] for key, severity in _GRACES.items() if key in options}
    hours = options.get(_MAINTENANCE)
    return replace(
        base,
        grace={**base.grace, **graces},
        maintenance_time=base.maintenance_time if hours is None else hours * _HOUR,
    )


def targets_of(options: Mapping[str, Any]) -> Targets:
    """Return the targets that were chosen."""
    chosen = {field: options[key] for key, field in _TARGET_OF.items() if key in options}
    return replace(Targets(), **chosen)

"""Sensors of what is believed of a server's incidents and objectives."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfRatio

from .assess.assessment import Assessment
from .assess.finding import Severity
from .assess.objectives import BURN_WINDOWS, Objective
from .sensor_description import SreSensorDescription
from .shown import moment

NO_INCIDENT: Final = "none"

# One slow call an hour is a high burn of the latency objective, and a start is a rare event.
_BURNING = (Objective.AVAILABILITY, Objective.TOOL_SUCCESS)
_HOUR = 3600
_WINDOW_NAMES = {
    300: "last_5_minutes",
    1800: "last_30_minutes",
    _HOUR: "last_hour",
    2 * _HOUR: "last_2_hours",
    6 * _HOUR: "last_6_hours",
    24 * _HOUR: "last_day",
    72 * _HOUR: "last_3_days",
}


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


def _severity(assessment: Assessment) -> str:
    return assessment.judgement.severity or NO_INCIDENT


def _worst_incident(assessment: Assessment) -> dict[str, Any]:
    if not (incidents := assessment.judgement.incidents):
        return {}
    worst = incidents[0]
    shown = {"since": moment(worst.started_at), "rule": worst.rule, "incident_id": worst.id}
    return shown if worst.subject is None else shown | {"subject": worst.subject}


def _open_incidents(assessment: Assessment) -> dict[str, Any]:
    return {
        "incidents": [
            {
                "id": each.id,
                "severity": each.severity,
                "rule": each.rule,
                "subject": each.subject,
                "since": moment(each.started_at),
                "acknowledged": each.is_taken_care_of,
            }
            for each in assessment.judgement.incidents
        ]
    }


def _availability(assessment: Assessment) -> float | None:
    budget = assessment.judgement.budgets.get(Objective.AVAILABILITY)
    return None if budget is None else _rounded(budget.achieved, 3)


def _behind_availability(assessment: Assessment) -> dict[str, Any]:
    """Return what the percentage is made of: minutes, and the part that nobody saw in percent."""
    if (budget := assessment.judgement.budgets.get(Objective.AVAILABILITY)) is None:
        return {}
    return {
        "target": budget.target,
        "minutes_down": budget.tally.bad,
        "minutes_excluded": budget.tally.excluded,
        "unknown": _rounded(budget.unknown, 1),
    }


def _remaining(assessment: Assessment) -> Mapping[Objective, float]:
    """Return what is left of each error budget of which anything is known, in percent."""
    return {
        objective: budget.remaining
        for objective, budget in assessment.judgement.budgets.items()
        if budget.remaining is not None
    }


def _least_remaining(assessment: Assessment) -> float | None:
    return _rounded(min(_remaining(assessment).values(), default=None), 1)


def _behind_remaining(assessment: Assessment) -> dict[str, Any]:
    """Return whose budget has the least left, how long that lasts, and the others."""
    remaining = _remaining(assessment)
    shown: dict[str, Any] = {each: _rounded(remaining.get(each), 1) for each in Objective}
    if not remaining:
        return shown
    objective = min(remaining, key=remaining.__getitem__)
    budget = assessment.judgement.budgets[objective]
    return {
        "objective": objective,
        "minutes_left": _rounded(budget.remaining_minutes, 0),
        "exhausted_in_days": _rounded(budget.exhausted_in, 1),
        **shown,
    }


def _burn(assessment: Assessment, window: int) -> float | None:
    budgets = assessment.judgement.budgets
    rates = (budgets[each].burn.get(window) for each in _BURNING if each in budgets)
    return _rounded(max((rate for rate in rates if rate is not None), default=None), 2)


JUDGEMENT_SENSORS = (
    SreSensorDescription(
        key="severity",
        device_class=SensorDeviceClass.ENUM,
        options=[NO_INCIDENT, *sorted(Severity, reverse=True)],
        value=_severity,
        attributes=_worst_incident,
    ),
    SreSensorDescription(
        key="open_incidents",
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda assessment: len(assessment.judgement.incidents),
        attributes=_open_incidents,
    ),
    SreSensorDescription(
        key="availability",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        # A minute of 28 days is 0.0025 %, and one that was bad shall not read as 100.
        suggested_display_precision=3,
        value=_availability,
        attributes=_behind_availability,
    ),
    SreSensorDescription(
        key="error_budget_remaining",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=1,
        value=_least_remaining,
        attributes=_behind_remaining,
    ),
    SreSensorDescription(
        key="burn_rate",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value=lambda assessment: _burn(assessment, _HOUR),
        attributes=lambda assessment: {
            _WINDOW_NAMES[window]: _burn(assessment, window) for window in BURN_WINDOWS
        },
    ),
)

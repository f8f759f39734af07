"""Figures that will be over their limit within four weeks, if they go on as they do."""

from collections.abc import Callable

from ..assess.finding import RuleKey, Severity
from .material import Material, ServerMaterial
from .phrases import percent, size, times
from .risk import CLEAR, Answer, Hazard
from .risk_budgets import SLOW_START
from .trend import FIGURES, crossing, lately, measured, points, trend

_SOON = 7.0

_RISES = {
    "memory": (
        "Grown twice as large, it may be ended for want of memory.",
        "Restart ha-mcp at a quiet time. If it grows again, report it to ha-mcp's project.",
    ),
    "startup": (
        "Each restart and each update takes longer until assistants can work again.",
        SLOW_START,
    ),
    "response": (
        "Calls get slower until they miss the objective.",
        "See whether Home Assistant or its machine is busier than before. If not, restart ha-mcp.",
    ),
}


def rising(key: str) -> Callable[[ServerMaterial, Material], Answer]:
    """Return a rule that tells whether a figure will be over its limit within four weeks."""

    def rule(server: ServerMaterial, material: Material) -> Answer:
        week = material.week
        found = crossing(server, key, week)
        if found is None:
            return CLEAR if measured(server, key, week) else None
        figure, trend, told = found.figure, found.trend, found.figure.told
        risk, mitigation = _RISES[key]
        return [
            Hazard(
                Severity.P2 if found.in_days <= _SOON else Severity.P3,
                title=f"Stop the {figure.of} of {server.name} from growing",
                current_state=(
                    f"Its {figure.of} is {told(trend.level)} and grows by {told(7 * trend.a_day)} "
                    f"a week, by {trend.days} days of the last 28."
                ),
                risk=(
                    f"If it goes on, it reaches {told(found.limit)} in "
                    f"{times(round(found.in_days), 'day')}. {risk}"
                ),
                mitigation=mitigation,
                evidence={
                    "level": round(trend.level, 3),
                    "a_week": round(7 * trend.a_day, 3),
                    "limit": round(found.limit, 3),
                    "in_days": round(found.in_days, 1),
                    "days": trend.days,
                },
            )
        ]

    return rule


def memory(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether the memory grows: over the days since the last restart, or all of a day."""
    answer = rising("memory")(server, material)
    growing = next(
        (
            each
            for each in server.incidents
            if each.rule is RuleKey.MEMORY_GROWING
            and each.is_open
            and each.started_at < material.week.until
        ),
        None,
    )
    if answer or growing is None:
        return answer
    a_day = float(growing.evidence.get("bytes_a_day", 0))
    share = float(growing.evidence.get("percent_a_day", 0))
    risk, mitigation = _RISES["memory"]
    return [
        Hazard(
            Severity.P2,
            title=f"Stop the memory of {server.name} from growing",
            current_state=(
                f"Its memory grew by {size(a_day)} within a day ({percent(share)}), and still "
                "does; there are too few days since its start for a trend."
            ),
            risk=risk,
            mitigation=mitigation,
            evidence={"bytes_a_day": round(a_day), "percent_a_day": share},
        )
    ]


def usage_log(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether the usage log is too large, or will be within four weeks."""
    week, limit = material.week, server.policy.usage_log_limit
    figure = FIGURES["usage_log"]
    now = lately(figure, points(server, figure, week))
    if now is None:
        return None
    last = server.current.usage_log
    if last is not None and week.so_far:
        now = max(now, last.size)
    found = crossing(server, "usage_log", week)
    if now <= limit and found is None:
        return CLEAR if measured(server, "usage_log", week) else None
    slope = trend(points(server, figure, week), week.last_day)
    grows = (
        f", and grows by {size(7 * slope.a_day)} a week, by {slope.days} days of the last 28"
        if slope is not None and slope.a_day > 0
        else ""
    )
    reached = (
        f"reaches {size(limit)} in {times(round(found.in_days), 'day')}"
        if found is not None
        else f"is larger than {size(limit)}"
    )
    return [
        Hazard(
            Severity.P3,
            title=f"Cut the usage log of {server.name}",
            current_state=f"ha-mcp's usage log has {size(now)}{grows}.",
            risk=f"It is never cut and {reached}: it fills the disk, and every backup.",
            mitigation=material.words.advice_on(RuleKey.USAGE_LOG_LARGE, server.mode)
            or "Delete it while ha-mcp is stopped.",
            evidence={
                "bytes": round(now),
                "limit": limit,
                **({} if slope is None else {"a_week": round(7 * slope.a_day)}),
                **({} if found is None else {"in_days": round(found.in_days, 1)}),
            },
        )
    ]

"""Error budgets that are used up, or will be within four weeks, and what used them."""

from collections.abc import Callable, Mapping
from functools import partial

from ..assess.finding import Severity
from ..assess.histogram import BOUNDS
from ..assess.ledger import Totals
from ..assess.objectives import Budget, Objective
from .material import Material, ServerMaterial
from .outages import added, name_of, outages, single_outages
from .phrases import listing, percent, span, times
from .risk import Answer, Hazard, Partly
from .trend import HORIZON

_SOON = 7.0
_LEAST_MINUTES = 1440
"""Of fewer known minutes than a day has, one bad minute decides where a budget goes."""

_WORST = 3
"""So many of the tools to blame are named."""

SLOW_START = "See in its start-up log what takes long, and whether the machine is busy then."

OBJECTIVES: Mapping[Objective, tuple[str, str]] = {
    Objective.AVAILABILITY: ("availability", "minute"),
    Objective.TOOL_SUCCESS: ("tool success", "call"),
    Objective.LATENCY: ("tool latency", "call"),
    Objective.STARTUP: ("start-up time", "start"),
}
"""What an objective is called, and what one of its events is."""


def foreseeable(server: ServerMaterial) -> bool:
    """Return whether enough is known to tell where the error budgets of a server are going."""
    budget = server.budgets.get(Objective.AVAILABILITY)
    if budget is None:
        return server.known_minutes >= _LEAST_MINUTES
    return budget.tally.valid + budget.tally.excluded >= _LEAST_MINUTES


def error_budgets(server: ServerMaterial, material: Material) -> Answer:
    """Tell which error budgets are used up, or will be within four weeks."""
    known = {
        objective: budget
        for objective, budget in server.budgets.items()
        if budget.remaining is not None
    }
    if not known or not foreseeable(server):
        return None
    hazards = [
        _budget(server, material, objective, budget)
        for objective, budget in known.items()
        if _spent(budget) or (budget.exhausted_in is not None and budget.exhausted_in <= HORIZON)
    ]
    return Partly(hazards, frozenset(objective.value for objective in known))


def _spent(budget: Budget) -> bool:
    return (budget.remaining or 0.0) <= 0


def _budget(
    server: ServerMaterial, material: Material, objective: Objective, budget: Budget
) -> Hazard:
    (name, event), spent = OBJECTIVES[objective], _spent(budget)
    remaining, achieved = budget.remaining or 0.0, budget.achieved or 0.0
    days = 0.0 if spent else budget.exhausted_in or 0.0
    state = (
        f"{percent(achieved)} of {times(budget.tally.valid, event)} in 28 days "
        f"{'was' if budget.tally.valid == 1 else 'were'} good, the objective is "
        f"{budget.target:g} %: "
    )
    if spent:
        state += f"{percent(100 - remaining)} of the error budget is used."
        risk = (
            "The objective is missed"
            if achieved < budget.target
            else f"With one bad {event} more the objective is missed,"
        ) + " until the bad days are older than 28 days."
    else:
        state += f"{percent(remaining)} of the error budget is left."
        risk = f"At the rate of the last three days it is used up in {span(86_400 * days)}."
    return Hazard(
        Severity.P2 if spent or days <= _SOON else Severity.P3,
        title=f"Protect the {name} budget of {server.name}",
        current_state=state,
        risk=risk,
        mitigation=_BLAME[objective](server, material),
        evidence={
            "target": budget.target,
            "achieved": round(achieved, 3),
            "remaining": round(remaining, 1) or 0.0,
            "bad": budget.tally.bad,
            "valid": budget.tally.valid,
            **({} if spent else {"exhausted_in_days": round(days, 1)}),
        },
        subject=objective.value,
    )


def _blame_outages(server: ServerMaterial, material: Material) -> str:
    until = material.week.until
    lost = added(
        part
        for each in outages(server, material.week)
        for outage in single_outages(each, until)
        for part in outage.parts
    )
    if not lost:
        return "No outage was long enough to be an incident: look for short ones in the log."
    rule = max(lost, key=lambda each: lost[each])
    return (
        f"Most was lost to: {name_of(rule, material)} ({span(lost[rule])}). "
        f"{material.words.advice_on(rule, server.mode)}"
    ).strip()


def _blame_tools(
    bad: Callable[[Totals], int], what: str, server: ServerMaterial, material: Material
) -> str:
    ranked = sorted(
        ((bad(each), tool) for tool, each in server.calls.week.items() if bad(each)),
        key=lambda row: (-row[0], row[1]),
    )
    if not ranked:
        return f"No call of the week {what}: older ones used the budget, so wait."
    named = listing([f"{tool} ({number})" for number, tool in ranked[:_WORST]])
    return (
        f"Begin with the tools of which most calls {what} in the week: {named} of "
        f"{times(sum(number for number, _ in ranked), 'such call')}."
    )


def _slow_calls(seconds: float, each: Totals) -> int:
    return sum(
        count for count, bound in zip(each.latency[1:], BOUNDS, strict=True) if bound >= seconds
    )


def _blame_slow(server: ServerMaterial, material: Material) -> str:
    seconds = server.targets.latency_seconds
    return _blame_tools(
        partial(_slow_calls, seconds), f"took {span(seconds)} or longer", server, material
    )


_BLAME: Mapping[Objective, Callable[[ServerMaterial, Material], str]] = {
    Objective.AVAILABILITY: _blame_outages,
    Objective.TOOL_SUCCESS: partial(_blame_tools, lambda each: each.bad, "failed"),
    Objective.LATENCY: _blame_slow,
    Objective.STARTUP: lambda *_: SLOW_START,
}

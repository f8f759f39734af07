"""When the rules hold that judge tool calls and error budgets."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from .answer import CLEAR, Answer, holds, shown
from .faults import BUDGET_FAULTS, Fault, classify
from .finding import Evidence, RuleKey
from .history import HOUR
from .ledger import Totals
from .objectives import FAST_BURN, SLOW_BURN, BurnAlert, Objective
from .situation import Situation
from .trends import fisher


def tools_failing(situation: Situation) -> Answer:
    """Tell whether tool calls fail so often that a month's budget would last two days at most."""
    if (until := situation.calls_until) is None:
        return None
    if situation.now - until > situation.policy.tool_calls_late:
        # The short window is of a time that is over.
        return None
    burn = _burn(situation, Objective.TOOL_SUCCESS, until, FAST_BURN, RuleKey.TOOLS_FAILING)
    if not burn:
        return CLEAR
    by_tool = situation.calls.by_tool
    if _is_of_one_tool(by_tool):
        return CLEAR
    worst = max(by_tool, key=lambda tool: by_tool[tool].bad, default=None)
    return holds(**burn, tool=worst, code=_code(by_tool.values()))


def tool_broken(situation: Situation) -> Answer:
    """Tell of which tools no call succeeds, by the fault of the server itself."""
    if situation.calls_until is None:
        return None
    return {
        tool: shown(failures=totals.valid, code=_code([totals]))
        for tool, totals in situation.calls.by_tool.items()
        if _never_works(totals) and totals.valid >= situation.policy.tool_broken_calls
    }


def slow(situation: Situation) -> Answer:
    """Tell whether too many calls take long, or longer by far than they used to."""
    if (until := situation.calls_until) is None:
        return None
    policy = situation.policy
    tally = situation.objectives.tally(Objective.LATENCY, until - policy.slow_window, until)
    missed = tally.valid > 0 and 100 * tally.bad / tally.valid > 100 - situation.targets.latency
    if tally.valid < policy.slow_calls:
        return None if tally.bad else CLEAR
    p95, usual = situation.calls.lately.p95(policy.slow_calls), situation.calls.baseline_p95
    slower = (
        p95 is not None
        and usual is not None
        and p95 >= max(policy.slow_floor, policy.slow_factor * usual)
    )
    if not missed and not slower:
        return CLEAR
    return holds(
        calls=tally.valid,
        slow_calls=tally.bad,
        p95=p95 and round(p95, 2),
        usual_p95=usual and round(usual, 2),
    )


def budget_burning(situation: Situation) -> Answer:
    """Tell which error budgets would be used up within days."""
    untils = {Objective.AVAILABILITY: situation.now, Objective.TOOL_SUCCESS: situation.calls_until}
    burns = {
        objective: _burn(
            situation, objective, until, SLOW_BURN, f"{RuleKey.BUDGET_BURNING}:{objective}"
        )
        for objective, until in untils.items()
        # Of what nobody can see any more nothing goes on burning.
        if until is not None
    }
    return {objective: burn for objective, burn in burns.items() if burn}


def worse_after_update(situation: Situation) -> Answer:
    """Tell whether more calls fail by the server's own fault since another version runs."""
    history, policy = situation.history, situation.policy
    changed_at = history.version_changed_at
    if changed_at is None or situation.now - changed_at > policy.change_window:
        return CLEAR
    if situation.calls_until is None:
        return None
    # A link that breaks has rules of its own, and every restart of Home Assistant breaks it.
    before, after = (
        (totals.by_fault[Fault.SERVER], totals.by_fault[Fault.NONE])
        for totals in (situation.calls.before_change, situation.calls.after_change)
    )
    if min(sum(before), sum(after)) < policy.change_calls:
        return CLEAR
    if fisher(before, after) >= policy.change_chance:
        return CLEAR
    return holds(
        version=history.version,
        previous_version=history.previous_version,
        error_rate=_percent(after),
        previous_error_rate=_percent(before),
        calls=sum(after),
        previous_calls=sum(before),
    )


def _burn(
    situation: Situation, objective: Objective, until: float, alert: BurnAlert, key: str
) -> Evidence:
    """Return what shows that a budget burns; nothing if it does not, or nobody knows.

    `key` is that of the finding: one that is an incident already is easier to find again.
    """
    if key in situation.open:
        alert = replace(alert, rate=alert.rate * situation.policy.burn_easing, bad_in_long=1)
    target = situation.targets.of(objective)
    tally = situation.objectives.burning(objective, until, target, alert)
    if tally is None:
        return {}
    rate = tally.burn(target) or 0.0
    return {
        "burn_rate": round(rate, 1),
        "bad": tally.bad,
        "valid": tally.valid,
        "hours": round(alert.long / HOUR),
    }


def _code(all_totals: Iterable[Totals]) -> str | None:
    """Return the error code that most failures have for which the server or its link answers."""
    codes: Counter[str] = Counter()
    for totals in all_totals:
        for code, calls in totals.codes:
            if classify(code) in BUDGET_FAULTS:
                codes[code] += calls
    return max(codes, key=lambda code: (codes[code], code), default=None)


def _percent(bad_and_good: tuple[int, int]) -> float:
    bad, good = bad_and_good
    return round(100 * bad / (bad + good), 1)


def _never_works(totals: Totals) -> bool:
    return 0 < totals.valid == totals.by_fault[Fault.SERVER]


def _is_of_one_tool(by_tool: Mapping[str, Totals]) -> bool:
    """Return whether one tool never works and every other always does: that is no general failure."""
    failing = [totals for totals in by_tool.values() if totals.bad]
    others = sum(totals.valid for totals in by_tool.values() if not totals.bad)
    return len(failing) == 1 and _never_works(failing[0]) and others > 0

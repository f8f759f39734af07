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
    if situation.now - until > FAST_BURN.short:
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


def short_window(situation: Situation) -> float | None:
    """Return since when calls must have failed if many fail now, in Unix seconds."""
    until = situation.calls_until
    return None if until is None else until - FAST_BURN.short


def tool_broken(situation: Situation) -> Answer:
    """Tell of which tools no call succeeds, by the fault of the server itself."""
    if situation.calls_until is None:
        return None
    calls = situation.calls
    known = {tool for tool in calls.by_tool if f"{RuleKey.TOOL_BROKEN}:{tool}" in situation.open}
    # That the server restarted does not show that a tool works again.
    by_tool = {**calls.since_outage, **{tool: calls.by_tool[tool] for tool in known}}
    if _nothing_works(by_tool):
        # That is one trouble, whatever its cause: the first tool that is known to fail tells of it.
        first = known or {max(by_tool, key=lambda tool: by_tool[tool].valid)}
        by_tool = {tool: by_tool[tool] for tool in first}
    return {
        tool: shown(failures=totals.valid, code=_code([totals]))
        for tool, totals in by_tool.items()
        if _never_works(totals)
        and totals.valid
        >= situation.policy.tool_broken_calls * situation.easing(f"{RuleKey.TOOL_BROKEN}:{tool}")
    }


def slow(situation: Situation) -> Answer:
    """Tell whether too many calls take long, or longer by far than they used to."""
    if (until := situation.calls_until) is None:
        return None
    policy, easing = situation.policy, situation.easing(RuleKey.SLOW)
    tally = situation.objectives.tally(Objective.LATENCY, policy.slow_window, until)
    # Not eased: in a home that meets its objective, but barely, it would go on for ever.
    most = 100 - situation.targets.latency
    missed = tally.valid > 0 and 100 * tally.bad / tally.valid > most
    if tally.valid < policy.slow_calls:
        return None if tally.bad else CLEAR
    p95, usual = situation.calls.lately.p95(policy.slow_calls), situation.calls.baseline_p95
    slower = (
        p95 is not None
        and usual is not None
        # Half of three times the usual would be what is usual on many a day.
        and p95 >= max(policy.slow_floor * easing, (1 + (policy.slow_factor - 1) * easing) * usual)
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
    if fisher(before, after) >= policy.change_chance / situation.easing(RuleKey.WORSE_AFTER_UPDATE):
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

    `key` is that of the finding.
    """
    if key in situation.open:
        alert = replace(alert, rate=alert.rate * situation.easing(key), bad_in_long=1)
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


def _nothing_works(by_tool: Mapping[str, Totals]) -> bool:
    """Return whether several tools were called, and no call of any succeeded."""
    called = [totals for totals in by_tool.values() if totals.valid]
    return len(called) > 1 and all(_never_works(totals) for totals in called)


def _is_of_one_tool(by_tool: Mapping[str, Totals]) -> bool:
    """Return whether one tool never works and every other always does: that is no general failure."""
    failing = [totals for totals in by_tool.values() if totals.bad]
    others = sum(totals.valid for totals in by_tool.values() if not totals.bad)
    return len(failing) == 1 and _never_works(failing[0]) and others > 0

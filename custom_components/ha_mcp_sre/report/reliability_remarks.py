"""What is worth saying of a server's failures in a week."""

from collections.abc import Callable, Iterator

from ..assess.finding import RuleKey
from ..assess.objectives import WINDOW_DAYS
from .error_analysis import failing_tools
from .figures import minutes, percent
from .objective_rows import NAMES
from .outages import change_of, course, goes_on, lasted
from .period import ServerWeeks
from .phrases import compared, often, span, times, with_unit, written
from .remark import Remark

_MUCH_UNKNOWN = 5.0
"""More unknown time than this, in percent, limits what all other figures say."""


def _unseen(each: ServerWeeks) -> Iterator[Remark]:
    unknown, before = percent(each.now.unknown), percent(each.unknown_before)
    if unknown is None or (each.now.known_minutes and unknown < _MUCH_UNKNOWN):
        return
    young = each.server.watched_since > each.now.since
    yield Remark(
        0,
        "unknown_time",
        f"{each.name} was watched for a part of the week only: nothing is known of "
        f"{with_unit(unknown, ' %')} of it; the other figures are of the rest."
        if young
        else f"Nothing is known of {compared(unknown, before, ' %')} of the time of {each.name}; "
        "the other figures are of the rest.",
        {"unknown_percent": unknown, "unknown_percent_before": before},
    )


def _outages(each: ServerWeeks) -> Iterator[Remark]:
    for incident in each.now.incidents or ():
        parts = course(incident, each.now.until)
        downs = [(begin, end) for rule, begin, end in parts if rule is RuleKey.SERVER_DOWN]
        if not downs:
            continue
        took, down = lasted(incident, each.now.until), sum(end - begin for begin, end in downs)
        within = downs[-1][1] - downs[0][0]
        cause = incident.hint and change_of(incident.hint)
        again = f" {often(len(downs))}" if len(downs) > 1 else ""
        in_all = " in all" if again else ""
        is_down = goes_on(incident) and incident.rule is RuleKey.SERVER_DOWN
        if is_down and downs[-1][1] >= each.now.until:
            how = f"went down{again} and has not come back: it had been down for {span(down)}"
            how += in_all
        elif len(downs) < len(parts):
            how = f"was down{again} for {span(down)}{in_all}, in an incident of {span(took)}"
        elif again:
            how = f"went down{again} within {span(within)}, and was down for {span(down)} in all"
        else:
            how = f"was down once, for {span(down)}"
        yield Remark(
            1,
            f"outage:{incident.id}",
            f"{each.name} {how} ({incident.id}); "
            + (f"shortly after {cause}." if cause else "no change is known shortly before."),
            {
                "incident": incident.id,
                "lasted": span(took),
                "minutes": minutes(took),
                "down": span(down),
                "minutes_down": minutes(down),
                "outages": len(downs),
                "within": span(within),
            },
        )


def _stopped(each: ServerWeeks) -> Iterator[Remark]:
    now = each.now
    seconds = sum(
        max(0.0, min(over, now.until) - max(begin, now.since))
        for incident in now.incidents or ()
        for rule, begin, over in course(incident, now.until)
        if rule is RuleKey.SERVER_STOPPED
    )
    if not seconds:
        return
    still = any(
        incident.is_open and incident.rule is RuleKey.SERVER_STOPPED
        for incident in now.incidents or ()
    )
    yield Remark(
        1,
        "stopped",
        f"{each.name} was stopped for {span(seconds)}"
        f"{', and is not started again' if still else ''}; that time counts in none of its "
        "objectives.",
        {"stopped": span(seconds), "minutes": minutes(seconds)},
    )


def _availability(each: ServerWeeks) -> Iterator[Remark]:
    now, before = each.now.availability, each.before.availability
    achieved, target = percent(now.achieved), each.server.targets.availability
    if achieved is None:
        return
    met = achieved >= target
    yield Remark(
        50 if met else 2,
        "availability",
        f"{each.name} was available {compared(achieved, percent(before.achieved), ' %')} of the "
        f"known time, {'within' if met else 'below'} its objective of {written(target)} %; it was "
        f"down or cut off for {compared(now.bad, each.before.minutes_down, ' min')}.",
        {
            "availability_percent": achieved,
            "availability_percent_before": percent(before.achieved),
            "target_percent": target,
            "down_minutes": now.bad,
            "down_minutes_before": each.before.minutes_down,
        },
    )


def _calls(each: ServerWeeks) -> Iterator[Remark]:
    totals, rate, before = each.now.totals, percent(each.now.error_rate), each.before.error_rate
    if totals is None or rate is None:
        return
    allowed = round(100 - each.server.targets.tool_success, 2)
    yield Remark(
        51 if rate <= allowed else 3,
        "error_rate",
        f"Of {times(totals.valid, 'tool call')} of {each.name} that it can be held to, {totals.bad} failed "
        f"by its own or its link's fault: {compared(rate, percent(before), ' %')}, where its "
        f"objective allows {written(allowed)} %.",
        {
            "valid_calls": totals.valid,
            "bad_calls": totals.bad,
            "error_rate_percent": rate,
            "error_rate_percent_before": percent(before),
            "allowed_percent": allowed,
        },
    )


def _worst_tool(each: ServerWeeks) -> Iterator[Remark]:
    for name in failing_tools(each.now)[:1]:
        now, known = each.now.by_tool[name], each.before.totals is not None
        if not now.bad:
            return
        last = each.before.by_tool.get(name)
        before = (last.bad if last else 0) if known else None
        code, calls = now.codes[0]
        yield Remark(
            5,
            "worst_tool",
            f"{name} failed most of all tools of {each.name}: "
            f"{compared(now.bad, before)} of {times(now.valid, 'call')} by the server's or its "
            f"link's fault, most often with {code} ({calls}).",
            {
                "tool": name,
                "code": code,
                "code_calls": calls,
                "bad_calls": now.bad,
                "bad_calls_before": before,
                "valid_calls": now.valid,
            },
        )


def _budgets(each: ServerWeeks) -> Iterator[Remark]:
    for objective, budget in each.server.budgets.items():
        left = percent(budget.remaining)
        if left is None or left > 50:
            continue
        used = round(100 - left, 2)
        yield Remark(
            4 if left <= 0 else 12,
            f"budget:{objective}",
            f"The error budget of {each.name} for {NAMES[objective].lower()} is "
            f"{'used up' if left <= 0 else 'used by more than half'}: {written(used)} % of that of "
            f"{WINDOW_DAYS} days is used, after {times(budget.tally.bad, 'bad event')} of "
            f"{budget.tally.valid}.",
            {
                "objective": objective.value,
                "budget_left_percent": left,
                "budget_used_percent": used,
                "bad": budget.tally.bad,
                "valid": budget.tally.valid,
                "days": WINDOW_DAYS,
            },
        )


def _counted(each: ServerWeeks) -> Iterator[Remark]:
    """Tell what was counted, if it happened at all."""
    brief = None if each.now.brief is None else len(each.now.brief)
    brief_before = None if each.before.brief is None else len(each.before.brief)
    for rank, key, now, before, what in (
        (
            10,
            "brief_outages",
            brief,
            brief_before,
            "Outages of {} that were over before anybody was told",
        ),
        (9, "restarts", each.now.restarts, each.before.restarts, "Restarts of {}"),
        (11, "reconnects", each.now.reconnects, each.before.reconnects, "Lost connections of {}"),
    ):
        if now:
            last = None if each.new else before
            yield Remark(
                rank + (20 if last is not None and now <= last else 0),
                key,
                f"{what.format(each.name)}: {compared(now, last)}.",
                {key: now, f"{key}_before": last},
            )


def _quiet(each: ServerWeeks) -> Iterator[Remark]:
    if each.now.incidents == () and not each.now.brief:
        before = None if each.before.incidents is None else len(each.before.incidents)
        yield Remark(
            40,
            "no_incident",
            f"No incident of {each.name} was open"
            f"{'' if before is None else f' (week before: {before})'}, in "
            f"{times(each.now.known_minutes, 'known minute')}.",
            {
                "incidents": 0,
                "incidents_before": before,
                "known_minutes": each.now.known_minutes,
            },
        )


RELIABILITY: tuple[Callable[[ServerWeeks], Iterator[Remark]], ...] = (
    _unseen,
    _outages,
    _stopped,
    _availability,
    _calls,
    _worst_tool,
    _budgets,
    _counted,
    _quiet,
)

"""What the weeks have taught: the blocks of beliefs.md, renewed with each report."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from ..assess.finding import Severity
from ..assess.histogram import quantile
from ..assess.incident import Incident
from ..assess.ledger import Totals, together
from .blocks import Block
from .material import Material, ServerMaterial, Week
from .outages import (
    REMEMBERED,
    change_of,
    ended_by,
    goes_on,
    in_turn,
    lasted,
    name_of,
    outages,
    single_outages,
)
from .period import USUAL_DAYS
from .phrases import capital, in_unit, listing, part_of, percent, size, span, times
from .render import filled
from .risk import Prediction

_WEEKS = "the last 12 weeks"
_CALLS_OF = "at most five weeks"
_COINCIDE = 3
_SHARE_OF_HOUR = 0.25
_SHARE_OF_WEEKDAY = 0.5
"""Three incidents of many in an hour, or on a weekday, are no pattern."""

_MOST = 5
_MOST_LINES = 40
_LEAST_CALLS = 20

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Group:
    """Plain lines under a heading."""

    name: str
    lines: Sequence[str]


def beliefs(material: Material, predictions: Sequence[Prediction]) -> tuple[Block, ...]:
    """Return the blocks: patterns, performance, incidents and predictions."""
    blocks = (
        ("patterns", "Patterns observed", _of_each(_patterns, material)),
        ("performance", "Performance characteristics", _of_each(_performance, material)),
        ("incidents", "Incidents and learnings", _of_each(_incidents, material)),
        ("predictions", "Predictions", _predictions(predictions)),
    )
    until = date.fromordinal(material.week.last_day).isoformat()
    return tuple(
        (
            name,
            filled("beliefs.md.jinja", {"title": title, "until": until, "groups": groups}),
        )
        for name, title, groups in blocks
    )


def _of_each(
    lines: Callable[[ServerMaterial, Material], list[str]], material: Material
) -> list[Group]:
    return [Group(server.name, lines(server, material)) for server in material.servers]


def _patterns(server: ServerMaterial, material: Material) -> list[str]:
    week = material.week
    known = [
        each
        for each in server.incidents
        if each.worst <= Severity.P2
        and not each.in_maintenance
        and each.part_of is None
        and week.until - REMEMBERED < each.started_at < week.until
    ]
    found = [*_coincidences(known, week), *_preceded(known)]
    if not known:
        found.append(f"No incident (P0 to P2) in {_WEEKS}.")
    elif not found and len(known) < _COINCIDE:
        number = "One incident" if len(known) == 1 else times(len(known), "incident")
        found.append(f"{number} (P0 to P2) in {_WEEKS}: too few for a pattern.")
    elif not found:
        found.append(
            f"No hour of the day, weekday or change stands out among "
            f"{times(len(known), 'incident')} (P0 to P2) of {_WEEKS}."
        )
    return [*found, *_failing(server)]


def _coincidences(known: Sequence[Incident], week: Week) -> list[str]:
    starts = [week.local(each.started_at) for each in known]
    lines = []
    for hour, count in sorted(Counter(start.hour for start in starts).items()):
        if count >= max(_COINCIDE, _SHARE_OF_HOUR * len(known)):
            lines.append(
                f"{count} of {times(len(known), 'incident')} of {_WEEKS} began between "
                f"{hour:02}:00 and {hour:02}:59."
            )
    for day, count in sorted(Counter(start.weekday() for start in starts).items()):
        if count >= max(_COINCIDE, _SHARE_OF_WEEKDAY * len(known)):
            lines.append(
                f"{count} of {times(len(known), 'incident')} of {_WEEKS} began on a "
                f"{_WEEKDAYS[day]}."
            )
    return lines


def _preceded(known: Sequence[Incident]) -> list[str]:
    hints = Counter(each.hint for each in known if each.hint is not None)
    return [
        f"{capital(part_of(count, len(known), 'incident'))} of {_WEEKS} began within 15 minutes after "
        f"{change_of(hint)}."
        for hint, count in sorted(hints.items(), key=lambda row: (-row[1], row[0]))
    ]


def _failing(server: ServerMaterial) -> list[str]:
    calls = server.calls
    lately = {
        tool: together(
            [part[tool] for part in (calls.usual, calls.week) if tool in part],
        )
        for tool in {*calls.usual, *calls.week}
    }
    if not lately:
        return [f"No tool call of {_CALLS_OF} is known."]
    failing = sorted(
        ((each.bad, tool, each) for tool, each in lately.items() if each.bad),
        key=lambda row: (-row[0], row[1]),
    )
    if not failing:
        total = sum(each.calls for each in lately.values())
        counted = times(total, "tool call")
        return [f"None of {counted} of {_CALLS_OF} failed by the fault of the server or its link."]
    return [_failing_line(tool, each) for _, tool, each in failing[:_MOST]]


def _failing_line(tool: str, each: Totals) -> str:
    codes = listing([f"{code} ({count})" for code, count in each.codes[:3]])
    return (
        f"{tool} failed in {each.bad} of {times(each.valid, 'call')} of {_CALLS_OF} by the fault of "
        f"the server or its link ({percent(each.error_rate or 0.0)}); all its codes: {codes}."
    )


def _performance(server: ServerMaterial, material: Material) -> list[str]:
    last = material.week.last_day
    days = server.diary.of(range(last - USUAL_DAYS + 1, last + 1))
    lines = []
    counts = [day.response for day in days if day.response]
    added = [sum(each) for each in zip(*counts, strict=True)]
    p50, p95 = quantile(added, 0.5), quantile(added, 0.95)
    if p50 is None or p95 is None:
        lines.append("Response time of the endpoint: unknown.")
    else:
        lines.append(
            f"Response time of the endpoint: median {span(p50)}, 95th percentile {span(p95)} "
            f"({times(sum(added), 'answer')} of {times(len(counts), 'day')})."
        )
    lines.append(_calls(server))
    starts = [seconds for day in days for seconds in day.startups]
    lines.append(
        f"Start-up time: median {span(median(starts))}, from {span(min(starts))} to "
        f"{span(max(starts))} ({times(len(starts), 'start')})."
        if starts
        else "Start-up time: unknown, no start was timed."
    )
    lows = [day.memory_low for day in days if day.memory_low is not None]
    highs = [day.memory_high for day in days if day.memory_high is not None]
    lines.append(
        f"Memory: from {size(min(lows))} to {size(max(highs))} ({times(len(highs), 'day')})."
        if lows and highs
        else "Memory of ha-mcp alone: unknown."
    )
    logs = [(day.day, day.usage_log) for day in days if day.usage_log is not None]
    if logs:
        (first, before), (latest, now) = logs[0], logs[-1]
        lines.append(
            f"Usage log: {size(now)}, {size(before)} {times(latest - first, 'day')} before."
        )
    return lines


def _calls(server: ServerMaterial) -> str:
    known = together([*server.calls.usual.values(), *server.calls.week.values()])
    if known.calls < _LEAST_CALLS:
        return f"Duration of tool calls: unknown, of only {times(known.calls, 'call')}."
    p50, p95 = quantile(known.latency, 0.5) or 0.0, quantile(known.latency, 0.95) or 0.0
    return (
        f"Duration of tool calls: median {span(p50)}, 95th percentile {span(p95)} "
        f"({times(known.calls, 'call')} of {_CALLS_OF})."
    )


def _incidents(server: ServerMaterial, material: Material) -> list[str]:
    week = material.week
    known = outages(server, week, REMEMBERED)
    lines = [_incident(server, each, material) for each in known[:_MOST_LINES]]
    brief = sum(
        each.brief and week.until - REMEMBERED < each.started_at < week.until
        for each in server.incidents
    )
    if not known:
        watched = min(REMEMBERED, max(0.0, week.until - server.watched_since))
        lines.append(f"No P0 or P1 in {span(watched)} of watching.")
    if brief:
        lines.append(f"{times(brief, 'outage')} more, over before anybody had to be told.")
    return lines


def _how_long(outage: Incident) -> str:
    if goes_on(outage):
        return "has gone on for"
    return "is open, and has lasted" if outage.is_open else "lasted"


def _time_of(incident: Incident, week: Week) -> str:
    known, took = single_outages(incident, week.until), span(lasted(incident, week.until))
    if len(known) < 2:
        return took
    out = span(sum(each.seconds for each in known))
    of_it = "" if out == took else f", {out} of it"
    return f"{took}{of_it} in {len(known)} outages"


def _incident(server: ServerMaterial, outage: Incident, material: Material) -> str:
    week = material.week
    began = f"{week.local(outage.started_at):%Y-%m-%d %H:%M}"
    subject = f" ({outage.subject})" if outage.subject else ""
    facts = [
        f"{began}, {outage.worst.upper()}: {name_of(outage.rule, material)}{subject}",
        f"{_how_long(outage)} {_time_of(outage, week)}",
    ]
    if (turns := in_turn(outage, week.until, material)) is not None:
        facts.append(f"in turn it was {turns}")
    if outage.time_to_detect is not None:
        facts.append(f"noticed at most {span(outage.time_to_detect)} after it began")
    if outage.hint is not None:
        facts.append(f"began just after {change_of(outage.hint)}")
    if not outage.is_open:
        deed = ended_by(server, outage)
        facts.append(
            "ended by itself, as far as anybody saw"
            if deed is None
            else f"ended just after {change_of(deed)}"
        )
    return f"{'; '.join(facts)}."


_STATES = ((None, "Open"), (True, "Confirmed"), (False, "Refuted"))


def _predictions(predictions: Sequence[Prediction]) -> list[Group]:
    return [
        Group(
            name,
            [_prediction(each) for each in predictions if each.confirmed is state] or ["None."],
        )
        for state, name in _STATES
    ]


def _prediction(prediction: Prediction) -> str:
    unit = prediction.unit
    measured = "unknown" if prediction.measured is None else in_unit(prediction.measured, unit)
    when = "now" if prediction.judged is None else f"on {prediction.judged}"
    return (
        f"Made on {prediction.made}: {prediction.statement} Measured {when}: {measured}, against "
        f"{in_unit(prediction.threshold, unit)}."
    )

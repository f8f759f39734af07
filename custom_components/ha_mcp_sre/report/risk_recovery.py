"""Recovery gaps: outages that took long, that needed a person, that nobody answered, that return."""

from itertools import groupby
from operator import itemgetter

from ..assess.finding import Severity, rule_of
from ..assess.incident import Incident, repaired
from .material import Material, ServerMaterial, Week
from .outages import Outage, change_of, ended_by, name_of, name_of_key, outages, single_outages
from .phrases import capital, listing, part_of, span, times
from .risk import CLEAR, Answer, Hazard

_LONG = 30 * 60.0
_UNANSWERED = 15 * 60.0
"""Who is paged for something that is over sooner than this has nothing to answer."""

_AGAIN = 3


def long_outages(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether outages lasted longer than half an hour."""
    week = material.week
    known = [
        outage for each in outages(server, week) for outage in single_outages(each, week.until)
    ]
    long = [each for each in known if each.seconds > _LONG]
    if not long:
        return CLEAR
    worst, still = max(long, key=lambda each: each.seconds), sum(each.goes_on for each in long)
    going_on = f" {times(still, 'of them goes', 'of them go')} on." if still else ""
    if len(known) == 1:
        going_on = " It goes on." if still else ""
    return [
        Hazard(
            Severity.P1 if still else Severity.P2,
            title=f"Recover {server.name} within 30 minutes",
            current_state=(
                f"{capital(part_of(len(long), len(known), 'outage'))} in the last 28 days lasted "
                f"longer than 30 minutes: {'the longest ' if len(long) > 1 else ''}"
                f"{span(worst.seconds)} ({name_of(worst.rule, material)}).{going_on}"
            ),
            risk=(
                f"The server, or a major part of it, was out of use for "
                f"{span(sum(each.seconds for each in long))} in "
                f"{'these outages' if len(long) > 1 else 'this outage'}."
            ),
            mitigation=material.words.advice_on(worst.rule, server.mode)
            or "Follow the runbook of the incident.",
            evidence={
                "outages": len(known),
                "long": len(long),
                "open": still,
                "longest_seconds": round(worst.seconds),
                "rule": worst.rule.value,
            },
        )
    ]


def by_hand(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether outages ended only when somebody restarted or reloaded something."""
    week = material.week
    known = repaired(outages(server, week))
    deeds = [
        (each, deed)
        for each in known
        # What became less than an outage did not end as one.
        if each.severity <= Severity.P1 and (deed := ended_by(server, each)) is not None
    ]
    if not deeds:
        return CLEAR
    waited = sum(_last_of(each, week) for each, _ in deeds) / len(deeds)
    kinds = sorted({change_of(deed) for _, deed in deeds})
    return [
        Hazard(
            Severity.P2 if len(deeds) > 1 else Severity.P3,
            title=f"Let {server.name} recover without a person",
            current_state=(
                f"{capital(part_of(len(deeds), len(known), 'outage'))} that ended in the last 28 "
                f"days ended just after {listing(kinds)}, {span(waited)} after the beginning"
                f"{' on average' if len(deeds) > 1 else ''}."
            ),
            risk="An outage at night or on a journey lasts until somebody is there.",
            mitigation=(
                "Use the triggers of HA-MCP SRE in an automation: on Incident paged, restart what "
                "helped here, at most once per incident."
            ),
            evidence={"outages": len(known), "by_hand": len(deeds), "mean_seconds": round(waited)},
        )
    ]


def _last_of(incident: Incident, week: Week) -> float:
    """Return for how long the last outage of an incident lasted, in seconds."""
    return sum(each.seconds for each in single_outages(incident, week.until)[-1:])


def unanswered_pages(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether people were paged, and nobody said that they take care."""
    week = material.week
    pages = [
        (each, _longest_after(each, each.paged_at, week))
        for each in outages(server, week)
        if each.paged_at is not None and each.paged_at < week.until
    ]
    unanswered = [
        (each, waited)
        for each, waited in pages
        # Also before it came back: what is open again is nobody's any more.
        if waited > _UNANSWERED and each.first_acknowledged_at is None
    ]
    if not unanswered:
        return CLEAR
    longest = max(waited for _, waited in unanswered)
    return [
        Hazard(
            Severity.P2 if len(unanswered) >= _AGAIN else Severity.P3,
            title=f"Answer the pages of {server.name}",
            current_state=(
                f"{capital(part_of(len(unanswered), len(pages), 'page'))} in the last 28 days "
                f"{'was' if len(unanswered) == 1 else 'were'} not acknowledged, though the outage "
                f"went on for more than 15 minutes after it: for {span(longest)}"
                f"{' at the longest' if len(unanswered) > 1 else ''}."
            ),
            risk="A page that nobody answers may be one that nobody saw.",
            mitigation=(
                "Check with the action Test alert that a page reaches somebody, and choose under "
                "Notify in the options of the server whom. Who takes care says so in the repair."
            ),
            evidence={
                "pages": len(pages),
                "unanswered": len(unanswered),
                "longest_seconds": round(longest),
            },
        )
    ]


def _longest_after(incident: Incident, at: float, week: Week) -> float:
    """Return for how long an outage lasted after a moment, in seconds: the longest of it."""
    known = single_outages(incident, week.until)
    return max((each.ended - max(each.began, at) for each in known), default=0.0)


def recurring(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether the same outage came three times or more."""
    week = material.week
    known = [
        (_key(outage, each), outage.seconds, each.hint)
        for each in outages(server, week)
        for outage in single_outages(each, week.until)
    ]
    hazards = []
    for key, group in groupby(sorted(known, key=itemgetter(0)), key=itemgetter(0)):
        # An outage that comes back within minutes is one incident of several.
        same = list(group)
        if len(same) < _AGAIN:
            continue
        total = sum(seconds for _, seconds, _ in same)
        hints = sorted({hint for *_, hint in same if hint is not None})
        before = f" Just before: {listing([change_of(hint) for hint in hints])}." if hints else ""
        rule = rule_of(key)
        hazards.append(
            Hazard(
                Severity.P2,
                title=f"Improve the reliability of {server.name}: {name_of_key(key, material)}",
                current_state=(
                    f"It happened {len(same)} times in the last 28 days, for {span(total)} "
                    f"together.{before}"
                ),
                risk=f"At that rate it happens every {span(28 * 86_400 / len(same))}.",
                mitigation=material.words.advice_on(rule, server.mode)
                or "Follow the runbook of the incident.",
                evidence={"times": len(same), "seconds": round(total), "rule": rule.value},
                subject=key,
            )
        )
    return hazards


def _key(outage: Outage, incident: Incident) -> str:
    """Return the key of what an outage was for most of its time, as far as that is known."""
    return incident.key if outage.rule is incident.rule else outage.rule

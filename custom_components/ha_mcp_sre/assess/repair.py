"""For how long outages lasted, without the time for which their incidents were less than that."""

from collections.abc import Iterable
from dataclasses import replace

from .incident import OUTAGES, Incident, repaired
from .rules import RULES

_OUTAGE_RULES = frozenset(key for key, rule in RULES.items() if rule.severity in OUTAGES)


def only_as(incident: Incident, *, outage: bool) -> Incident:
    """Return an incident with its spells as an outage (P0 or P1) only, or with those as less.

    With all of them if it always was the other.
    """
    # What an older version stored may name a rule that is none any longer.
    spells = (
        each
        for each in incident.bad_times
        if (each.key.partition(":")[0] in _OUTAGE_RULES) is outage
    )
    return replace(incident, bad_times=tuple(spells) or incident.bad_times)


def time_out(incident: Incident, now: float) -> float:
    """Return for how long an incident was an outage, in seconds; if it never was, was bad."""
    return only_as(incident, outage=True).time_bad(now)


def mean_time_to_repair(incidents: Iterable[Incident]) -> float | None:
    """Return how long the outages that were `repaired` lasted, in the mean, in seconds.

    None if there were none.
    """
    times = [time_out(each, each.last_bad_at) for each in repaired(incidents)]
    return sum(times) / len(times) if times else None

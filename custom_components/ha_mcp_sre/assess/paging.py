"""Paging: when people are told of an incident. Detected is not paged."""

from collections.abc import Iterable

from .incident import Incident
from .policy import Policy


def is_to_be_told(incident: Incident, policy: Policy) -> bool:
    """Return whether people do not know yet how bad an incident is that they should know of."""
    if incident.severity not in policy.grace or incident.acknowledged_at is not None:
        return False
    return incident.told is None or incident.severity < incident.told


def page_due(incident: Incident, policy: Policy) -> float:
    """Return when an outage has lasted too long not to be told, in Unix seconds.

    The grace begins when the outage gets as bad as it is, if nobody knows of it at the latest
    when it would have ended for the mildest outage that is told.
    """
    due = incident.turned_at + policy.grace[incident.severity]
    if incident.told is not None:
        return due
    return min(due, incident.spells[-1] + max(policy.grace.values()))


def are_too_many(incidents: Iterable[Incident], key: str, now: float, policy: Policy) -> bool:
    """Return whether outages of one kind are so many lately that even a brief one is told.

    Those that began in a maintenance do not count.
    """
    since = now - policy.brief_outages_window
    spells = [
        spell
        for incident in incidents
        if incident.key == key and not incident.in_maintenance
        for spell in incident.spells
        if spell > since
    ]
    return len(spells) >= policy.brief_outages

"""Paging: when people are told of an incident. Detected is not paged."""

from collections.abc import Iterable

from .incident import ChangeKind, Incident
from .policy import Policy


def is_to_be_told(incident: Incident, policy: Policy) -> bool:
    """Return whether people do not know yet how bad an incident is that they should know of."""
    known = (incident.told, incident.acknowledged)
    return incident.severity in policy.grace and all(
        each is None or incident.severity < each for each in known
    )


def page_due(incident: Incident, policy: Policy) -> float:
    """Return when an outage has lasted too long not to be told, in Unix seconds.

    The grace begins when the outage gets as bad as it is; if nobody knows of it, it ends at the
    latest when it would have for the mildest outage that is told.
    """
    due = max(incident.turned_at, incident.grace_from) + policy.grace[incident.severity]
    if incident.told is not None or incident.acknowledged is not None:
        return due
    return min(due, incident.grace_from + max(policy.grace.values()))


def are_too_many(incidents: Iterable[Incident], key: str, now: float, policy: Policy) -> bool:
    """Return whether outages of one kind are so many lately that even a brief one is told.

    Those that began in a maintenance do not count; and who was told lately knows.
    """
    since = now - policy.brief_outages_window
    spells = [
        (each, spell)
        for each in incidents
        for spell in each.bad_times
        if spell.key == key and spell.began > since and not spell.in_maintenance
    ]
    pages = [
        moment
        for each, _ in spells
        for moment in each.timeline
        if moment.kind is ChangeKind.PAGED and moment.at > since
    ]
    return len(spells) >= policy.brief_outages and not pages

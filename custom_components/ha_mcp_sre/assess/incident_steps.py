"""What can happen to an incident: each step returns it as it is afterwards."""

from dataclasses import replace
from hashlib import sha256

from .finding import Finding
from .incident import OUTAGES, ChangeKind, Incident, Moment, Spell
from .look import Look

MOST_MOMENTS = 100


def opened(
    finding: Finding, look: Look, since: float, *, was_quiet: bool, last_good_at: float | None
) -> Incident:
    """Return a new incident, that of a finding which holds since then.

    Its grace comes after the time in which a reload explained it.
    """
    digest = sha256(f"{finding.key} {since}".encode()).hexdigest()
    return Incident(
        # Beginning with a letter, so that no format takes it for a number.
        id=f"i{digest[:7]}",
        rule=finding.rule,
        subject=finding.subject,
        severity=finding.severity,
        worst=finding.severity,
        evidence=finding.evidence,
        started_at=since,
        detected_at=look.at,
        last_bad_at=look.at,
        last_good_at=last_good_at,
        bad_times=(Spell(finding.key, since, in_maintenance=look.maintenance),),
        turned_at=since,
        grace_from=look.at if was_quiet else since,
        hint=look.hint(since),
        in_maintenance=look.maintenance,
    )


def begun_again(incident: Incident, finding: Finding, look: Look, since: float) -> Incident:
    """Return an incident that is bad again, or otherwise, in a spell that began then."""
    is_rest = finding.severity > incident.severity
    *before, last = incident.bad_times
    over = replace(last, ended=incident.bad_until(since))
    spell = Spell(finding.key, since, in_maintenance=look.maintenance)
    return replace(
        incident,
        clean_since=None,
        bad_times=(*before, over, spell)[-MOST_MOMENTS:],
        turned_at=since,
        grace_from=since,
        in_maintenance=incident.in_maintenance and (look.maintenance or is_rest),
    )


def reopened(incident: Incident, finding: Finding, look: Look, since: float) -> Incident:
    """Return an incident that was over, and is not: its finding holds again since then."""
    return replace(
        begun_again(incident, finding, look, since),
        severity=finding.severity,
        evidence=finding.evidence,
        last_bad_at=look.at,
        resolved_at=None,
        acknowledged_at=None,
        acknowledged=None,
        part_of=None,
    )


def turned(
    incident: Incident, finding: Finding, look: Look, since: float
) -> tuple[ChangeKind, Incident]:
    """Return an incident that became that of another finding then, and what that is called."""
    is_worse = finding.severity <= incident.severity
    is_one_outage = {incident.severity, finding.severity} <= OUTAGES
    if not is_one_outage or incident.clean_since not in {None, since}:
        incident = begun_again(incident, finding, look, since)
    if not is_worse and incident.told is not None:
        # Should it get worse again, that is news again.
        incident = replace(incident, told=max(incident.told, finding.severity))
    *before, last = incident.bad_times
    turned = replace(
        incident,
        turned_at=look.at,
        clean_since=None,
        rule=finding.rule,
        subject=finding.subject,
        severity=finding.severity,
        worst=min(incident.worst, finding.severity),
        evidence=finding.evidence,
        last_bad_at=look.at,
        bad_times=(*before, replace(last, key=finding.key) if is_worse else last),
        absorbed=(incident.absorbed | {incident.key}) - {finding.key},
    )
    kind = ChangeKind.ESCALATED if is_worse else ChangeKind.DE_ESCALATED
    return kind, with_moment(turned, kind, since)


def watched_again(incident: Incident, look: Look) -> Incident:
    """Return an open incident with its grace anew: nobody knows how it was meanwhile."""
    clean = incident.clean_since
    return replace(
        incident,
        unwatched=True,
        # A clock may have been set back.
        turned_at=min(incident.turned_at, look.since),
        grace_from=look.since,
        clean_since=None if clean is None else min(clean, look.since),
    )


def over(incident: Incident, end: float) -> Incident:
    """Return an incident that ended then."""
    return replace(incident, resolved_at=end, clean_since=None, told=None)


def with_moment(incident: Incident, kind: ChangeKind, now: float) -> Incident:
    """Return an incident to which something has happened, with that in its timeline."""
    moments = (*incident.timeline, Moment(now, kind, incident.rule, incident.evidence))
    if len(moments) > MOST_MOMENTS:
        # How it began and how it ended matter most.
        moments = (*moments[: MOST_MOMENTS // 2], *moments[-MOST_MOMENTS // 2 :])
    return replace(incident, timeline=moments)

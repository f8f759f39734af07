"""An incident: the life of a finding. Times are Unix seconds."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .finding import Evidence, RuleKey, Severity

MOST_MOMENTS = 100

_OUTAGES = frozenset({Severity.P0, Severity.P1})


class ChangeKind(StrEnum):
    """What can happen to an incident."""

    OPENED = "opened"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    DE_ESCALATED = "de_escalated"
    PAGED = "paged"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of an incident's timeline."""

    at: float
    kind: ChangeKind
    rule: RuleKey
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident of one server.

    `started_at` is the first observation that was bad, `last_good_at` the last one before it,
    `detected_at` when the incident was opened. `clean_since` is the first of the good
    observations that were made since, while it is not resolved yet. `spells` are the beginnings
    of the outages within it: one that comes back soon is the same incident. `absorbed` are the
    keys of the findings that it explains. `turned_at` is since when it is bad by the rule it has. `hint` names what changed shortly before.
    """

    id: str
    rule: RuleKey
    subject: str | None
    severity: Severity
    worst: Severity
    evidence: Evidence
    started_at: float
    detected_at: float
    last_bad_at: float
    spells: tuple[float, ...]
    turned_at: float = 0.0
    last_good_at: float | None = None
    clean_since: float | None = None
    resolved_at: float | None = None
    paged_at: float | None = None
    told: Severity | None = None
    """The severity of which people were told; None if they know nothing, or that it is over."""
    acknowledged_at: float | None = None
    acknowledged: Severity | None = None
    """The severity of which somebody takes care; None if nobody said so."""
    hint: str | None = None
    in_maintenance: bool = False
    unwatched: bool = False
    """Whether nobody watched for a part of it: its end lies between two observations."""
    absorbed: frozenset[str] = field(default_factory=frozenset)
    timeline: tuple[Moment, ...] = ()

    @property
    def key(self) -> str:
        """The key of the finding whose life this is."""
        return self.rule if self.subject is None else f"{self.rule}:{self.subject}"

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.resolved_at is None

    @property
    def is_taken_care_of(self) -> bool:
        """Whether somebody said so, when it was as bad as it is now."""
        return self.acknowledged is not None and self.acknowledged <= self.severity

    @property
    def is_outage(self) -> bool:
        """Whether it was a P0 or P1 at its worst."""
        return self.worst in _OUTAGES

    @property
    def brief(self) -> bool:
        """Whether it was an outage that was over before anybody had to be told."""
        return self.is_outage and self.resolved_at is not None and self.paged_at is None

    @property
    def counts(self) -> bool:
        """Whether it is an outage that figures are made of: neither brief nor in maintenance."""
        return self.is_outage and not self.brief and not self.in_maintenance

    def first(self, kind: ChangeKind) -> float | None:
        """Return when something happened to it for the first time; None if it did not.

        The other fields know only what is so now: what came back asks for care anew.
        """
        known = (moment.at for moment in self.timeline if moment.kind is kind)
        return next(known, None)

    @property
    def first_acknowledged_at(self) -> float | None:
        """When somebody first took care of it, though it may have come back since."""
        said = self.first(ChangeKind.ACKNOWLEDGED)
        return self.acknowledged_at if said is None else said

    @property
    def paged_again(self) -> bool:
        """Whether people were told twice that it is open: it had become worse."""
        kinds = [moment.kind for moment in self.timeline]
        if ChangeKind.RESOLVED in kinds:
            kinds = kinds[-kinds[::-1].index(ChangeKind.RESOLVED) :]
        return kinds.count(ChangeKind.PAGED) > 1

    def duration(self, now: float) -> float:
        """Return for how long it has lasted, in seconds."""
        return max(0.0, (self.resolved_at or now) - self.started_at)

    @property
    def time_to_detect(self) -> float | None:
        """From the last good observation to the incident in seconds: at most that long."""
        return None if self.last_good_at is None else max(0.0, self.detected_at - self.last_good_at)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to an incident, which is shown as it was just after.

    `told` says whether people know of the incident: its end matters to those only.
    """

    kind: ChangeKind
    incident: Incident
    at: float
    told: bool = False


def repaired(incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    """Return the outages that are over; those that were brief or in maintenance are none."""
    return tuple(each for each in incidents if each.counts and not each.is_open)


def mean_time_to_repair(incidents: Iterable[Incident]) -> float | None:
    """Return the mean duration of the outages that were `repaired`, in seconds; None of none."""
    durations = [
        each.resolved_at - each.started_at for each in repaired(incidents) if each.resolved_at
    ]
    return sum(durations) / len(durations) if durations else None


def begun_again(incident: Incident, now: float) -> Incident:
    """Return an incident whose outage has come back."""
    spells = (*incident.spells, now)[-MOST_MOMENTS:]
    return replace(incident, clean_since=None, spells=spells, turned_at=now)


def with_moment(incident: Incident, kind: ChangeKind, now: float) -> Incident:
    """Return an incident to which something has happened, with that in its timeline."""
    moments = (*incident.timeline, Moment(now, kind, incident.rule, incident.evidence))
    if len(moments) > MOST_MOMENTS:
        # How it began and how it ended matter most.
        moments = (*moments[: MOST_MOMENTS // 2], *moments[-MOST_MOMENTS // 2 :])
    return replace(incident, timeline=moments)

"""An incident: the life of a finding. Times are Unix seconds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from .finding import Evidence, RuleKey, Severity, key_of

OUTAGES = frozenset({Severity.P0, Severity.P1})
"""The severities of an outage: it counts, and people are paged."""


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
class Spell:
    """A time for which an incident was bad without a break.

    `key` is that of the worst finding by which it was. It `began` with the first observation
    that was bad and `ended` with the first good one after it, which of the last spell the
    incident itself knows. An outage that turns into less than one, or that into an outage, ends
    a spell as well.
    """

    key: str
    began: float
    ended: float | None = None
    in_maintenance: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident of one server.

    `started_at` is the first observation that was bad, `last_good_at` the last one before it,
    `detected_at` when the incident was opened. `clean_since` is the first of the good
    observations that were made since, while it is not resolved yet. `bad_times` are its last
    spells, at least one: what comes back soon is the same incident. `turned_at` is since when it
    is bad by the rule it has, and `grace_from` when the grace of the last spell begins: not
    before a reload that explained it is over, or somebody watches again. `absorbed` are the keys
    of the findings that it explains. `hint` names what changed shortly before.
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
    bad_times: tuple[Spell, ...]
    turned_at: float = 0.0
    grace_from: float = 0.0
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
    """Whether all of its spells began in one."""
    unwatched: bool = False
    """Whether nobody watched for a part of it: its end lies between two observations."""
    absorbed: frozenset[str] = field(default_factory=frozenset)
    part_of: str | None = None
    """The id of the incident of which it turned out to be a sign, and that goes on instead."""
    timeline: tuple[Moment, ...] = ()

    @property
    def key(self) -> str:
        """The key of the finding whose life this is."""
        return key_of(self.rule, self.subject)

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
        return self.worst in OUTAGES

    @property
    def brief(self) -> bool:
        """Whether it was an outage that was over before anybody had to be told."""
        is_over = self.resolved_at is not None and self.part_of is None
        return self.is_outage and is_over and self.paged_at is None

    @property
    def counts(self) -> bool:
        """Whether it is an outage that figures are made of.

        One that was brief, in maintenance or the sign of another is none.
        """
        is_none = self.brief or self.in_maintenance or self.part_of is not None
        return self.is_outage and not is_none

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

    @property
    def spells(self) -> tuple[float, ...]:
        """When its spells began."""
        return tuple(each.began for each in self.bad_times)

    def duration(self, now: float) -> float:
        """Return the time from its beginning to its end, in seconds, good times in between too."""
        return max(0.0, (self.resolved_at or now) - self.started_at)

    def time_bad(self, now: float) -> float:
        """Return for how long it was bad, in seconds: its spells, added up."""
        until = self.bad_until(now)
        ends = (until if each.ended is None else each.ended for each in self.bad_times)
        return sum(
            max(0.0, end - each.began) for each, end in zip(self.bad_times, ends, strict=True)
        )

    def bad_until(self, now: float) -> float:
        """Return when its last spell ended, or now if that goes on."""
        over = self.clean_since if self.resolved_at is None else self.resolved_at
        return now if over is None else over

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
    """Return the outages that are over, but for those that do not count."""
    return tuple(each for each in incidents if each.counts and not each.is_open)

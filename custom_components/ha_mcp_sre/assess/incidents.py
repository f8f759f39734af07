"""The incidents of one server: opened, absorbed, paged, resolved, and remembered."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .finding import Finding, RuleKey, rule_of
from .incident import Change, ChangeKind, Incident
from .incident_steps import begun_again, opened, over, reopened, turned, watched_again, with_moment
from .look import Look
from .paging import are_too_many, is_to_be_told, page_due
from .policy import Policy
from .rules import RULES

MOST_INCIDENTS = 1_000


class Incidents:
    """Every incident that is remembered. No method reads a clock."""

    def __init__(self, policy: Policy, kept: Iterable[Incident] = ()) -> None:
        """Go on with those that were remembered: the open ones were not watched for a while."""
        self._policy = policy
        self._kept = {each.id: each for each in kept}
        for each in self.open:
            self._kept[each.id] = replace(each, unwatched=True)
        self._pending: dict[str, float] = {}
        self._quiet_at: float | None = None
        self._clear_at: dict[RuleKey, float] = {}
        self._changes: list[Change] = []

    @property
    def all(self) -> tuple[Incident, ...]:
        """Every incident, the newest first."""
        return tuple(reversed(self._kept.values()))

    @property
    def open(self) -> tuple[Incident, ...]:
        """The incidents that are not resolved, the worst of them first."""
        found = [each for each in self._kept.values() if each.is_open]
        return tuple(sorted(found, key=lambda each: (each.severity, each.started_at)))

    def look(self, look: Look) -> tuple[Change, ...]:
        """Take in what the rules say now; return what that changed, in order."""
        holding = {finding.key: finding for finding in look.findings}
        if look.resumed:
            self._resume(look)
        for incident in self.open:
            self._follow(incident, holding, look)
        self._pending = {
            key: since
            for key, since in self._pending.items()
            if key in holding or rule_of(key) in look.unknown
        }
        for finding in sorted(holding.values(), key=lambda each: each.severity):
            self._take_up(finding, look)
        for incident in self.open:
            self._page(incident, look)
        if look.quiet:
            self._quiet_at = look.at
        clear = RULES.keys() - look.unknown - {each.rule for each in holding.values()}
        self._clear_at |= dict.fromkeys(clear, look.at)
        return self._taken()

    def acknowledge(self, incident_id: str, now: float) -> Change | None:
        """Note that somebody takes care of an incident; None if it is not open, or known to be."""
        incident = self._kept.get(incident_id)
        if incident is None or not incident.is_open or incident.is_taken_care_of:
            return None
        known = replace(incident, acknowledged_at=now, acknowledged=incident.severity)
        self._change(ChangeKind.ACKNOWLEDGED, known, now)
        return self._taken()[0]

    def due(self) -> float | None:
        """Return when the next page or resolution is due if all stays as it is."""
        times = [
            page_due(incident, self._policy)
            if incident.clean_since is None
            else incident.clean_since + self._clean_time(incident)
            for incident in self.open
            if incident.clean_since is not None or is_to_be_told(incident, self._policy)
        ]
        times += [since + RULES[rule_of(key)].hold for key, since in self._pending.items()]
        return min(times, default=None)

    def page_due(self, rule: RuleKey) -> float | None:
        """Return when people are to be told of a rule's incident if it goes on; None if never."""
        times = [
            page_due(each, self._policy)
            for each in self.open
            if each.rule is rule and each.clean_since is None and is_to_be_told(each, self._policy)
        ]
        return min(times, default=None)

    def explained_until(self, rule: RuleKey, now: float) -> float | None:
        """Return when the last incident ended that explains what a rule finds; None if none did."""
        ends = [
            each.resolved_at
            for each in self._kept.values()
            if each.resolved_at is not None and rule in RULES[each.rule].explains
        ]
        return max((end for end in ends if end <= now), default=None)

    def forget(self, now: float) -> None:
        """Drop what was resolved too long ago, and the oldest of too many."""
        oldest = now - self._policy.incidents_kept
        resolved = [each for each in self._kept.values() if each.resolved_at is not None]
        surplus = len(self._kept) - MOST_INCIDENTS
        for number, each in enumerate(resolved):
            if number < surplus or (each.resolved_at or now) < oldest:
                del self._kept[each.id]

    def _resume(self, look: Look) -> None:
        """Give what is open its grace anew: nobody knows how it was meanwhile."""
        self._pending = {}
        for incident in self.all:
            if incident.last_bad_at > look.at:
                self._keep(replace(incident, last_bad_at=look.at))
        for incident in self.open:
            self._keep(watched_again(incident, look))

    def _follow(self, incident: Incident, holding: Mapping[str, Finding], look: Look) -> None:
        """Take in what the rules say of an open incident."""
        now = look.at
        if (finding := holding.get(incident.key)) is not None:
            if incident.clean_since is not None and look.quiet:
                # What a reload explains is no outage of its own.
                incident = replace(incident, clean_since=None)
            elif incident.clean_since is not None:
                again = begun_again(incident, finding, look, look.since)
                incident = with_moment(again, ChangeKind.REOPENED, now)
            self._keep(replace(incident, evidence=finding.evidence, last_bad_at=now))
            return
        if self._is_turning(incident, holding):
            return
        if incident.rule in look.unknown:
            patience = RULES[incident.rule].patience or self._policy.unknown_patience
            if now - incident.last_bad_at <= patience:
                return
            incident = replace(incident, unwatched=True)
        clean_since = look.since if incident.clean_since is None else incident.clean_since
        incident = replace(incident, clean_since=clean_since)
        if now - clean_since < self._clean_time(incident):
            self._keep(incident)
            return
        if (lesser := self._what_remains(incident, holding)) is not None:
            self._turn(incident, lesser, look, clean_since)
            return
        end = clean_since
        came_up = look.came_up
        if incident.unwatched and came_up and incident.last_bad_at < came_up < clean_since:
            end = came_up
        was_told = incident.told is not None
        self._change(ChangeKind.RESOLVED, over(incident, end), now, told=was_told)

    def _what_remains(self, incident: Incident, holding: Mapping[str, Finding]) -> Finding | None:
        """Return the worst of what an incident absorbed that still goes on without it."""
        known = {each.key for each in self.open}
        remaining = [holding[key] for key in incident.absorbed - known if key in holding]
        return min(
            (each for each in remaining if not RULES[each.rule].lag),
            key=lambda each: list(RULES).index(each.rule),
            default=None,
        )

    def _is_turning(self, incident: Incident, holding: Mapping[str, Finding]) -> bool:
        """Return whether something greater that is new explains an incident."""
        known = {each.key for each in self.open}
        return any(
            incident.rule in RULES[finding.rule].explains and finding.key not in known
            for finding in holding.values()
        )

    def _take_up(self, finding: Finding, look: Look) -> None:
        """Open an incident for a finding, unless it belongs to one."""
        now, rule = look.at, RULES[finding.rule]
        if any(each.key == finding.key for each in self.open):
            return
        if (explained_by := self._explained_by(finding, look)) is not None:
            if explained_by.is_open and finding.key not in explained_by.absorbed:
                self._keep(replace(explained_by, absorbed=explained_by.absorbed | {finding.key}))
            return
        greater = [RULES[f.rule] for f in look.findings if finding.rule in RULES[f.rule].explains]
        if any(not each.lag or finding.severity not in self._policy.grace for each in greater):
            # It must hold for longer, or it is quiet; what pages does not wait for what may be.
            return
        since = self._pending.setdefault(finding.key, look.since)
        if look.quiet or now - since < rule.hold:
            return
        del self._pending[finding.key]
        for incident in sorted(self.open, key=lambda each: each.started_at):
            if incident.rule in rule.explains and self._may_begin_an_outage(incident, now):
                self._absorb(self._turn(incident, finding, look, look.at), look, since)
                return
        known = self._recently_resolved(finding.key, now)
        if known is not None:
            begun = reopened(known, finding, look, since)
            self._change(ChangeKind.REOPENED, begun, now)
        else:
            was_quiet = self._quiet_at is not None and since <= self._quiet_at
            good_at = self._clear_at.get(finding.rule)
            begun = opened(finding, look, since, was_quiet=was_quiet, last_good_at=good_at)
            self._change(ChangeKind.OPENED, begun, now)
        self._absorb(begun, look, since)

    def _absorb(self, incident: Incident, look: Look, since: float) -> None:
        """End the other first signs of what is wrong since then: of one trouble there is one.

        They are of calls, which are read every few minutes. What is seen at once, a restart as
        well, is not what they were signs of: they go on, or people are told that they are over.
        """
        if not RULES[incident.rule].lag:
            return
        # One reading may show a sign, and only the next enough for the whole.
        first = since - 2 * self._policy.tool_calls_interval
        for sign in self.open:
            is_sign = RULES[sign.rule].lag > 0 and sign.started_at > first
            if is_sign and sign.rule in RULES[incident.rule].explains:
                part = replace(over(sign, look.at), part_of=incident.id)
                self._change(ChangeKind.RESOLVED, part, look.at, told=False)
                known = self._kept[incident.id]
                absorbed = known.absorbed | sign.absorbed | {sign.key}
                self._keep(replace(known, absorbed=absorbed))

    def _may_begin_an_outage(self, incident: Incident, now: float) -> bool:
        """Return whether an incident can be the first sign of something greater.

        What was judged over some time and went on for longer has another cause.
        """
        if not RULES[incident.rule].lag:
            return True
        age, policy = now - incident.started_at, self._policy
        return age < policy.reopen_window and incident.severity in policy.grace

    def _explained_by(self, finding: Finding, look: Look) -> Incident | None:
        """Return the incident that explains a finding: an open one, or one just over."""
        for incident in (*self.open, *self.all):
            explains = finding.rule in RULES[incident.rule].explains
            if explains and (incident.is_open or _left_behind(finding, incident, look)):
                return incident
        return None

    def _recently_resolved(self, key: str, now: float) -> Incident | None:
        for incident in self.all:
            if incident.key == key and incident.resolved_at is not None:
                # It is dated back to the first clean look.
                window = self._policy.reopen_window + self._clean_time(incident)
                return incident if now - incident.resolved_at <= window else None
        return None

    def _page(self, incident: Incident, look: Look) -> None:
        """Tell people of an incident that has outlived its grace, or is one too many."""
        if look.quiet or look.maintenance or not is_to_be_told(incident, self._policy):
            return
        if incident.last_bad_at != look.at:
            # It may be over, or nobody can tell.
            return
        is_due = look.at >= page_due(incident, self._policy)
        if is_due or are_too_many(self._kept.values(), incident.key, look.at, self._policy):
            first = incident.paged_at or look.at
            paged = replace(incident, paged_at=first, told=incident.severity)
            self._change(ChangeKind.PAGED, paged, look.at)

    def _clean_time(self, incident: Incident) -> float:
        times = self._policy.clean_time
        return times.get(incident.rule, times.get(incident.severity, 0))

    def _turn(self, incident: Incident, finding: Finding, look: Look, since: float) -> Incident:
        """Have an incident be that of another finding, as it has been since then; return it."""
        kind, incident = turned(incident, finding, look, since)
        self._keep(incident)
        self._changes.append(Change(kind, incident, look.at, incident.told is not None))
        return incident

    def _change(
        self, kind: ChangeKind, incident: Incident, now: float, *, told: bool | None = None
    ) -> None:
        incident = with_moment(incident, kind, now)
        self._keep(incident)
        known = incident.told is not None if told is None else told
        self._changes.append(Change(kind, incident, now, known))

    def _keep(self, incident: Incident) -> None:
        self._kept[incident.id] = incident

    def _taken(self) -> tuple[Change, ...]:
        changes, self._changes = tuple(self._changes), []
        return changes


def _left_behind(finding: Finding, incident: Incident, look: Look) -> bool:
    """Return whether a finding may be of calls that failed before an incident was over.

    What is judged over some time still holds when its cause is over already.
    """
    is_recent = look.at - incident.last_bad_at < RULES[finding.rule].lag
    counted_since = finding.calls_since
    return is_recent and (counted_since is None or counted_since < incident.bad_until(look.at))

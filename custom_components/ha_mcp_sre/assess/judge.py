"""The judge of one server: what was believed before and what is believed now, made incidents."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .assessment import Assessment
from .diary import Diary
from .health import Health
from .history import Hint, History
from .incident import Change
from .incidents import Incidents
from .judgement import Judgement
from .ledger import Ledger
from .look import Look
from .objectives import Objectives, Targets
from .observation import ToolCall
from .policy import Policy
from .project import BranchState
from .rules import look
from .situation import Calls, Situation, calls_of

_GOOD: dict[Health, bool | None] = {
    Health.HEALTHY: True,
    Health.DEGRADED: False,
    Health.DOWN: False,
    Health.UNKNOWN: None,
}
_SPANS = 50


@dataclass(slots=True)
class Case:
    """All that is known of a server's past: what must survive a restart of Home Assistant.

    `maintenance_until` is when the maintenance that is on ends, `watched_until` when the server
    was judged last, in Unix seconds.
    """

    incidents: Incidents
    objectives: Objectives
    history: History
    maintenance_until: float | None = None
    watched_until: float | None = None
    diary: Diary = field(default_factory=Diary)


class Judge:
    """Decides what of all that is seen is an incident. No method reads a clock."""

    def __init__(
        self, case: Case, ledger: Ledger, targets: Targets, policy: Policy, now: float
    ) -> None:
        """Take up a case; whatever happened while nobody watched is held against nobody."""
        self._case = case
        self._ledger = ledger
        self._targets = targets
        self._policy = policy
        self._quiet_until = now
        self._excused: deque[tuple[float, float]] = deque(maxlen=_SPANS)
        self._was_excused = False
        self._settled = True
        self._was_away = False
        self._calls: Calls | None = None
        self._looked_at: float | None = None
        if case.watched_until is not None:
            self._excused.append((case.watched_until, now))
            self.disturbed(now)

    def disturbed(self, now: float) -> None:
        """Note that Home Assistant starts or stops, or that the server is reloaded.

        Until the server is seen healthy again, but for no longer than the policy's suppression,
        that explains what is found. A server that is reloaded again and again without ever
        becoming healthy is not excused anew each time.
        """
        if self._settled:
            self._settled = False
            self._quiet_until = now + self._policy.suppression

    def reloaded(self, now: float) -> None:
        """Note that the server is stopped and started anew, by a person or Home Assistant."""
        self.disturbed(now)
        self._case.history = self._case.history.noted(Hint.RELOAD, now)

    def called(self, calls: Iterable[ToolCall]) -> None:
        """Count calls for the objectives."""
        for call in calls:
            excused = any(since <= call.started <= until for since, until in self._excused)
            self._case.objectives.called(call, excluded=excused or self._is_excused(call.started))

    def maintain(self, until: float | None, now: float) -> None:
        """Begin a maintenance, or end it."""
        self._case.maintenance_until = until
        self._note_span(now)

    def acknowledge(self, incident_id: str, now: float) -> Change | None:
        """Note that somebody takes care of an incident; None if that says nothing new."""
        return self._case.incidents.acknowledge(incident_id, now)

    def look(
        self,
        current: Assessment,
        now: float,
        began: float | None = None,
        upstream: BranchState | None = None,
    ) -> tuple[Change, ...]:
        """Judge what is believed now; return what that changed of the incidents, in order.

        `began` is when the look at the server began that showed it: one that hangs takes a while.
        `upstream` is how ha-mcp's own project does, if this server is to tell of that.
        """
        case, policy = self._case, self._policy
        resumed = self._has_gap(now)
        self._looked_at = now
        if resumed:
            self._excused.append((case.watched_until or now, now))
            self._settled = True
            self.disturbed(now)
            if case.maintenance_until is not None:
                # A clock that was set back must not make it last for longer.
                latest = now + policy.maintenance_time
                case.maintenance_until = min(case.maintenance_until, latest)
        if current.reachable is not None:
            was_away, self._was_away = self._was_away, current.is_away_on_purpose
            if was_away and not self._was_away:
                # Somebody starts it again.
                self._settled = True
                self.reloaded(now)
        if current.health is Health.HEALTHY:
            self._quiet_until = min(self._quiet_until, now)
            self._settled = True
        elif current.reachable and current.home_assistant_link is None and now >= self._quiet_until:
            # Where the links cannot be looked at, it never gets any better than this.
            self._settled = True
        if case.maintenance_until is not None and now >= case.maintenance_until:
            case.maintenance_until = None
        self._note_span(now)
        before, case.history = case.history, case.history.after(current, now)
        day = self._ledger.day_of(now)
        case.diary = case.diary.after(current, before, case.history, day, now)
        started = current.server.startup_time
        if started is not None and case.history.startups != before.startups:
            case.objectives.started(now, started, excluded=self._is_excused(now))
        maintenance = case.maintenance_until is not None
        quiet = now < self._quiet_until
        case.objectives.saw(
            now,
            None if quiet else _GOOD[current.health],
            maintenance=maintenance or current.is_away_on_purpose,
        )
        case.watched_until = now
        changed_at = case.history.version_changed_at
        self._calls = calls_of(
            self._ledger, now, policy, changed_at, self._calls, self._excused_minutes(now)
        )
        situation = Situation(
            now=now,
            policy=policy,
            current=current,
            history=case.history,
            calls=self._calls,
            objectives=case.objectives,
            targets=self._targets,
            open=frozenset(incident.key for incident in case.incidents.open),
            upstream=upstream,
        )
        findings, unknown = look(situation)
        return case.incidents.look(
            Look(
                at=now,
                began=began,
                resumed=resumed,
                findings=findings,
                unknown=unknown,
                quiet=quiet,
                maintenance=maintenance,
                came_up=current.server.started_at,
                hint=case.history.hint,
            )
        )

    def due(self) -> float | None:
        """Return when something is due if all stays as it is, in Unix seconds."""
        times = (self._case.incidents.due(), self._case.maintenance_until)
        return min((time for time in times if time is not None), default=None)

    def judgement(self, now: float, known: Judgement | None = None) -> Judgement:
        """Return what is to be told; the budgets, which take time to add up, as they are known."""
        case = self._case
        told = Judgement(case.incidents.open, {}, case.maintenance_until)
        if known is not None:
            return replace(told, budgets=known.budgets)
        return replace(told, budgets=case.objectives.budgets(now, self._targets))

    def _has_gap(self, now: float) -> bool:
        """Return whether nobody looked for a while: this machine slept, or its clock was set."""
        before = self._looked_at
        if before is None:
            return self._case.watched_until is not None
        return not 0 <= now - before <= self._policy.unwatched_cycles * self._policy.cycle

    def _is_excused(self, at: float) -> bool:
        maintenance = self._case.maintenance_until
        return at < self._quiet_until or (maintenance is not None and at < maintenance)

    def _excused_minutes(self, now: float) -> frozenset[int]:
        """Return the minutes of the last hour in which failures are excused."""
        spans = [*self._excused, *([(now, now)] if self._is_excused(now) else [])]
        first = int(now // 60) - 60
        return frozenset(
            minute
            for since, until in spans
            for minute in range(max(first, int(since // 60)), int(until // 60) + 1)
        )

    def _note_span(self, now: float) -> None:
        """Remember since when failures are excused: calls are read after they were made."""
        excused = self._is_excused(now)
        if excused and not self._was_excused:
            self._excused.append((now, now))
        elif self._was_excused:
            self._excused.append((self._excused.pop()[0], now))
        self._was_excused = excused

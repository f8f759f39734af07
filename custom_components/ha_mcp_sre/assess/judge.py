"""The judge of one server: what was believed before and what is believed now, made incidents."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .assessment import Assessment
from .diary import Diary
from .finding import RuleKey
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
    was judged last, in Unix seconds. `excused` are the last spans of time in which failures were
    excused: calls are read after they were made.
    """

    incidents: Incidents
    objectives: Objectives
    history: History
    maintenance_until: float | None = None
    watched_until: float | None = None
    diary: Diary = field(default_factory=Diary)
    excused: tuple[tuple[float, float], ...] = ()


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
        self._was_excused = False
        self._settled = True
        self._was_away = False
        self._calls: Calls | None = None
        self._looked_at: float | None = None
        self._ticks: float | None = None
        if case.watched_until is not None:
            self._excuse(case.watched_until, now)
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
            self._note_span(now)

    def reloaded(self, now: float) -> None:
        """Note that the server is stopped and started anew, by a person or Home Assistant."""
        self.disturbed(now)
        self._case.history = self._case.history.noted(Hint.RELOAD, now)

    def called(self, calls: Iterable[ToolCall]) -> None:
        """Count calls for the objectives."""
        spans = self._excused_spans()
        for call in calls:
            # One that was cut off began before.
            hit = any(since <= call.ended and call.started <= until for since, until in spans)
            self._case.objectives.called(call, excluded=hit)

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
        ticks: float | None = None,
    ) -> tuple[Change, ...]:
        """Judge what is believed now; return what that changed of the incidents, in order.

        `began` is when the look at the server began that showed it: one that hangs takes a while.
        `upstream` is how ha-mcp's own project does, if this server is to tell of that. `ticks` is
        what a clock shows that never jumps, and stands still while this machine sleeps.
        """
        case = self._case
        resumed = self._has_gap(now, ticks)
        self._looked_at, self._ticks = now, ticks
        if resumed:
            self._resume(now)
        self._settle(current, now)
        if case.maintenance_until is not None and now >= case.maintenance_until:
            case.maintenance_until = None
        self._note_span(now)
        quiet = now < self._quiet_until
        self._remember(current, now, quiet=quiet)
        self._calls = calls_of(
            self._ledger,
            now,
            self._policy,
            case.history.version_changed_at,
            self._calls,
            self._excused_minutes(now),
            case.incidents.explained_until(RuleKey.TOOL_BROKEN, now),
        )
        situation = Situation(
            now=now,
            policy=self._policy,
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
                maintenance=case.maintenance_until is not None,
                came_up=current.server.started_at,
                hint=case.history.hint,
            )
        )

    def due(self) -> float | None:
        """Return when something is due if all stays as it is, in Unix seconds."""
        times = (self._case.incidents.due(), self._case.maintenance_until)
        return min((time for time in times if time is not None), default=None)

    def link_page_due(self) -> float | None:
        """Return when people are to be told that the link is broken; None if they are not."""
        return self._case.incidents.page_due(RuleKey.LINK_BROKEN)

    def judgement(self, now: float, known: Judgement | None = None) -> Judgement:
        """Return what is to be told; the budgets, which take time to add up, as they are known."""
        case = self._case
        told = Judgement(case.incidents.open, {}, case.maintenance_until)
        if known is not None:
            return replace(told, budgets=known.budgets)
        return replace(told, budgets=case.objectives.budgets(now, self._targets))

    def _resume(self, now: float) -> None:
        """Excuse the time in which nobody looked, and what is found just after it."""
        case = self._case
        self._excuse(case.watched_until or now, now)
        self._settled = True
        self.disturbed(now)
        if case.maintenance_until is not None:
            # A clock that was set back must not make it last for longer.
            latest = now + self._policy.maintenance_time
            case.maintenance_until = min(case.maintenance_until, latest)

    def _settle(self, current: Assessment, now: float) -> None:
        """Note whether what disturbed the server is over, or begins."""
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

    def _remember(self, current: Assessment, now: float, *, quiet: bool) -> None:
        """Take what is believed into the history, the diary and the objectives."""
        case = self._case
        before, case.history = case.history, case.history.after(current, now)
        day = self._ledger.day_of(now)
        case.diary = case.diary.after(current, before, case.history, day, now)
        started = current.server.startup_time
        if started is not None and case.history.startups != before.startups:
            case.objectives.started(now, started, excluded=self._is_excused(now))
        case.objectives.saw(
            now,
            None if quiet else _GOOD[current.health],
            maintenance=case.maintenance_until is not None or current.is_away_on_purpose,
        )
        case.watched_until = now

    def _has_gap(self, now: float, ticks: float | None) -> bool:
        """Return whether nobody looked for a while: this machine slept, or its clock was set."""
        before, policy = self._looked_at, self._policy
        if before is None:
            return self._case.watched_until is not None
        if not 0 <= now - before <= policy.unwatched_cycles * policy.cycle:
            return True
        if ticks is None or self._ticks is None:
            return False
        # While an outage is excused, a clock that is set in small steps excuses it no further.
        most = policy.clock_jump if self._settled else policy.cycle
        return now - before - (ticks - self._ticks) > most

    def _is_excused(self, at: float) -> bool:
        maintenance = self._case.maintenance_until
        return at < self._quiet_until or (maintenance is not None and at < maintenance)

    def _excused_spans(self) -> list[tuple[float, float]]:
        """Return when failures are excused; the span that is not over ends as is known now."""
        spans = list(self._case.excused)
        if self._was_excused:
            since, _ = spans.pop()
            spans.append((since, max(self._quiet_until, self._case.maintenance_until or 0.0)))
        return spans

    def _excused_minutes(self, now: float) -> frozenset[int]:
        """Return the minutes of the last hour in which failures are excused."""
        spans = [*self._case.excused, *([(now, now)] if self._is_excused(now) else [])]
        first = int(now // 60) - 60
        return frozenset(
            minute
            for since, until in spans
            for minute in range(max(first, int(since // 60)), int(until // 60) + 1)
        )

    def _note_span(self, now: float) -> None:
        """Remember since when failures are excused."""
        excused = self._is_excused(now)
        if excused and not self._was_excused:
            self._excuse(now, now)
        elif self._was_excused:
            *before, (since, _) = self._case.excused
            self._case.excused = (*before, (since, now))
        self._was_excused = excused

    def _excuse(self, since: float, until: float) -> None:
        self._case.excused = (*self._case.excused, (since, until))[-_SPANS:]

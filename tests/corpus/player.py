"""Plays a trace through the judgement, looking as often and at what the coordinator would.

What decides is the real code; only what does I/O, and what ties the parts together inside Home
Assistant, is done here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from zoneinfo import ZoneInfo

from custom_components.ha_mcp_sre.app import _ALARMING
from custom_components.ha_mcp_sre.assess.assessment import (
    Assessment,
    Counters,
)
from custom_components.ha_mcp_sre.assess.faults import BUDGET_FAULTS
from custom_components.ha_mcp_sre.assess.history import History
from custom_components.ha_mcp_sre.assess.incident import Change
from custom_components.ha_mcp_sre.assess.incidents import Incidents
from custom_components.ha_mcp_sre.assess.judge import Case, Judge
from custom_components.ha_mcp_sre.assess.ledger import Ledger
from custom_components.ha_mcp_sre.assess.objectives import Objectives, Targets
from custom_components.ha_mcp_sre.assess.observation import (
    About,
    Description,
    FailureKind,
    Outcome,
    Position,
    Probe,
    Stage,
    Startup,
    ToolCallReading,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.sessions import follow
from custom_components.ha_mcp_sre.assess.signals import Mode, Source
from custom_components.ha_mcp_sre.knowledge import Knowledge
from custom_components.ha_mcp_sre.observe.app_log import read_line
from tests.corpus.belief import Past, assess
from tests.corpus.world import World

_VERSION = "2026.11.0"
"""Of Home Assistant."""

_TIDY = 3600.0
"""Time between two times that what is too old is dropped: rarer than in a home, for speed."""


@dataclass(slots=True)
class Player:
    """Watches one server in its world, with a regular look `every` so many seconds."""

    world: World
    every: float = 30
    policy: Policy = field(default_factory=Policy)
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("Europe/Berlin"))
    changes: list[Change] = field(default_factory=list)
    current: Assessment = field(default_factory=Assessment)
    past: Past = field(default_factory=Past)
    knowledge: Knowledge = field(default_factory=Knowledge)
    counters: Counters = field(default_factory=Counters)
    looks: int = 0
    _next: float = 0.0
    _closely: float = 0.0
    _closely_until: float = 0.0
    _down: int = 0
    _stalled: bool = False
    _tidied_at: float = float("-inf")
    ledger: Ledger = field(init=False)
    case: Case = field(init=False)
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        """Begin to watch a server that nobody watched before."""
        begins = self.world.wall
        # What is a regular look here must not be taken for one after a long sleep.
        self.policy = replace(self.policy, cycle=self.every)
        self.ledger = Ledger(self.zone)
        self.case = Case(
            Incidents(self.policy),
            Objectives(self.zone, since=begins),
            History(),
        )
        self.judge = self._new_judge()
        self.world.started_at = begins - 86_400
        self.world.open_session()
        if self.world.install is Mode.APP:
            self.past.app_log = self.past.app_log.followed()

    def wait(self, until: float) -> None:
        """Watch until a moment of the clock that never jumps."""
        world = self.world
        while world.watched and self._next <= until:
            world.now = max(world.now, self._next)
            self._cycle()
        world.now = until
        world.live(until)

    def look_soon(self) -> None:
        """Have a cycle start as soon as one may: something happened."""
        self._next = min(self._next, self.world.now)

    def look_closely(self, every: float, lasts: float) -> None:
        """Look at least so often for a while."""
        self._closely, self._closely_until = every, self.world.now + lasts
        self._next = min(self._next, self.world.now + every)

    def suspect(self) -> None:
        """Have the links looked at: something speaks against them."""
        schedule = self.knowledge.schedule.suspected(self.world.now, self.policy)
        self.knowledge.schedule = schedule
        if schedule.stages(self.world.now):
            self.look_soon()

    def take_lines(self, lines: Iterable[str]) -> None:
        """Read lines of the app's log."""
        for line in lines:
            if (event := read_line(line)) is not None:
                self.past.app_log = self.past.app_log.after(event, self.world.wall)
                if event in _ALARMING:
                    self.look_soon()

    def stop_watching(self) -> None:
        """Home Assistant is gone, and with it whoever watched."""
        self.world.watched = False

    def watch_again(self) -> None:
        """Home Assistant is back, but not fully started: what is not stored is forgotten."""
        world = self.world
        world.watched, world.running = True, False
        world.sessions = []
        self.case.incidents = Incidents(self.policy, tuple(reversed(self.case.incidents.all)))
        self.judge = self._new_judge()
        self.case.history = self.case.history.began(_VERSION, world.wall, restarted=True)
        self.knowledge = Knowledge()
        self.past.sessions = self.past.sessions.after_home_assistant_start()
        self.past.app_log = self.past.app_log.unseen()
        if world.install is Mode.APP:
            self.past.app_log = self.past.app_log.followed()
        self.current = Assessment()
        self._down, self._stalled = 0, False
        self._next = world.now

    def _new_judge(self) -> Judge:
        world = self.world
        return Judge(self.case, self.ledger, Targets(), self.policy, world.wall)

    def _cycle(self) -> None:
        world, knowledge, policy = self.world, self.knowledge, self.policy
        self.looks += 1
        world.live(world.now)
        began, wall = world.now, world.wall
        was_linked = knowledge.link.works(wall, policy.evidence_lifetime)
        stages, ask = frozenset[Stage](), False
        if world.running:
            stages, ask = knowledge.schedule.due(
                began,
                unknown=was_linked is None,
                mute=knowledge.seen.token_rejected,
                thorough=False,
            )
        found = world.probe(stages)
        if found.endpoint.outcome is Outcome.FAILED and self._crashed(found):
            found = found.explained(FailureKind.CRASHED)
        stalled, self._stalled = self._stalled, found.endpoint.kind is FailureKind.STALLED
        if self._stalled and not stalled:
            self._next = began + policy.look_interval
            return
        restarted = self._take_in(found, was_linked)
        self._judge(found)
        self._next = began + self._interval()
        if restarted and not stages:
            self._next = began + policy.look_interval
        ask = ask and found.endpoint.outcome is Outcome.OK
        if ask:
            self._ask()
        if ask or world.install is Mode.IN_PROCESS:
            self._read()

    def _crashed(self, found: Probe) -> bool:
        return found.endpoint.kind is FailureKind.STOPPED and self.past.app_log.crashed

    def _take_in(self, found: Probe, was_linked: bool | None) -> bool:
        world, knowledge = self.world, self.knowledge
        restarted = False
        if found.identity is not None:
            restarted = self.past.server.restarted(found.identity)
            self.past.server = self.past.server.after(found.identity)
        linked = knowledge.take_in(found, 0.0, world.now, self.policy, restarted=restarted)
        if was_linked is False and linked:
            knowledge.want_a_reading()
        if restarted:
            knowledge.about = None
            if world.install is Mode.IN_PROCESS:
                knowledge.want_a_reading()
            knowledge.schedule = replace(knowledge.schedule, stages_due=0.0)
        if world.startup is not None and found.identity is not None:
            source = Source.BRINGUP if world.install is Mode.IN_PROCESS else Source.STARTUP_LOG
            came_up = Startup(world.started_at + world.startup, world.startup, source)
            self.past.server, world.startup = self.past.server.after_startup(came_up), None
        knowledge.host = world.host()
        knowledge.log_size = world.log_size
        self.past.sessions = follow(
            self.past.sessions,
            world.sessions,
            now=world.wall,
            life=self.past.server.life,
            life_seen_at=found.at if found.identity is not None else None,
            policy=self.policy,
        )
        return restarted

    def _judge(self, found: Probe) -> None:
        now = self.world.wall
        if not 0 <= now - self._tidied_at < _TIDY:
            self._tidied_at = now
            self.ledger.forget(now)
            self.case.objectives.forget(now)
            self.case.incidents.forget(now)
        self.current = assess(
            found, self.current, self.world, self.past, self.knowledge, self.policy
        )
        self.changes += self.judge.look(
            self.current, now, upstream=self.world.branch(), ticks=self.world.now
        )
        self._down = self._down + 1 if self.current.reachable is False else 0
        due = self.judge.link_page_due()
        if due is not None and due > now + 1:
            self.knowledge.look_before_page(self.world.now + due - now - 1)

    def _interval(self) -> float:
        waits, now = self.policy.down_intervals, self.world.wall
        regular = waits[min(self._down, len(waits)) - 1] if self._down else self._regular()
        due = self.judge.due()
        return regular if due is None or due <= now else min(regular, max(1.0, due - now))

    def _regular(self) -> float:
        return self._closely if self.world.now < self._closely_until else self.every

    def _ask(self) -> None:
        """Have the server report, of which inside Home Assistant only the rest is of use."""
        world, knowledge = self.world, self.knowledge
        knowledge.about = About(world.version, world.installed or world.version)
        answer: Description | ToolCallReading | FailureKind
        if world.report_fails:
            answer = FailureKind.TIMEOUT
        elif world.install is Mode.IN_PROCESS:
            answer = Description(world.identity(), knowledge.about)
        else:
            answer = ToolCallReading(world.report_takes, (), Position(0))
        knowledge.schedule = knowledge.schedule.after_reading(
            answer, world.report_takes, world.now, self.policy
        )

    def _read(self) -> None:
        world, knowledge = self.world, self.knowledge
        inside = world.install is Mode.IN_PROCESS
        if world.log_unwritable or (world.report_fails and not inside):
            why = FailureKind.UNREADABLE if inside else FailureKind.TIMEOUT
            knowledge.seen = knowledge.seen.after_reading(why, world.wall)
            return
        source = Source.USAGE_LOG if inside else Source.REPORT
        calls = world.taken_calls()
        reading = ToolCallReading(0.5, calls, Position(0), source=source)
        knowledge.seen = knowledge.seen.after_reading(reading, world.wall)
        self.counters = self.counters.after(reading)
        for call in calls:
            self.ledger.add(call)
        self.judge.called(calls)
        if any(call.fault in BUDGET_FAULTS for call in calls):
            self.suspect()

"""A server and its surroundings, as they really are: what there is to be seen at a moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
import json
from typing import Any

from custom_components.ha_mcp_sre.assess.observation import (
    SKIPPED,
    FailureKind,
    HostReading,
    Identity,
    Outcome,
    Probe,
    Session,
    Stage,
    StageResult,
    ToolCall,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.project import BranchState, default_branch_state
from custom_components.ha_mcp_sre.assess.signals import Mode, Source
from custom_components.ha_mcp_sre.assess.upstream import Part, Run, Upstream
from tests.corpus.traces import seconds
from tests.recorded import CAPTURES, capture

OK = StageResult(Outcome.OK, 0.02)
_REFUSED = frozenset({"READ_ONLY_MODE", "USER_APPROVAL_REQUIRED", "ENTITY_VISIBILITY_ENFORCED"})


@dataclass(slots=True)
class Traffic:
    """One tool that an assistant keeps calling; every n-th call fails, if there is a code.

    Without a code of its own a call fails as the server's link to Home Assistant does.
    """

    tool: str
    every: float
    due: float
    code: str | None = None
    of: int = 1
    took: float = 0.03
    count: int = 0


@dataclass(slots=True)
class World:
    """Everything about a server that a trace can change.

    `now` is the time that a clock shows which never jumps, `offset` what the wall clock is ahead.
    `memory` is in MiB, as it was at `memory_since`, and grows by so many each day. `running` says
    that Home Assistant has fully started, `watched` that it is there at all. A report of the
    calls takes `report_takes` seconds. `runs` are those of
    the CI of ha-mcp's own project, which is not watched if there are none.
    """

    install: Mode
    offset: float
    now: float = 0.0
    endpoint: StageResult = OK
    websocket: StageResult = OK
    rest: StageResult = OK
    fate: FailureKind | None = None
    life: int = 1
    version: str = "8.7.0"
    installed: str | None = None
    started_at: float = 0.0
    startup: float | None = None
    traffic: list[Traffic] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    memory: float | None = 120.0
    memory_growth: float = 0.0
    memory_since: float = 0.0
    token_expires: float | None = None
    log_size: int | None = None
    update: str | None = None
    log_unwritable: bool = False
    report_takes: float = 0.5
    report_fails: bool = False
    running: bool = True
    watched: bool = True
    runs: list[Run] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """What the wall clock shows, in Unix seconds."""
        return self.now + self.offset

    def probe(self, stages: frozenset[Stage]) -> Probe:
        """Return what a look with these stages finds."""
        if self.endpoint.outcome is Outcome.FAILED:
            return Probe(self.wall, self.endpoint).explained(self.fate)
        stalled = self.endpoint.kind is FailureKind.STALLED
        return Probe(
            self.wall,
            self.endpoint,
            self.websocket if Stage.WEBSOCKET in stages and not stalled else SKIPPED,
            self.rest if Stage.REST in stages and not stalled else SKIPPED,
            None if stalled else self.identity(),
        )

    def identity(self) -> Identity:
        """Return whom the server says that it is; inside Home Assistant its instance may stay."""
        instance = 1 if self.install is Mode.IN_PROCESS else self.life
        return Identity(
            self.version, f"instance {instance}", f"worker {self.life}", self.started_at
        )

    def host(self) -> HostReading | None:
        """Return what the machine shows of the server."""
        if self.memory is None:
            return None
        grown = self.memory_growth * (self.now - self.memory_since) / 86_400
        source = Source.SUPERVISOR if self.install is Mode.APP else Source.PROCESS
        if self.install is Mode.IN_PROCESS:
            source = Source.SHARED_PROCESS
        return HostReading(self.wall, source, int((self.memory + grown) * 1024 * 1024), cpu=1.0)

    def run(self, conclusion: str) -> None:
        """Have the tests of ha-mcp's own project run for another commit."""
        number, at = len(self.runs) + 1, self.wall
        self.runs.append(
            Run(
                id=number,
                workflow="E2E Tests",
                path="e2e-tests.yml",
                event="push",
                on_default=True,
                commit=f"{number:040x}",
                attempt=1,
                conclusion=conclusion,
                created_at=at,
                started_at=at,
                updated_at=at,
            )
        )

    def branch(self) -> BranchState | None:
        """Return how the default branch of the project is, which was read just now."""
        if not self.runs:
            return None
        known = Upstream(
            "homeassistant-ai/ha-mcp",
            runs=tuple(self.runs),
            runs_since=self.runs[0].created_at,
            read_at={Part.RUNS: self.wall},
        )
        return default_branch_state(known, self.wall)

    def restart(self) -> None:
        """Begin another life of the server."""
        self.life += 1
        self.started_at = self.wall

    def live(self, until: float) -> None:
        """Have the assistant make its calls until a moment."""
        for each in self.traffic:
            while each.due <= until:
                if self.endpoint.outcome is not Outcome.FAILED:
                    self.calls.append(self._call(each))
                each.due += each.every

    def taken_calls(self) -> tuple[ToolCall, ...]:
        """Return the calls that ended by now and that nobody asked for yet."""
        ended = tuple(call for call in self.calls if call.ended <= self.wall)
        self.calls = [call for call in self.calls if call.ended > self.wall]
        return ended

    def open_session(self) -> None:
        """Open a lasting session at Home Assistant."""
        key = len(self.sessions) + 1
        self.sessions.append(Session(key, "token", self.wall, None, 50))

    def throw_session_away(self) -> None:
        """Open a session for one question, which is over at once."""
        key = len(self.sessions) + 1
        self.sessions.append(Session(key, "token", self.wall, self.wall + 0.1, 1))

    def end_session(self, *, stopped: bool = False) -> None:
        """End the lasting session, if one is open."""
        self.sessions = [
            each
            if each.closed_at is not None
            else replace(each, closed_at=self.wall, home_assistant_stopped=stopped)
            for each in self.sessions
        ]

    def _call(self, traffic: Traffic) -> ToolCall:
        traffic.count += 1
        code, took, failed = traffic.code, traffic.took, traffic.count % traffic.of == 0
        if code is None:
            broken = next((each for each in (self.websocket, self.rest) if _failed(each)), None)
            failed = broken is not None
            code = None if broken is None else broken.code or "CONNECTION_TIMEOUT"
            took = took if broken is None else broken.duration or took
        code = None if not failed or code == "none" else code
        return ToolCall(traffic.tool, traffic.due + self.offset, took, not failed, code)


def stage(text: str, *, took: float = 0.02) -> StageResult:
    """Return what a stage finds, by a word: `ok`, a kind of failure, or ha-mcp's code."""
    if text == "ok":
        return OK
    if text == "stalled":
        return StageResult(Outcome.INCONCLUSIVE, kind=FailureKind.STALLED)
    if text in _REFUSED:
        return StageResult(Outcome.INCONCLUSIVE, took, FailureKind.TOOL_REFUSED, text)
    if text.isupper():
        return StageResult(Outcome.FAILED, took, FailureKind.TOOL_ERROR, text)
    return StageResult(Outcome.FAILED, took, FailureKind(text))


@cache
def recorded(state: str, name: str) -> StageResult:
    """Return what the probe makes of an exchange that was recorded with a real ha-mcp."""
    meta = json.loads((CAPTURES / f"8.7.0/{state}/{name}.meta").read_text())
    took: float = meta["seconds"]
    if took > Policy().stage_timeout:
        return StageResult(Outcome.FAILED, Policy().stage_timeout, FailureKind.TIMEOUT)
    answer = capture(f"8.7.0/{state}", name)
    if not answer.message["result"].get("isError"):
        return StageResult(Outcome.OK, took)
    code = answer.tool_data["error"]["code"]
    if code == "ENTITY_NOT_FOUND":
        return StageResult(Outcome.OK, took, code=code)
    return StageResult(Outcome.FAILED, took, FailureKind.TOOL_ERROR, code)


def traffics(rows: list[Mapping[str, Any]], now: float) -> Iterator[Traffic]:
    """Yield the traffic that a step describes."""
    for number, row in enumerate(rows):
        every = seconds(row["every"])
        yield Traffic(
            tool=row["tool"],
            every=every,
            # Not all at the same moment.
            due=now + every * (number + 1) / (len(rows) + 1),
            code=row.get("code"),
            of=row.get("of", 1),
            took=seconds(row.get("took", 0.03)),
        )


def _failed(result: StageResult) -> bool:
    return result.outcome is Outcome.FAILED

"""Which look is due: the cheap one every cycle, the others when their time or a reason comes."""

from dataclasses import dataclass, field, replace

from .observation import Description, FailureKind, Outcome, Probe, Stage, ToolCallReading
from .policy import Policy

TOOL_STAGES = frozenset({Stage.WEBSOCKET, Stage.REST})


@dataclass(frozen=True, slots=True)
class Schedule:
    """When each kind of look may come next. Times are seconds of a clock that never jumps.

    A new one has everything due.

    `failed` counts the runs of the tool stages in a row that found the link broken, and
    `stages_ran` is when they ran last.
    """

    stages_due: float = 0.0
    stages_ran: float = float("-inf")
    failed: int = 0
    refused_until: dict[Stage, float] = field(default_factory=dict)
    reading_due: float = 0.0

    def stages(self, now: float, *, unknown: bool = False) -> frozenset[Stage]:
        """Return the tool stages that are due; all of them while the link is unknown."""
        if now < self.stages_due and not unknown:
            return frozenset()
        return frozenset(
            stage for stage in TOOL_STAGES if now >= self.refused_until.get(stage, 0.0)
        )

    def reading(self, now: float) -> bool:
        """Return whether the tool calls are to be read."""
        return now >= self.reading_due

    def due(
        self, now: float, *, unknown: bool, mute: bool, thorough: bool
    ) -> tuple[frozenset[Stage], bool]:
        """Return the tool stages that are to run in this cycle, and whether to read the report.

        One cycle asks little: of both, whichever is more urgent goes first, the other follows.
        A `mute` server is asked for no report; in a `thorough` look, and while the link is broken
        or unknown, the stages go first.
        """
        stages, ask = self.stages(now, unknown=unknown), self.reading(now) and not mute
        if ask and stages:
            stages_first = unknown or thorough or self.failed > 0
            return (stages, False) if stages_first else (frozenset(), True)
        return stages, ask

    def after_probe(
        self, probe: Probe, now: float, policy: Policy, *, restarted: bool, broken: bool
    ) -> Schedule:
        """Return the schedule after a probe.

        The tool stages are due at once where the server restarted, and soon but ever more
        rarely while the link is broken.
        """
        ran = any(
            result.outcome is not Outcome.SKIPPED and result.kind is not FailureKind.STALLED
            for result in (probe.websocket, probe.rest)
        )
        if restarted:
            due = now
        elif not ran:
            due = self.stages_due
        elif probe.token_rejected:
            due = now + policy.rejected_token_interval
        elif broken:
            waits = policy.broken_link_intervals
            due = now + waits[min(self.failed, len(waits) - 1)]
        else:
            due = now + policy.tool_stage_interval
        failed = self.failed + broken if ran else self.failed
        stages_ran = now if ran else self.stages_ran
        refused = self.refused_until | {
            stage: now + policy.refused_stage_interval
            for stage, result in ((Stage.WEBSOCKET, probe.websocket), (Stage.REST, probe.rest))
            if result.kind is FailureKind.TOOL_REFUSED
        }
        return replace(
            self,
            stages_due=due,
            stages_ran=stages_ran,
            failed=failed if broken else 0,
            refused_until=refused,
        )

    def suspected(self, now: float, policy: Policy) -> Schedule:
        """Return the schedule after something spoke against the link.

        What goes on speaking against it must not have the stages run on and on, and a link
        that is known to be broken is tried again in its own time.
        """
        if self.failed:
            return self
        soonest = max(now, self.stages_ran + policy.suspicion_interval)
        return replace(self, stages_due=min(self.stages_due, soonest))

    def before_page(self, due: float | None) -> Schedule:
        """Return the schedule if people are to be told of a broken link at that time.

        What they are told is so then, not what the stages found minutes before.
        """
        return self if due is None else replace(self, stages_due=min(self.stages_due, due))

    def after_reading(
        self,
        reading: ToolCallReading | Description | FailureKind,
        duration: float,
        now: float,
        policy: Policy,
    ) -> Schedule:
        """Return the schedule after the server reported, with its calls or not, or did not."""
        match reading:
            case Description():
                wait = policy.description_interval
            case FailureKind.TOOL_REFUSED:
                wait = policy.refused_stage_interval
            case ToolCallReading(lost=True):
                wait = policy.tool_calls_catch_up
            case _:
                wait = policy.tool_calls_interval
        affordable = policy.tool_calls_cost_factor * duration
        return replace(self, reading_due=now + max(wait, affordable))

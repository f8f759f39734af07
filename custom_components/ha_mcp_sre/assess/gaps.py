"""What cannot be seen here, so that nobody takes silence for health."""

from dataclasses import dataclass, replace

from .observation import (
    EndpointMethod,
    FailureKind,
    Outcome,
    Probe,
    ToolCallReading,
)
from .policy import Policy
from .server import Server
from .signals import Gap, Signal


@dataclass(frozen=True, slots=True)
class Seen:
    """What the sources showed last, as far as it tells what they cannot show.

    `skew` is the server's clock minus ours in seconds; `read_at` is when the tool calls
    were last read, `unread` why they could not be since; `inconclusive` is why the last
    tool stages proved nothing; `startup_log_of` is the instance whose start-up log was read.
    """

    skew: float | None = None
    read_at: float | None = None
    unread: FailureKind | None = None
    inconclusive: FailureKind | None = None
    token_rejected: bool = False
    startup_log_of: str | None = None

    def after_probe(self, probe: Probe, skew: float | None) -> Seen:
        """Return what is known after a probe."""
        stages = [s for s in (probe.websocket, probe.rest) if s.outcome is not Outcome.SKIPPED]
        if not stages:
            return replace(self, skew=self.skew if skew is None else skew)
        kinds = [s.kind for s in stages if s.outcome is Outcome.INCONCLUSIVE]
        return replace(
            self,
            skew=self.skew if skew is None else skew,
            inconclusive=kinds[0] if len(kinds) == len(stages) else None,
            token_rejected=probe.token_rejected,
        )

    def after_reading(
        self,
        reading: ToolCallReading | FailureKind,
        now: float,
        startup_log_of: str | None = None,
    ) -> Seen:
        """Return what is known after the tool calls were read, or could not be."""
        if isinstance(reading, ToolCallReading):
            return replace(self, read_at=now, unread=None, startup_log_of=startup_log_of)
        return replace(self, unread=reading)

    def reads_calls(self, now: float, policy: Policy) -> bool:
        """Return whether the last reading is recent enough to speak for the last hour."""
        return self.read_at is not None and now - self.read_at <= policy.tool_calls_gap


def find_gaps(
    seen: Seen, probe: Probe, link: bool | None, server: Server, now: float, policy: Policy
) -> tuple[Gap, ...]:
    """Return every signal that is missing although the server answers, with the reason."""
    if probe.endpoint.outcome is not Outcome.OK:
        return ()
    gaps: list[Gap] = []
    if link is None and seen.inconclusive is not None:
        gaps.append(Gap(Signal.HOME_ASSISTANT_LINK, seen.inconclusive.value))
    if server.started_at is None and probe.method is EndpointMethod.INITIALIZE:
        gaps.append(Gap(Signal.STARTED, "not_reported"))
    asked = seen.read_at is not None and seen.startup_log_of == server.instance
    if server.startup_time is None and asked:
        gaps.append(Gap(Signal.STARTUP_TIME, "not_in_log"))
    if not seen.reads_calls(now, policy):
        gaps += [Gap(Signal.TOOL_CALLS, why) for why in _why_unread(seen)]
    if seen.skew is not None and abs(seen.skew) > policy.max_clock_skew:
        gaps.append(Gap(Signal.TOOL_CALLS, "clock_skew"))
    return tuple(gaps)


def _why_unread(seen: Seen) -> tuple[str, ...]:
    """Return why the calls are not read; nothing where it is only not their turn yet."""
    if seen.token_rejected:
        return ("token_rejected",)
    if seen.unread is not None:
        return (seen.unread.value,)
    return () if seen.read_at is None else ("too_slow",)

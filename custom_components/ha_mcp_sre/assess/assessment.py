"""Everything that is believed about one server: the only thing that entities read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .health import Health
from .ledger import Totals
from .observation import FailureKind, ToolCall
from .server import Server
from .signals import Gap


@dataclass(frozen=True, slots=True)
class Cause:
    """Why the server is not healthy: the stage of the probe that failed, and how."""

    stage: str
    kind: FailureKind | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts that only ever grow; calls and errors are None until calls could first be read.

    `lost_windows` counts the readings before which calls may have been missed.
    """

    calls: int | None = None
    errors: int | None = None
    lost_windows: int = 0

    def after(self, calls: Sequence[ToolCall], *, lost: bool) -> Counters:
        """Return the counts after a reading of these calls."""
        return Counters(
            calls=(self.calls or 0) + len(calls),
            errors=(self.errors or 0) + sum(not call.success for call in calls),
            lost_windows=self.lost_windows + lost,
        )


@dataclass(frozen=True, slots=True)
class ToolCalls:
    """What the tool calls say: ever, and lately. Lately is empty where not `visible`.

    That a tool is not in use means something only where `knows_unused`: before, it was not
    watched for long enough.
    """

    counters: Counters = Counters()
    recent: Totals = field(default_factory=Totals)
    p95: float | None = None
    by_tool: Mapping[str, Totals] = field(default_factory=dict)
    visible: bool = False
    in_use: frozenset[str] = frozenset()
    knows_unused: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is believed about one server at one moment; times are Unix seconds, None is unknown.

    `response_time` is that of the endpoint stage, in seconds; `since` is when `health`
    became what it is.
    """

    health: Health = Health.UNKNOWN
    since: float | None = None
    cause: Cause | None = None
    reachable: bool | None = None
    home_assistant_link: bool | None = None
    response_time: float | None = None
    server: Server = field(default_factory=Server)
    tool_calls: ToolCalls = ToolCalls()
    last_cycle: float | None = None
    gaps: tuple[Gap, ...] = ()

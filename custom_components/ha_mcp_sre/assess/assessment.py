"""Everything that is believed about one server: the only thing that entities read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .health import Health
from .judgement import Judgement
from .ledger import Ledger, Totals
from .observation import ON_PURPOSE, About, FailureKind, HostReading, Startup, ToolCallReading
from .policy import Policy
from .server import Server
from .signals import Gap, Signal, Source


@dataclass(frozen=True, slots=True)
class Cause:
    """Why the server is not healthy: the stage of the probe that failed, and how."""

    stage: str
    kind: FailureKind | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts that only ever grow; calls and errors are None until calls could first be read.

    `lost_windows` counts the readings before which calls may have been missed,
    `broken_records` the records that could not be read, and `own_bytes` what our own calls
    wrote to the usage log, where that can be read.
    """

    calls: int | None = None
    errors: int | None = None
    lost_windows: int = 0
    broken_records: int = 0
    own_bytes: int = 0

    def after(self, reading: ToolCallReading) -> Counters:
        """Return the counts after a reading."""
        return Counters(
            calls=(self.calls or 0) + len(reading.calls),
            errors=(self.errors or 0) + sum(not call.success for call in reading.calls),
            lost_windows=self.lost_windows + reading.lost,
            broken_records=self.broken_records + reading.broken_records,
            own_bytes=self.own_bytes + reading.own_bytes,
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
class SessionFacts:
    """What is known of the server's lasting session at Home Assistant's WebSocket API.

    `reconnects` counts the connections that were lost and opened again for no known reason,
    `expected` those with a reason, by that reason. Times are Unix seconds.
    """

    is_open: bool | None = None
    reconnects: int | None = None
    expected: Mapping[str, int] = field(default_factory=dict)
    opened_at: float | None = None
    last_disconnect: float | None = None
    last_cause: str | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """Whether Home Assistant takes the server's access token, and until when (Unix seconds)."""

    accepted: bool | None = None
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class UsageLog:
    """The size of ha-mcp's usage log, and what our own calls wrote to it, in bytes."""

    size: int
    own: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is believed about one server at one moment; times are Unix seconds, None is unknown.

    `response_time` is that of the endpoint stage, in seconds; `since` is when `health`
    became what it is. `gaps` is None until the server answered for the first time.
    `link_failures` is how many looks in a row found the link to Home Assistant broken.
    `update_available` is the version of an update that is offered, `calls_read_at` when the tool
    calls were read last. `watchdog` is whether the server is started again when it ends.
    """

    health: Health = Health.UNKNOWN
    since: float | None = None
    cause: Cause | None = None
    reachable: bool | None = None
    home_assistant_link: bool | None = None
    response_time: float | None = None
    server: Server = field(default_factory=Server)
    tool_calls: ToolCalls = ToolCalls()
    session: SessionFacts = field(default_factory=SessionFacts)
    credential: Credential = Credential()
    host: HostReading | None = None
    startup: Startup | None = None
    about: About = field(default_factory=About)
    usage_log: UsageLog | None = None
    last_cycle: float | None = None
    sources: Mapping[Signal, Source] = field(default_factory=dict)
    gaps: tuple[Gap, ...] | None = None
    link_failures: int = 0
    update_available: str | None = None
    calls_read_at: float | None = None
    watchdog: bool | None = None
    judgement: Judgement = field(default_factory=Judgement)

    @property
    def version(self) -> str | None:
        """The version that runs; until the server said so, the one that it started from."""
        return self.about.running_version or self.server.version

    @property
    def is_away_on_purpose(self) -> bool:
        """Whether a person wanted the server not to be there."""
        return self.cause is not None and self.cause.kind in ON_PURPOSE

    @property
    def restart_needed(self) -> bool | None:
        """Whether a restart would run another version than the one that runs."""
        running, installed = self.about.running_version, self.about.installed_version
        return None if running is None or installed is None else running != installed


def sum_up(
    ledger: Ledger,
    counters: Counters,
    now: float,
    policy: Policy,
    *,
    visible: bool,
    knows_unused: bool,
) -> ToolCalls:
    """Return what the tool calls say; lately is left empty where the calls are not `visible`."""
    until = now + 60
    recent = ledger.totals(until - policy.rate_window, until) if visible else Totals()
    return ToolCalls(
        counters=counters,
        recent=recent,
        p95=recent.p95(policy.min_calls_for_p95),
        by_tool=ledger.totals_by_tool(until - policy.tool_window, until) if visible else {},
        visible=visible,
        in_use=ledger.tools_in_use(now),
        knows_unused=knows_unused,
    )


def is_news(published: Assessment, current: Assessment) -> bool:
    """Return whether entities must not wait until the next publication of numbers."""
    return any(told(published) != told(current) for told in _NEWS)


_NEWS: tuple[Callable[[Assessment], object], ...] = (
    lambda each: each.health,
    lambda each: each.reachable,
    lambda each: each.home_assistant_link,
    lambda each: each.cause,
    lambda each: each.version,
    lambda each: each.server.restarts,
    lambda each: each.session,
    lambda each: each.credential,
    lambda each: each.about,
    lambda each: each.gaps,
    lambda each: each.judgement.news,
    # Memory that is no longer used must not be shown on.
    lambda each: each.host is None or each.host.memory is None,
    lambda each: each.host is None or each.host.cpu is None,
)

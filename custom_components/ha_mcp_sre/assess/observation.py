"""The shared vocabulary: what one source showed at one moment, gaps included.

Times are Unix timestamps in seconds of this machine's clock, durations are seconds,
unless a name says otherwise.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from .faults import Fault, classify
from .signals import Source


class Stage(StrEnum):
    """One step of a probe, each proving one part of the way."""

    ENDPOINT = "endpoint"
    WEBSOCKET = "websocket"
    REST = "rest"


class Outcome(StrEnum):
    """What a stage proved; inconclusive proves nothing in either direction."""

    OK = "ok"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"


class FailureKind(StrEnum):
    """How a request went wrong, in terms that a person can act on."""

    HOST_NOT_FOUND = "host_not_found"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    TIMEOUT = "timeout"
    TLS = "tls"
    SIGN_IN = "sign_in"
    NOT_FOUND = "not_found"
    REDIRECTED = "redirected"
    HTTP_ERROR = "http_error"
    NOT_MCP = "not_mcp"
    BAD_ANSWER = "bad_answer"
    TOO_LARGE = "too_large"
    PROTOCOL_ERROR = "protocol_error"
    TOOL_ERROR = "tool_error"
    TOOL_REFUSED = "tool_refused"
    STALLED = "stalled"
    NOT_INSTALLED = "not_installed"
    DISABLED = "disabled"
    NOT_LOADED = "not_loaded"
    STARTING = "starting"
    STOPPED = "stopped"
    CRASHED = "crashed"
    UNREADABLE = "unreadable"


ON_PURPOSE = frozenset({FailureKind.STOPPED, FailureKind.DISABLED, FailureKind.NOT_INSTALLED})
"""Why a server is not there if a person wanted it so."""


class EndpointMethod(StrEnum):
    """The request that shows whether the endpoint lives."""

    SETTINGS_INFO = "settings_info"
    INITIALIZE = "initialize"


@dataclass(frozen=True, slots=True)
class StageResult:
    """What one stage of a probe found.

    `duration` is None where nothing was measured: the stage was skipped, or our own
    event loop stalled while it ran. `code` is ha-mcp's error code or the HTTP status.
    """

    outcome: Outcome
    duration: float | None = None
    kind: FailureKind | None = None
    code: str | None = None


SKIPPED = StageResult(Outcome.SKIPPED)

_REJECTED = frozenset({"AUTH_INVALID_TOKEN", "AUTH_EXPIRED"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answered: fields are None where this way of asking does not show them.

    `worker` tells apart two lives of an in-process server, which may keep `instance`
    and `started_at` over a reload.
    """

    version: str | None = None
    instance: str | None = None
    worker: str | None = None
    started_at: float | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """One look at the server.

    `requests` is how many it took to learn of the endpoint: usually one.
    """

    at: float
    endpoint: StageResult = SKIPPED
    websocket: StageResult = SKIPPED
    rest: StageResult = SKIPPED
    identity: Identity | None = None
    method: EndpointMethod = EndpointMethod.SETTINGS_INFO
    requests: int = 1

    @property
    def token_rejected(self) -> bool:
        """Whether Home Assistant turned the server's token away."""
        return not _REJECTED.isdisjoint((self.websocket.code, self.rest.code))

    def explained(self, fate: FailureKind | None) -> Probe:
        """Return what a failed look shows in the light of what befell the server, if known."""
        if fate is None:
            return self
        if fate is FailureKind.STARTING:
            # That it does not answer yet proves nothing.
            return replace(self, endpoint=StageResult(Outcome.INCONCLUSIVE, kind=fate))
        return replace(self, endpoint=replace(self.endpoint, kind=fate, code=None))


@dataclass(frozen=True, slots=True)
class About:
    """What the server says of itself when asked for a report; None is not told.

    `running_version` is the code that answers, `installed_version` the package on disk, which a
    restart would run.
    """

    running_version: str | None = None
    installed_version: str | None = None
    component_version: str | None = None
    read_only: bool | None = None
    websocket_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What a report of the server says besides its calls; `startup_time` is in seconds."""

    identity: Identity
    about: About
    connected: bool | None = None
    startup_time: float | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One recorded tool call, without anything it said."""

    tool: str
    started: float
    duration: float
    success: bool
    code: str | None = None

    @property
    def ended(self) -> float:
        """When the call ended."""
        return self.started + self.duration

    @property
    def fault(self) -> Fault:
        """Whose fault the call's failure is; NONE for a success."""
        return Fault.NONE if self.success else classify(self.code)


@dataclass(frozen=True, slots=True)
class Position:
    """How far the usage records were read.

    `last_seen` names the newest record read. Before the first reading there is none, and
    calls that started before `since` are the past: not ours to count. In the usage log of an
    in-process server, `inode` and `offset` say which file was read up to where, and `mark`
    is the hash of what stood just before. `last_ended` is the latest end of a call read there
    so far. `ahead` says that `last_seen` came from the ring buffer: the log after `offset` may
    still get records that were read.
    """

    since: float
    last_seen: str | None = None
    inode: int | None = None
    offset: int | None = None
    mark: str | None = None
    last_ended: float | None = None
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class ToolCallReading:
    """What one reading of the usage records showed, our own calls left out.

    `lost` says that calls between the last reading and this one may be missing, `more` that
    there is more to read at once. `skew` is the server's clock minus ours in seconds, None
    where it gave no date. `log_size` is the size of the usage log and `own_bytes` the part of
    what was read now that our own calls wrote, in bytes.
    """

    duration: float
    calls: tuple[ToolCall, ...]
    position: Position
    lost: bool = False
    skew: float | None = None
    broken_records: int = 0
    description: Description | None = None
    source: Source = Source.REPORT
    more: bool = False
    log_size: int | None = None
    own_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Startup:
    """How the server came up last.

    Where it comes up inside Home Assistant, `memory_before` and `memory_after` are Home
    Assistant's memory around it, in bytes.
    """

    ended_at: float
    seconds: float
    source: Source
    memory_before: int | None = None
    memory_after: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a client at Home Assistant's WebSocket API.

    `key` tells the sessions of one Home Assistant run apart. `commands` is how many commands
    came over it so far. `home_assistant_stopped` says that Home Assistant was stopping when
    the session ended.
    """

    key: int
    credential: str = field(repr=False)
    opened_at: float
    closed_at: float | None = None
    commands: int = 0
    home_assistant_stopped: bool = False


@dataclass(frozen=True, slots=True)
class HostReading:
    """What the machine shows of the server's process; memory and network in bytes.

    `cpu` is in percent of one core since the last reading, None at the first one.
    """

    at: float
    source: Source
    memory: int | None = None
    cpu: float | None = None
    network_received: int | None = None
    network_sent: int | None = None

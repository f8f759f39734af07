"""What can be seen here and what cannot, so that nobody takes silence for health."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .observation import (
    About,
    EndpointMethod,
    FailureKind,
    HostReading,
    Outcome,
    Probe,
    ToolCallReading,
)
from .policy import Policy
from .server import Server
from .signals import Gap, Mode, Signal, Source
from .sources import ALWAYS_MISSING, NOT_APPLICABLE, sources

type Sight = Source | str | None
"""The source that shows a signal, the reason why none does, or None: it is not known yet."""

_UNREAD = {
    FailureKind.TOOL_REFUSED: "tool_refused",
    FailureKind.UNREADABLE: "no_file",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the sources showed last, as far as it tells what they cannot show.

    `skew` is the server's clock minus ours in seconds; `read_at` is when the tool calls
    were last read, and `read_from` where; `unread` is why they could not be since;
    `inconclusive` is why the last tool stages proved nothing; `startup_log_of` is the life whose
    start-up log was read; `undescribed` is why the server did not describe itself.
    """

    skew: float | None = None
    read_at: float | None = None
    read_from: Source | None = None
    unread: FailureKind | None = None
    inconclusive: FailureKind | None = None
    token_rejected: bool = False
    startup_log_of: str | None = None
    undescribed: FailureKind | None = None

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

    def after_reading(self, reading: ToolCallReading | FailureKind, now: float) -> Seen:
        """Return what is known after the tool calls were read, or could not be."""
        if isinstance(reading, ToolCallReading):
            return replace(self, read_at=now, read_from=reading.source, unread=None)
        return replace(self, unread=reading)

    def after_description(
        self, failure: FailureKind | None, startup_log_of: str | None = None
    ) -> Seen:
        """Return what is known after the server described itself, or did not."""
        if failure is not None:
            return replace(self, undescribed=failure)
        return replace(self, undescribed=None, startup_log_of=startup_log_of)

    def reads_calls(self, now: float, policy: Policy) -> bool:
        """Return whether the last reading is recent enough to speak for the last hour."""
        return self.read_at is not None and now - self.read_at <= policy.tool_calls_gap


@dataclass(frozen=True, slots=True)
class View:
    """Everything that tells what can be seen of a server that answers.

    `session` and `expiry` are sights by themselves; `host` is a reading of the machine, or why
    there is none; `log_size` is that of the usage log, in bytes.
    """

    mode: Mode
    seen: Seen
    now: float
    policy: Policy
    method: EndpointMethod = EndpointMethod.SETTINGS_INFO
    link: bool | None = None
    server: Server = field(default_factory=Server)
    about: About | None = None
    session: Sight = None
    expiry: Sight = None
    host: HostReading | str | None = None
    log_size: int | None = None


def look_around(view: View) -> tuple[Mapping[Signal, Source], tuple[Gap, ...]]:
    """Return the source of every signal that is seen, and a gap for each that cannot be."""
    seen: dict[Signal, Source] = {}
    gaps: list[Gap] = []
    for signal in Signal:
        match _sight(view, signal):
            case Source() as source:
                seen[signal] = source
            case str() as reason:
                gaps.append(Gap(signal, reason))
    return seen, tuple(gaps)


def _sight(view: View, signal: Signal) -> Sight:
    if (view.mode, signal) in NOT_APPLICABLE:
        return None
    if (reason := ALWAYS_MISSING.get((view.mode, signal))) is not None:
        return reason
    return _SIGHTS[signal](view)


def _best(view: View, signal: Signal) -> Source:
    return sources(view.mode, signal)[0]


def _link(view: View) -> Sight:
    if view.link is not None:
        return Source.TOOL_CHECKS
    return view.seen.inconclusive and view.seen.inconclusive.value


def _started(view: View) -> Sight:
    if view.server.started_at is not None:
        return Source.ENDPOINT_CHECK
    return "not_reported" if view.method is EndpointMethod.INITIALIZE else None


def _startup_time(view: View) -> Sight:
    if view.server.startup_time is not None:
        return view.server.startup_source
    read = view.seen.startup_log_of is not None
    return "not_in_log" if read and view.seen.startup_log_of == view.server.life else None


def _tool_calls(view: View) -> Sight:
    seen = view.seen
    if seen.skew is not None and abs(seen.skew) > view.policy.max_clock_skew:
        return "clock_skew"
    if seen.reads_calls(view.now, view.policy):
        return seen.read_from
    if seen.token_rejected:
        return "token_rejected"
    if seen.unread is not None:
        return _UNREAD.get(seen.unread, "no_answer")
    return None if seen.read_at is None else "too_slow"


def _host(signal: Signal, value: Callable[[HostReading], object]) -> Callable[[View], Sight]:
    def sight(view: View) -> Sight:
        if not isinstance(view.host, HostReading):
            return view.host
        if value(view.host) is not None:
            return _best(view, signal)
        # Supervisor counts what an app's own network interface sees.
        return "host_network" if signal is Signal.NETWORK and view.host.memory else None

    return sight


def _credential(view: View) -> Sight:
    if view.link is None and view.expiry not in sources(view.mode, Signal.CREDENTIAL):
        return view.seen.inconclusive and view.seen.inconclusive.value
    return Source.TOOL_CHECKS if view.link is not None else view.expiry


def _described(*fields: str) -> Callable[[View], Sight]:
    def sight(view: View) -> Sight:
        if view.about is not None:
            told = any(getattr(view.about, field) is not None for field in fields)
            return Source.REPORT if told else "not_reported"
        if view.seen.token_rejected:
            return "token_rejected"
        return view.seen.undescribed and _UNREAD.get(view.seen.undescribed, "no_answer")

    return sight


def _log_size(view: View) -> Sight:
    if view.log_size is not None:
        return Source.USAGE_LOG
    seen = view.seen
    unreadable = seen.read_from is Source.RING_BUFFER or seen.unread is FailureKind.UNREADABLE
    return "no_file" if unreadable else None


_SIGHTS: Mapping[Signal, Callable[[View], Sight]] = {
    Signal.ENDPOINT: lambda _: Source.ENDPOINT_CHECK,
    Signal.HOME_ASSISTANT_LINK: _link,
    Signal.STARTED: _started,
    Signal.STARTUP_TIME: _startup_time,
    Signal.TOOL_CALLS: _tool_calls,
    Signal.SESSION: lambda view: view.session,
    Signal.MEMORY: _host(Signal.MEMORY, lambda reading: reading.memory),
    Signal.CPU: _host(Signal.CPU, lambda reading: reading.cpu),
    Signal.NETWORK: _host(Signal.NETWORK, lambda reading: reading.network_received),
    Signal.CREDENTIAL: _credential,
    Signal.CREDENTIAL_EXPIRY: lambda view: view.expiry,
    Signal.VERSIONS: _described("running_version", "installed_version"),
    Signal.SETTINGS: _described("read_only", "websocket_enabled"),
    Signal.USAGE_LOG_SIZE: _log_size,
}

"""The intervals and thresholds that tests shorten, a person chooses, or several files share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .finding import RuleKey, Severity


@dataclass(frozen=True, slots=True)
class Policy:
    """How often to look, how long to wait and what to doubt; seconds unless named otherwise.

    How long counts are kept is a matter of the ledger's shape and stands there.

    The defaults are what a home gets. Tests pass shorter ones instead of sleeping.
    """

    cycle: float = 30
    """Time between two looks at the endpoint."""

    stage_timeout: float = 10
    """Longest wait for one probe stage, so that a hung Home Assistant bounds the cycle."""

    confirm_delays: tuple[float, ...] = (0, 0.05, 0.1)
    """A refused or reset endpoint is asked again after each of these before it counts as dead."""

    stall_tolerance: float = 1
    """A failure seen while our own event loop was later than this proves nothing."""

    tool_stage_interval: float = 300
    """Time between two runs of the tool stages; each call adds a line to ha-mcp's usage log."""

    look_interval: float = 1
    """Shortest time from the beginning of a cycle to one that something happening starts."""

    suspicion_interval: float = 30
    """Shortest time between two runs of the tool stages for something that speaks against the link."""

    broken_link_intervals: tuple[float, ...] = (30, 60, 120, 300)
    """Time to the next run of the tool stages after the first, second, … that failed in a row."""

    rejected_token_interval: float = 3600
    """Time to the next try after a rejected token: Home Assistant takes each for a break-in, and
    may ban the server's address. With a new token ha-mcp restarts, which is seen at once."""

    refused_stage_interval: float = 6 * 3600
    """Time before a tool that ha-mcp's policy refused is tried again: it may ask a person each time."""

    evidence_lifetime: float = 2 * 300 + 60
    """How long a tool stage that succeeded still speaks for the link to Home Assistant."""

    tool_calls_interval: float = 300
    """Shortest regular time between two readings of the tool calls."""

    tool_calls_cost_factor: float = 50
    """A reading may take at most 1 / this share of the time between readings (2 %)."""

    tool_calls_catch_up: float = 60
    """Time to the next reading after one that may have missed calls."""

    tool_calls_gap: float = 30 * 60
    """Readings further apart than this leave a gap in the tool-call signals."""

    tool_calls_timeout: float = 60
    """Longest wait for a reading; `ha_report_issue` collects a lot before it answers."""

    max_clock_skew: float = 5
    """A server clock further off than this makes record times doubtful."""

    answer_limit: int = 1024 * 1024
    """Bytes of an answer that are read before it is cut off."""

    publish_interval: float = 15 * 60
    """Time between two publications of numbers while nothing changes for the worse or better."""

    rate_window: float = 3600
    """Time over which the error rates and latency of the whole server are taken."""

    tool_window: float = 6 * 3600
    """Time over which the error rate of one tool is taken: most homes use a tool a few times a day."""

    min_calls_for_p95: int = 20
    """A 95th percentile of fewer calls than this is noise and stays unknown."""

    save_interval: float = 300
    """Longest time until a change of the open part of the ledger is written.

    A call of ours has it written at once: after a crash it must not count as the user's.
    """

    open_part_limit: int = 30_000
    """Bytes that the open part of the ledger may take on disk."""

    shared_session_after: float = 300
    """Two lasting sessions side by side for longer than this are of two servers, not of one whose
    old session Home Assistant still believes in: that ends after two missed heartbeats."""

    credential_timeout: float = 30
    """Longest wait for an answer of `ha_get_system_health`, which asks many parts of a home."""

    usage_log_chunk: int = 1024 * 1024
    """Bytes of the usage log that are read at a time: their calls are counted in the event loop."""

    usage_log_lag: float = 10
    """A call older than this that is not in the usage log will not get there: the disk is full."""

    host_interval: float = 60
    """Shortest time between two looks at the machine: memory, processor time, network."""

    no_session_interval: float = 3600
    """Time before a server that opened no session at this Home Assistant is asked again to."""

    description_interval: float = 6 * 3600
    """Time between two reports of a server whose calls are read from its usage log."""

    supervisor_timeout: float = 10
    """Longest wait for an answer of Supervisor."""

    app_log_retries: tuple[float, ...] = (1, 2, 5, 10, 30, 60)
    """Time to the next try after the first, second, … that an app's log could not be followed."""

    app_log_silence: float = 600
    """An app's log that is silent for longer is asked for anew: its stream may be dead. Our own
    look at the endpoint leaves a line each time, so a running app is never silent for long."""

    down_intervals: tuple[float, ...] = (1, 2, 4, 8, 15, 30)
    """Time to the next look after the first, second, … at a server that is down: its recovery
    shall be seen within seconds."""

    grace: Mapping[Severity, float] = field(
        default_factory=lambda: {Severity.P0: 60, Severity.P1: 120}
    )
    """How long an outage must last before a person is told, for the severities that page: a
    container that is updated is down for seconds, and nobody wants to hear of it."""

    brief_outages: int = 3
    """As many outages of a kind within `brief_outages_window` are told at once, however brief."""

    brief_outages_window: float = 3600
    """Time in which brief outages are counted."""

    clean_time: Mapping[Severity | RuleKey, float] = field(
        default_factory=lambda: {Severity.P0: 120, Severity.P1: 120, RuleKey.SLOW: 15 * 60}
    )
    """How long an incident must show clean before it is resolved, by its rule or else its severity;
    at once if neither is named. Where few calls are slow, a quarter of an hour has none by chance."""

    unknown_patience: float = 86_400
    """An incident is over if nobody could tell for so long; if it is judged over some time, for
    as long as that, or as its calls may go unread."""

    unwatched_cycles: float = 10
    """So many cycles without a look are a gap: this machine slept, or its clock was set …"""

    clock_jump: float = 5
    """… and so is that the clock of the wall went so much further than the one that never jumps."""

    easing: float = 0.5
    """What is an incident already goes on down to this part of the threshold that made it one:
    near the threshold people would be told again and again."""

    reopen_window: float = 15 * 60
    """A finding that returns within this after its incident was resolved reopens it."""

    suppression: float = 120
    """For at most this long, Home Assistant's start or stop and a reload explain what is found."""

    maintenance_time: float = 2 * 3600
    """The maintenance switch turns itself off after this."""

    incidents_kept: float = 366 * 86_400
    """How long resolved incidents are remembered."""

    drill_time: float = 300
    """A fire drill ends by itself after this."""

    link_failures: int = 2
    """Looks in a row that must find the link broken before that is an incident."""

    tool_broken_calls: int = 5
    """A tool of which so many calls fail within an hour, and none succeeds, is broken."""

    restart_loop: int = 3
    """So many restarts within an hour that nobody asked for are a loop."""

    reconnect_storm: int = 6
    """So many lost connections within an hour are more than bad luck."""

    slow_window: float = 15 * 60
    """Time over which a server is found slow."""

    slow_calls: int = 20
    """Fewer calls than this within that time do not show that a server is slow."""

    slow_factor: float = 3
    """A server is slow if the 95th percentile is this many times the usual one …"""

    slow_floor: float = 0.5
    """… unless it is shorter than this: three times next to nothing is no matter to anybody."""

    baseline_window: float = 7 * 86_400
    """The usual 95th percentile is that of this time …"""

    baseline_calls: int = 100
    """… if there were at least so many calls."""

    memory_samples: int = 40
    """Samples of the memory within a day that show whether it grows; there are 48 if none is
    missing."""

    memory_growth: float = 5
    """Percent of its memory that a server may grow by in a day …"""

    memory_growth_bytes: float = 20 * 1024 * 1024
    """… and bytes that it may: more than both is a leak."""

    change_window: float = 7 * 86_400
    """Time before and after a change of version in which failures are compared."""

    change_calls: int = 20
    """Fewer calls than this before or after show nothing."""

    change_chance: float = 0.01
    """If chance alone makes it that bad with a greater likelihood than this, it did not get worse."""

    slow_start_factor: float = 2
    """A start is slow if it took this many times the median of the five before."""

    slow_start_told: float = 86_400
    """For how long a slow start is told."""

    token_expiry: float = 30 * 86_400
    """A token that expires within this is told."""

    token_renewal: float = 2 * 3600
    """A token that does not even last this long from the server's start is renewed all the time."""

    usage_log_limit: int = 100_000_000
    """Bytes that the usage log may take: it is never cut."""

    update_patience: float = 14 * 86_400
    """How long an update may wait to be installed."""

    red_patience: float = 86_400
    """How long the default branch of ha-mcp's own project may be red, from the first run that
    failed: a day's worth is everyday work, after which whoever broke it has mostly mended it."""

    remedy_waits: tuple[float, ...] = (1, 2, 4, 8, 15, 30)
    """Time to the next look whether a remedy mended it: a server that is restarted needs a while."""

    order_timeout: float = 180
    """Longest wait for Supervisor to restart an app, or for ha-mcp's entry to be reloaded."""

    project_save_interval: float = 3 * 3600
    """Shortest time between two writes of what was learnt of the project: that is up to a
    megabyte, and what a crash costs can be asked for again."""

    registry_timeout: float = 60
    """Longest wait for the registry to tell the sizes of the images of one release."""

    image_releases: int = 10
    """The sizes of the images of so many releases are asked for …"""

    images_at_once: int = 2
    """… of so many with each look at the project."""

    image_retry: float = 6 * 3600
    """Time before a release without an image is asked for again: it may still be built."""

    github_budget: int = 12
    """Requests an hour to GitHub without a token: it takes 60 from one address, and others in the
    home may need them."""

    github_budget_with_token: int = 120
    """The same with a token, from whose owner GitHub takes 5,000."""

    github_timeout: float = 30
    """Longest wait for an answer of GitHub."""

    upstream_repository_interval: float = 86_400
    """Time between two looks at what the project is called, and at all issues that are open."""

    upstream_runs_interval: float = 30 * 60
    """Time between two looks at the newest CI runs."""

    upstream_issues_interval: float = 3600
    """Time between two looks at issues, and at releases."""

    upstream_sweep_interval: float = 6 * 3600
    """Time between two readings of the last two days of CI runs: some were run again."""

    upstream_retry: float = 15 * 60
    """Time before a part of the project that could not be read is asked for again …"""

    upstream_token_retry: float = 3600
    """… and before a token that GitHub turned away is tried again."""

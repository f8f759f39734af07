"""What a rule says: that something is wrong now, how bad it is, and what shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad an incident is; the smaller, the worse."""

    P0 = "p0"
    """The service is completely down."""
    P1 = "p1"
    """A major feature is broken."""
    P2 = "p2"
    """Performance is degraded."""
    P3 = "p3"
    """A minor operational issue."""


class RuleKey(StrEnum):
    """The name of a rule: also that of its texts and of its section in the runbooks."""

    SERVER_DOWN = "server_down"
    LINK_BROKEN = "link_broken"
    TOKEN_REJECTED = "token_rejected"  # noqa: S105 - the name of a rule.
    TOOLS_FAILING = "tools_failing"
    TOOL_BROKEN = "tool_broken"
    RESTART_LOOP = "restart_loop"
    SLOW = "slow"
    BUDGET_BURNING = "budget_burning"
    RECONNECT_STORM = "reconnect_storm"
    MEMORY_GROWING = "memory_growing"
    WORSE_AFTER_UPDATE = "worse_after_update"
    SERVER_STOPPED = "server_stopped"
    SLOW_START = "slow_start"
    TOKEN_EXPIRING = "token_expiring"  # noqa: S105 - the name of a rule.
    RESTART_NEEDED = "restart_needed"
    USAGE_LOG_LARGE = "usage_log_large"
    UPDATE_WAITING = "update_waiting"
    UPSTREAM_RED = "upstream_red"


type Evidence = Mapping[str, str | int | float]
"""What shows a finding, by name: plain values that may be told to anybody in the home."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds right now.

    `subject` is what it holds of where it can hold of several things: a tool, an objective.
    `calls_since` is since when the calls were made that it needs, None if that is not known.
    """

    rule: RuleKey
    severity: Severity
    evidence: Evidence = field(default_factory=dict)
    subject: str | None = None
    calls_since: float | None = None

    @property
    def key(self) -> str:
        """What names this finding among those of one server."""
        return key_of(self.rule, self.subject)


def key_of(rule: RuleKey, subject: str | None) -> str:
    """Return what names a finding of a rule, of a subject if it has one."""
    return rule if subject is None else f"{rule}:{subject}"


def rule_of(key: str) -> RuleKey:
    """Return the rule of the finding with this key."""
    return RuleKey(key.partition(":")[0])

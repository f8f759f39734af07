"""The rules: one table of what is wrong when, how bad it is, and what explains what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from . import call_conditions, conditions
from .answer import Answer
from .finding import Finding, RuleKey, Severity
from .objectives import FAST_BURN, SLOW_BURN
from .situation import Situation

_HOUR = 3600.0
_READING = 600.0
"""Calls may be read this much later than they were made, and once more if a reading fails."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its section in the runbooks has its name.

    `explains` are the rules that hold as a consequence of this one: they are no incidents of
    their own then. `lag` is the time in seconds that a rule looks back on: for so long it may
    still hold after its cause is over. `calls_since` is since when calls must have failed for it
    to hold, where that is later: what fails after its cause has another. `hold` is how long it
    must hold, in seconds, before it is an incident. `unread` is how long the calls may be unread
    without which nobody can tell, in seconds, where that is more than it looks back on.
    """

    key: RuleKey
    severity: Severity
    condition: Callable[[Situation], Answer]
    explains: frozenset[RuleKey] = field(default_factory=frozenset)
    lag: float = 0
    hold: float = 0
    unread: float = 0
    calls_since: Callable[[Situation], float | None] = lambda _situation: None

    @property
    def runbook(self) -> str:
        """The section of the runbooks that tells what to do."""
        return self.key.replace("_", "-")

    @property
    def patience(self) -> float:
        """For how long nobody may be able to tell until its incident is over; 0 if for long."""
        return max(self.lag, self.unread)

    def look(self, situation: Situation) -> list[Finding] | None:
        """Return what holds now; None if nobody can tell."""
        answer = self.condition(situation)
        if answer is None:
            return None
        since = self.calls_since(situation)
        return [
            Finding(self.key, self.severity, evidence, subject, since)
            for subject, evidence in answer.items()
        ]


_CALLS_FAIL = frozenset(
    {
        RuleKey.TOOLS_FAILING,
        RuleKey.TOOL_BROKEN,
        RuleKey.SLOW,
        RuleKey.BUDGET_BURNING,
        RuleKey.WORSE_AFTER_UPDATE,
    }
)
"""What follows if the server cannot do its work."""

# Of two that hold at once and explain each other's consequences, the first takes the other in.
_TABLE = (
    Rule(
        RuleKey.SERVER_DOWN,
        Severity.P0,
        conditions.server_down,
        explains=_CALLS_FAIL
        | {
            RuleKey.TOKEN_REJECTED,
            RuleKey.LINK_BROKEN,
            RuleKey.RESTART_LOOP,
            RuleKey.RECONNECT_STORM,
            RuleKey.SERVER_STOPPED,
        },
    ),
    Rule(
        RuleKey.TOKEN_REJECTED,
        Severity.P1,
        conditions.token_rejected,
        explains=_CALLS_FAIL | {RuleKey.LINK_BROKEN, RuleKey.RECONNECT_STORM},
    ),
    Rule(
        RuleKey.LINK_BROKEN,
        Severity.P1,
        conditions.link_broken,
        explains=_CALLS_FAIL | {RuleKey.RECONNECT_STORM},
    ),
    Rule(
        RuleKey.RESTART_LOOP,
        Severity.P1,
        conditions.restart_loop,
        explains=_CALLS_FAIL | {RuleKey.RECONNECT_STORM, RuleKey.SLOW_START},
    ),
    Rule(
        RuleKey.TOOLS_FAILING,
        Severity.P1,
        call_conditions.tools_failing,
        explains=_CALLS_FAIL - {RuleKey.TOOLS_FAILING},
        lag=FAST_BURN.short + _READING,
        calls_since=call_conditions.short_window,
        # A hiccup stays in the window for as long as that.
        hold=FAST_BURN.short + 60,
        # The longer a reading takes, the rarer they are: it cannot tell until the next.
        unread=_HOUR / 2 + FAST_BURN.short,
    ),
    Rule(
        RuleKey.TOOL_BROKEN,
        Severity.P1,
        call_conditions.tool_broken,
        explains=frozenset({RuleKey.BUDGET_BURNING, RuleKey.WORSE_AFTER_UPDATE}),
        lag=_HOUR,
        calls_since=lambda situation: situation.calls.outage_until,
    ),
    Rule(
        RuleKey.WORSE_AFTER_UPDATE,
        Severity.P2,
        call_conditions.worse_after_update,
        explains=frozenset({RuleKey.BUDGET_BURNING}),
        # Failures that are seen for days are no consequence of an hour.
        lag=_HOUR,
    ),
    Rule(RuleKey.SLOW, Severity.P2, call_conditions.slow, lag=_HOUR / 4 + _READING),
    Rule(
        RuleKey.BUDGET_BURNING,
        Severity.P2,
        call_conditions.budget_burning,
        lag=SLOW_BURN.short + _READING,
    ),
    Rule(RuleKey.RECONNECT_STORM, Severity.P2, conditions.reconnect_storm, lag=_HOUR),
    Rule(RuleKey.MEMORY_GROWING, Severity.P2, conditions.memory_growing),
    Rule(
        RuleKey.SERVER_STOPPED,
        Severity.P3,
        conditions.server_stopped,
        explains=_CALLS_FAIL
        | {
            RuleKey.LINK_BROKEN,
            RuleKey.TOKEN_REJECTED,
            RuleKey.RESTART_LOOP,
            RuleKey.RECONNECT_STORM,
        },
        # An app that is updated is stopped for a while.
        hold=120,
    ),
    Rule(RuleKey.SLOW_START, Severity.P3, conditions.slow_start, lag=_HOUR),
    Rule(RuleKey.TOKEN_EXPIRING, Severity.P3, conditions.token_expiring),
    # Who installs a version mostly restarts soon after.
    Rule(RuleKey.RESTART_NEEDED, Severity.P3, conditions.restart_needed, hold=600),
    Rule(RuleKey.USAGE_LOG_LARGE, Severity.P3, conditions.usage_log_large),
    Rule(RuleKey.UPDATE_WAITING, Severity.P3, conditions.update_waiting),
    Rule(RuleKey.UPSTREAM_RED, Severity.P3, conditions.upstream_red),
)

RULES: Mapping[RuleKey, Rule] = MappingProxyType({rule.key: rule for rule in _TABLE})


def look(situation: Situation) -> tuple[list[Finding], frozenset[RuleKey]]:
    """Return what holds now, and the rules of which nobody can tell."""
    findings: list[Finding] = []
    unknown: set[RuleKey] = set()
    for rule in RULES.values():
        found = rule.look(situation)
        if found is None:
            unknown.add(rule.key)
        else:
            findings += found
    return findings, frozenset(unknown)

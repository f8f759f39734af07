"""What the rules read: all that is known of one server at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .assessment import Assessment
from .history import History
from .ledger import Ledger, Totals
from .objectives import Objectives, Targets
from .policy import Policy
from .project import BranchState
from .signals import Signal

_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Calls:
    """Tool calls, added up for the rules.

    `lately` are those of the policy's `slow_window`, `by_tool` those of the last hour, and
    `since_outage` those of it that came after `outage_until`, when the last outage ended that
    explains failures.
    `baseline_p95` is what was usual before, in seconds; None of too few calls, and where there
    are too few lately to be compared with it. `before_change` and `after_change` are those of
    `change_window` around a change of version, whole hours each; empty if there was none, and
    where nothing failed since. What goes back for days is as of some time in this `hour`.
    """

    lately: Totals = field(default_factory=Totals)
    by_tool: Mapping[str, Totals] = field(default_factory=dict)
    since_outage: Mapping[str, Totals] = field(default_factory=dict)
    outage_until: float | None = None
    baseline_p95: float | None = None
    before_change: Totals = field(default_factory=Totals)
    after_change: Totals = field(default_factory=Totals)
    hour: int | None = None
    version_changed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """One server at one moment.

    `open` are the keys of the findings that are incidents already. `upstream` is how ha-mcp's own
    project does, None if nobody knows or another server tells of it.
    """

    now: float
    policy: Policy
    current: Assessment
    history: History
    calls: Calls
    objectives: Objectives
    targets: Targets
    open: frozenset[str] = frozenset()
    upstream: BranchState | None = None

    def easing(self, key: str) -> float:
        """Return which part of its threshold is enough for a finding, by its key."""
        return self.policy.easing if key in self.open else 1.0

    @property
    def calls_until(self) -> float | None:
        """Until when the tool calls are known, in Unix seconds; None if they cannot be seen."""
        if Signal.TOOL_CALLS not in self.current.sources:
            return None
        read_at = self.current.calls_read_at
        if read_at is None:
            return self.now
        return read_at if self.now - read_at <= self.policy.tool_calls_gap else None


def calls_of(
    ledger: Ledger,
    now: float,
    policy: Policy,
    version_changed_at: float | None = None,
    known: Calls | None = None,
    excused: frozenset[int] = frozenset(),
    outage_until: float | None = None,
) -> Calls:
    """Add up the calls that the rules need; `known` are those of the look before.

    Of the last hour those are left out that were made in the `excused` minutes since 1970.
    `outage_until` is when the last outage ended that explains failures.
    """
    # Every look comes by here, and days take a while to add up: that is done once an hour, and
    # only where a rule can use it.
    until, hour = now + _MINUTE, int(now // _HOUR)
    lately = ledger.totals(until - policy.slow_window, until, but=excused)
    if known is None or (known.hour, known.version_changed_at) != (hour, version_changed_at):
        before, after = _around(version_changed_at, ledger, now, policy)
        known = Calls(before_change=before, after_change=after)
    baseline = known.baseline_p95
    if baseline is None and lately.calls >= policy.slow_calls:
        usual = ledger.hour_totals(now - policy.baseline_window, now - _HOUR)
        baseline = usual.p95(policy.baseline_calls)
    by_tool = since_outage = ledger.totals_by_tool(until - _HOUR, until, excused)
    if outage_until is not None and outage_until > until - _HOUR:
        since_outage = ledger.totals_by_tool(outage_until, until, excused)
    return Calls(
        lately=lately,
        by_tool=by_tool,
        since_outage=since_outage,
        outage_until=outage_until,
        baseline_p95=baseline,
        before_change=known.before_change,
        after_change=known.after_change,
        hour=hour,
        version_changed_at=version_changed_at,
    )


def _around(
    changed_at: float | None, ledger: Ledger, now: float, policy: Policy
) -> tuple[Totals, Totals]:
    """Return the calls before and after a change, without the hour in which it came."""
    if changed_at is None or now - changed_at > policy.change_window:
        return Totals(), Totals()
    after = ledger.hour_totals(changed_at, now)
    if not after.bad:
        return Totals(), after
    hour = changed_at // _HOUR * _HOUR
    return ledger.hour_totals(hour - policy.change_window, hour), after

"""What a report is made of: all evidence of one week, taken at one moment.

Times are Unix seconds, days proleptic Gregorian ordinals of local days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from ..assess.assessment import Assessment
from ..assess.diary import Diary
from ..assess.incident import Incident
from ..assess.ledger import Totals
from ..assess.objectives import Budget, Objective, Targets
from ..assess.policy import Policy
from ..assess.signals import Mode
from ..assess.tally import Tally
from ..assess.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Week:
    """A local week, from Monday 00:00 (`start`) to the next (`end`, not included).

    `as_of` is when the evidence was taken; a week that is not over then is reported so far.
    """

    monday: date
    start: float
    end: float
    as_of: float
    zone: tzinfo

    @property
    def so_far(self) -> bool:
        """Whether the week was not over."""
        return self.as_of < self.end

    @property
    def until(self) -> float:
        """Until when the week is known."""
        return min(self.as_of, self.end)

    @property
    def last_day(self) -> int:
        """The last day of which something is known."""
        return self.local(self.until - 1).toordinal()

    @property
    def days(self) -> range:
        """The days of the week, those to come included."""
        return range(self.monday.toordinal(), self.monday.toordinal() + 7)

    def midnight(self, day: int) -> float:
        """Return when a day begins."""
        return datetime.fromordinal(day).replace(tzinfo=self.zone).timestamp()

    def local(self, at: float) -> datetime:
        """Return a moment as the clocks of this home show it."""
        return datetime.fromtimestamp(at, self.zone)


@dataclass(frozen=True, slots=True)
class CallTotals:
    """Tool calls by tool: in the week, in the week before it, and in the 28 days before it."""

    week: Mapping[str, Totals] = field(default_factory=dict)
    before: Mapping[str, Totals] = field(default_factory=dict)
    usual: Mapping[str, Totals] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerMaterial:
    """One server.

    `watched_since` is when watching began, `counted_since` since when all calls and events of
    objectives are there: older ones are not kept. `tallies` are of the week, `tallies_before` of
    the one before; `budgets` are those at the end of the week, `current` is what is believed when
    the report is written. `incidents` are all that are remembered, the newest first. The `token`
    of servers that share one is equal; it names nothing.
    """

    id: str
    name: str
    mode: Mode
    watched_since: float
    current: Assessment
    targets: Targets
    policy: Policy
    counted_since: float = 0.0
    incidents: tuple[Incident, ...] = ()
    tallies: Mapping[Objective, Tally] = field(default_factory=dict)
    tallies_before: Mapping[Objective, Tally] = field(default_factory=dict)
    budgets: Mapping[Objective, Budget] = field(default_factory=dict)
    calls: CallTotals = field(default_factory=CallTotals)
    diary: Diary = field(default_factory=Diary)
    token: str | None = None

    @property
    def known_minutes(self) -> int:
        """Minutes of the week that are known, maintenance among them."""
        return _known(self.tallies)

    @property
    def known_before(self) -> int:
        """Minutes of the week before that are known."""
        return _known(self.tallies_before)


def _known(tallies: Mapping[Objective, Tally]) -> int:
    minutes = tallies.get(Objective.AVAILABILITY, Tally())
    return minutes.valid + minutes.excluded


@dataclass(frozen=True, slots=True)
class Words:
    """The English names that the rest of the product uses, by key.

    `rules` names rules, `gaps` says why a signal cannot be seen and what would show it (by the
    key of the gap), `modes` names install modes, `failures` names how a request failed, and
    `advice` says what to do about a rule, where it matters in a mode.
    """

    rules: Mapping[str, str] = field(default_factory=dict)
    gaps: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)
    advice: Mapping[str, str] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)

    def advice_on(self, rule: str, mode: str) -> str:
        """Return what to do about a rule in a mode; empty if there is no advice."""
        return self.advice.get(f"{rule}_{mode}") or self.advice.get(rule) or ""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything for one report. `project` is None where ha-mcp's own project is not watched.

    `whole` is whether the report is on all servers; one on a part of them has a file of its own,
    and nothing is remembered of it.
    """

    week: Week
    servers: tuple[ServerMaterial, ...]
    project: Upstream | None
    home_assistant: str
    words: Words = field(default_factory=Words)
    whole: bool = True

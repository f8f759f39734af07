"""Has a server judged, and passes on what is decided."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from homeassistant import const
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from .assess.assessment import Assessment
from .assess.incident import Change
from .assess.judge import Judge
from .assess.judgement import Judgement
from .assess.policy import Policy
from .assess.project import UNTOLD, BranchState
from .clock import ticks, wall_clock
from .entries import first_server, follows_project, project_entry
from .news import INCIDENT_NEWS, IncidentNews
from .options import targets_of
from .record import Record


class Court:
    """Where one server is judged, in between its cycles as well."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        record: Record,
        policy: Policy,
    ) -> None:
        """Judge by what the record knows, and be told by it of every call."""
        self._hass = hass
        self._entry = entry
        self._record = record
        self._policy = policy
        targets, now = targets_of(entry.options), wall_clock()
        self._judge = Judge(record.case, record.ledger, targets, policy, now)
        record.count_for(self._judge)
        restarted = hass.state is not CoreState.running
        record.case.history = record.case.history.began(const.__version__, now, restarted=restarted)
        self._news: list[IncidentNews] = []
        self._judgement = self._judge.judgement(now)
        self._down = 0

    @callback
    def follow(self) -> Callable[[], None]:
        """Take Home Assistant's stop for what it is, and keep all; return how to end that."""

        @callback
        def stopping(_event: Event) -> None:
            self._judge.disturbed(wall_clock())
            # While nothing is news, nothing is written for a quarter of an hour.
            self._record.save_later()
            self._record.save_case()

        return self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, stopping)

    @callback
    def reloaded(self) -> None:
        """Note that the server is being reloaded."""
        self._judge.reloaded(wall_clock())

    def judged(self, current: Assessment, now: float, began: float | None = None) -> Assessment:
        """Return what is believed, judged; `began` is when the look began that showed it."""
        changes = self._judge.look(current, now, began, self._upstream(), ticks())
        self._down = self._down + 1 if current.reachable is False else 0
        return replace(current, judgement=self._decided(changes, now))

    def summed_up(self, judgement: Judgement, now: float) -> Judgement:
        """Return a judgement with budgets as they are now."""
        self._judgement = replace(self._judge.judgement(now), incidents=judgement.incidents)
        self._record.save_case()
        return self._judgement

    def interval(self, now: float) -> float:
        """Return the time until the next regular look, in seconds."""
        waits = self._policy.down_intervals
        regular = waits[min(self._down, len(waits)) - 1] if self._down else self._policy.cycle
        due = self._judge.due()
        # What is past and could not be decided waits for the next regular look.
        return regular if due is None or due <= now else min(regular, max(1.0, due - now))

    def link_page_due(self, now: float) -> float | None:
        """Return the tick before which people are not told that the link is broken.

        None if they are not, or at once, or if that is past and could not be decided.
        """
        due = self._judge.link_page_due()
        # Home Assistant starts a cycle up to a second early.
        return None if due is None or due <= now + 1 else ticks() + due - now - 1

    def acknowledge(self, incident_id: str) -> Judgement | None:
        """Note that somebody takes care of an incident; None if that says nothing new."""
        change = self._judge.acknowledge(incident_id, wall_clock())
        return None if change is None else self._decided((change,), wall_clock())

    def maintain(self, until: float | None) -> Judgement:
        """Begin a maintenance that ends at a time in Unix seconds, or end it."""
        now = wall_clock()
        self._judge.maintain(until, now)
        self._record.save_case()
        return self._decided((), now)

    @callback
    def pass_on(self) -> None:
        """Tell of everything that happened since; entities show it already."""
        news, self._news = self._news, []
        for each in news:
            async_dispatcher_send(self._hass, INCIDENT_NEWS, each)

    @property
    def has_news(self) -> bool:
        """Whether something happened that was not passed on yet."""
        return bool(self._news)

    def _upstream(self) -> BranchState | None:
        """Return how ha-mcp's own project does, if this server is the one that tells of it.

        None if nobody knows yet: at a start a server may be watched before the project is.
        """
        if not follows_project(self._hass) or first_server(self._hass) is not self._entry:
            return UNTOLD
        if (project := project_entry(self._hass)) is None:
            return None
        branch: BranchState = project.runtime_data.data.branch
        return branch

    def _decided(self, changes: tuple[Change, ...], now: float) -> Judgement:
        before = self._judgement.severity
        self._judgement = self._judge.judgement(now, self._judgement)
        after = self._judgement.severity
        for change in changes:
            self._news.append(IncidentNews(self._entry.entry_id, change, before, after))
            before = after
        if changes:
            self._record.save_case()
        return self._judgement

"""One cycle: observe, assess, publish."""

import asyncio
from collections.abc import Awaitable, Coroutine
from dataclasses import replace
from datetime import timedelta
from itertools import count
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .assess.assessment import Assessment, is_news
from .assess.health import Health
from .assess.incident import Incident
from .assess.judgement import Judgement
from .assess.observation import SKIPPED, FailureKind, Outcome, Probe, Stage
from .assess.policy import Policy
from .assess.schedule import Schedule
from .assess.signals import Mode
from .assessor import Assessor
from .clock import ticks, wall_clock
from .const import CONF_MODE, DOMAIN
from .court import Court
from .knowledge import Knowledge
from .log import log_health, log_probe
from .modes import watchers_of
from .observe.mcp import McpClient
from .observe.probe import MOST, probe
from .observe.tool_calls import FORMS
from .reader import Reader
from .record import Record

_LOGGER = logging.getLogger(__name__)

type SreConfigEntry = ConfigEntry[SreCoordinator]


class SreCoordinator(DataUpdateCoordinator[Assessment]):
    """Watches one server. That it is down is a result here, never a failed update."""

    config_entry: SreConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: SreConfigEntry, record: Record, policy: Policy
    ) -> None:
        """Prepare to watch; nothing is asked before the first refresh."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=DOMAIN,
            update_interval=timedelta(seconds=policy.cycle),
            # Entities hear only of what was published: the same object is no news.
            always_update=False,
        )
        self.record = record
        self.policy = policy
        self.mode = Mode(entry.data[CONF_MODE])
        self._client = McpClient(
            async_get_clientsession(hass, entry.data[CONF_VERIFY_SSL]),
            entry.data[CONF_URL],
            limit=policy.answer_limit,
            clock=wall_clock,
            journal=record.journal,
        )
        self._knowledge = Knowledge()
        watchers = watchers_of(hass, entry, self._client, record, policy)
        self._vantage, self._sessions = watchers.vantage, watchers.sessions
        self._reader = Reader(
            entry.title,
            self._client,
            record,
            self._knowledge,
            policy,
            watchers.usage_log,
            self._restarted,
        )
        self._thorough = self._stalled = self._look_is_due = False
        self._began = float("-inf")
        self._looks = count()
        self._newest = -1
        self._logged = Health.UNKNOWN
        self._tidy_due = self._published_at = 0.0
        self._assessor = Assessor(self.mode, record, self._knowledge, watchers, policy)
        self._court = Court(hass, entry, record, policy)
        now = wall_clock()
        self.data = self._court.judged(self._assessor.assess(Probe(now), None, now), now)

    @callback
    def start(self) -> None:
        """Watch until the entry is unloaded, whether entities are enabled or not."""
        unload = self.config_entry.async_on_unload
        unload(self.async_add_listener(self._court.pass_on))
        unload(self._court.follow())
        unload(self._vantage.follow(self.look_again, self._court.reloaded))
        unload(self._sessions.follow(self._session_ended))
        unload(async_at_started(self.hass, self._async_started))

    async def async_probe_now(self) -> None:
        """Run every stage, read everything and publish all of it.

        In up to five cycles, as the report may have to be asked for in each of its forms; each
        cycle asks no more of the server than any other.
        """
        self._knowledge.schedule = Schedule()
        self._reader.look_at_host_soon()
        self._thorough = True
        try:
            await self.async_refresh()
            for is_due in (*[self._is_reading_due] * FORMS, self._sessions.is_search_due):
                if self.data.reachable and is_due(ticks()):
                    await self.async_refresh()
        finally:
            self._thorough = False

    @callback
    def look_again(self) -> None:
        """Start a cycle soon: something happened that only a look can explain.

        What goes on happening has one cycle a second started, not one each time.
        """
        if not self._look_is_due:
            self._look_is_due = True
            self._beside(self._async_look_again(), "look again")

    async def _async_look_again(self) -> None:
        await asyncio.sleep(max(0.0, self._began + self.policy.look_interval - ticks()))
        if self._look_is_due:
            await self.async_refresh()

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Every incident that is remembered, the newest first."""
        return self.record.case.incidents.all

    @callback
    def acknowledge(self, incident_id: str) -> bool:
        """Note that somebody takes care of an incident; return whether that was news."""
        judgement = self._court.acknowledge(incident_id)
        if judgement is not None:
            self._update(judgement)
        return judgement is not None

    @callback
    def set_maintenance(self, until: float | None) -> None:
        """Have nobody told of incidents until a time in Unix seconds; None ends that."""
        self._update(self._court.maintain(until))
        self.look_again()

    @callback
    def _update(self, judgement: Judgement) -> None:
        self.data = replace(self.data, judgement=judgement)
        self.async_update_listeners()

    def _is_reading_due(self, now: float) -> bool:
        return self._knowledge.schedule.reading(now)

    @callback
    def _session_ended(self) -> None:
        self._suspect()
        self.look_again()

    def _suspect(self) -> bool:
        """Have the tool stages run soon; return whether at once."""
        knowledge = self._knowledge
        knowledge.schedule = knowledge.schedule.suspected(ticks(), self.policy)
        return bool(knowledge.schedule.stages(ticks()))

    async def _async_started(self, _hass: HomeAssistant) -> None:
        self.look_again()

    @override
    async def _async_update_data(self) -> Assessment:
        self._look_is_due = False
        self._began = ticks()
        look = next(self._looks)
        stages, ask = self._due(self._began)
        found, skew = await self._async_look(stages)
        if self._shutdown_requested or look < self._newest:
            # Nobody hears of it any more, or a look that began later has told already.
            return self.data
        self._newest = look
        stalled, self._stalled = self._stalled, found.endpoint.kind is FailureKind.STALLED
        if self._stalled and not stalled:
            # Once is no news; the next look tells.
            self.look_again()
            return self.data
        if self._take_in(found, skew) and found.websocket == found.rest == SKIPPED:
            self.look_again()
        left = MOST - found.requests if found.endpoint.outcome is Outcome.OK else 0
        # A search asks as much of the server as the stages do, and has a cycle of its own.
        search = left > 1 and not stages and not ask and self._sessions.is_search_due(ticks())
        work = {
            "usage log": self._async_read(self._reader.tail()),
            "host": self._reader.look_at_host(self._vantage),
            **({"report": self._async_read(self._reader.ask())} if ask and left > 0 else {}),
            **({"session search": self._sessions.async_search()} if search else {}),
        }
        beside = [self._beside(each, name) for name, each in work.items()]
        if self._thorough:
            await asyncio.wait(beside)
        return self._published(found)

    def _due(self, now: float) -> tuple[frozenset[Stage], bool]:
        """Return the tool stages to run, and whether to read the server's report."""
        if self.hass.state is not CoreState.running:
            # Home Assistant is not there for ha-mcp to reach: a broken link is no news.
            return frozenset(), False
        knowledge = self._knowledge
        unknown = knowledge.link.works(wall_clock(), self.policy.evidence_lifetime) is None
        # One reading at a time; and none that would have ha-mcp try a bad token on and on.
        mute = self._reader.is_asking or (knowledge.seen.token_rejected and not self._thorough)
        return knowledge.schedule.due(now, unknown=unknown, mute=mute, thorough=self._thorough)

    async def _async_look(self, stages: frozenset[Stage]) -> tuple[Probe, float | None]:
        self._client.move(self._vantage.url())
        unique_id = f"{self.config_entry.entry_id}_health"
        found, skew = await probe(
            self._client,
            self.policy,
            wall_clock,
            method=self._knowledge.method,
            stages=stages,
            entity_id=er.async_get(self.hass).async_get_entity_id("sensor", DOMAIN, unique_id),
        )
        if found.endpoint.outcome is Outcome.FAILED:
            found = found.explained(self._vantage.fate())
        return found, skew

    def _beside[T](self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Do something beside the cycle, until the entry is unloaded: another record goes on."""
        return self.config_entry.async_create_background_task(self.hass, work, f"{DOMAIN} {name}")

    def _take_in(self, found: Probe, skew: float | None) -> bool:
        """Take in a probe; return whether it should be followed by a look at the links."""
        knowledge, policy = self._knowledge, self.policy
        restarted = found.identity is not None and self.record.saw(found.identity)
        was_linked = knowledge.link.works(found.at, policy.evidence_lifetime)
        up = found.endpoint.outcome is Outcome.OK
        if up is not self.data.reachable:
            self._reader.look_at_host_soon()
        # An outage is when a server may come back with its settings page, or without.
        turned = up and found.method is not knowledge.method
        linked = knowledge.take_in(found, skew, ticks(), policy, restarted=restarted)
        if was_linked is False and linked:
            self._reader.ask_again()
        if restarted:
            self._restarted()
        if (startup := self._vantage.startup()) is not None:
            self.record.came_up(startup)
        self._sessions.take_in(found, linked=linked)
        return restarted or turned

    def _restarted(self) -> None:
        """Take the server for a new one."""
        self._reader.start_anew()
        self._sessions.start_anew()
        self._knowledge.schedule = replace(self._knowledge.schedule, stages_due=0.0)

    async def _async_read(self, reading: Awaitable[bool]) -> None:
        """Read beside the cycle, and look at the link if what was read speaks against it."""
        if await reading and self._suspect():
            self.look_again()

    @callback
    def _published(self, found: Probe) -> Assessment:
        """Return what entities shall show: news at once, numbers every quarter of an hour."""
        if self._shutdown_requested:
            return self.data
        now = wall_clock()
        current = self._court.judged(self._assessor.assess(found, self.data, now), now, found.at)
        self.update_interval = timedelta(seconds=self._court.interval(now))
        self._knowledge.look_before_page(self._court.link_page_due(now))
        log_probe(self.config_entry.title, found)
        if current.health is not self._logged:
            self._logged = current.health
            log_health(self.config_entry.title, current)
        quiet = 0 <= now - self._published_at < self.policy.publish_interval
        turned = self.data.tool_calls.visible != self._knowledge.seen.reads_calls(now, self.policy)
        told = self._thorough or turned or self._court.has_news or is_news(self.data, current)
        if quiet and not told:
            return self.data
        self._published_at = now
        if ticks() >= self._tidy_due:
            self._tidy_due = ticks() + self.policy.publish_interval
            # Beside the cycle: a slow disk must not delay the news.
            self._beside(self.record.async_tidy(now), "tidy")
        self.record.save_later()
        return replace(
            current,
            tool_calls=self._assessor.tool_calls(now),
            judgement=self._court.summed_up(current.judgement, now),
        )

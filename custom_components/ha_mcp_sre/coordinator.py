"""One cycle: observe, assess, publish."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .assess.assessment import Assessment, Cause, ToolCalls, UsageLog, is_news, sum_up
from .assess.gaps import View, look_around
from .assess.health import Health, cause, judge
from .assess.observation import About, EndpointMethod, HostReading, Outcome, Probe, Stage
from .assess.policy import Policy
from .assess.signals import Mode
from .clock import ticks, wall_clock
from .const import CONF_MODE, DOMAIN
from .knowledge import Knowledge
from .log import UNWELL, log_health, log_probe
from .observe.mcp import McpClient
from .observe.probe import probe
from .reader import Reader
from .record import Record
from .sessions import sessions_of
from .vantages import usage_log_of, vantage_of

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
        self._vantage = vantage_of(hass, entry, record, policy)
        self._sessions = sessions_of(hass, entry, self._client, record, self._vantage, policy)
        self._reader = Reader(
            entry.title,
            self._client,
            record,
            self._knowledge,
            policy,
            usage_log_of(hass, entry),
        )
        self._everything = False
        self._stalled = False
        self._host = asyncio.Lock()
        self._host_due = self._tidy_due = 0.0
        self._logged = Health.UNKNOWN
        self._published_at = 0.0
        self.data = self._assess(Probe(wall_clock()), wall_clock())

    @callback
    def start(self) -> None:
        """Watch until the entry is unloaded, whether entities are enabled or not."""
        unload = self.config_entry.async_on_unload
        unload(self.async_add_listener(lambda: None))
        unload(self._vantage.follow(self.look_again))
        unload(self._sessions.follow(self._session_ended))
        unload(async_at_started(self.hass, self._async_started))

    async def async_probe_now(self) -> None:
        """Run every stage, read everything and publish all of it."""
        self._everything = True
        await self.async_refresh()

    @callback
    def look_again(self) -> None:
        """Start the next cycle now: something happened that only a look can explain."""
        self._beside(self.async_refresh(), "look again")

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
        everything, self._everything = self._everything, False
        knowledge = self._knowledge
        if everything:
            knowledge.schedule = knowledge.schedule.at_once()
            self._host_due = 0.0
        now = ticks()
        unknown = knowledge.link.works(wall_clock(), self.policy.evidence_lifetime) is None
        stages = knowledge.schedule.stages(now, unknown=unknown)
        ask = knowledge.schedule.reading(now)
        if self.hass.state is not CoreState.running:
            # Home Assistant is not there for ha-mcp to reach: a broken link is no news.
            stages, ask = frozenset(), False
        if not everything and (self._reader.is_asking or knowledge.seen.token_rejected):
            # One reading at a time; and none that would have ha-mcp try a bad token on and on.
            ask = False
        if ask and stages and not everything:
            # One cycle asks little: whichever is more urgent goes first, the other follows.
            stages, ask = (stages, False) if unknown else (frozenset(), True)
        found, skew = await self._async_look(stages)
        stalled, self._stalled = self._stalled, found.endpoint.outcome is Outcome.INCONCLUSIVE
        if self._stalled and not stalled:
            # Once is no news; the next look tells.
            self._everything = everything
            self.look_again()
            return self.data
        if self._take_in(found, skew) and not stages:
            self.look_again()
        up = found.endpoint.outcome is Outcome.OK
        # A search asks as much of the server as the stages do, and has a cycle of its own.
        search = up and self._sessions.is_search_due(now)
        if everything:
            await self._async_read(ask=ask and up)
            if search:
                await self._sessions.async_search()
        else:
            self._beside(self._async_read(ask=ask and up), "readings")
            if search and not stages and not ask:
                self._beside(self._sessions.async_search(), "session search")
        return self._published(found, everything=everything)

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
        if found.endpoint.outcome is Outcome.FAILED and (fate := self._vantage.fate()) is not None:
            found = replace(found, endpoint=replace(found.endpoint, kind=fate, code=None))
        return found, skew

    def _beside(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Do something beside the cycle, until the entry is unloaded."""
        self.config_entry.async_create_background_task(self.hass, work, f"{DOMAIN} {name}")

    def _take_in(self, found: Probe, skew: float | None) -> bool:
        """Take in a probe; return whether it should be followed by a look at the links."""
        knowledge, policy = self._knowledge, self.policy
        restarted = found.identity is not None and self.record.saw(found.identity)
        was_linked = knowledge.link.works(found.at, policy.evidence_lifetime)
        knowledge.link = knowledge.link.after(found)
        linked = knowledge.link.works(found.at, policy.evidence_lifetime)
        # An outage is when a server may come back with its settings page, or without.
        up = found.endpoint.outcome is Outcome.OK
        turned = up and found.method is not knowledge.method
        if up is not self.data.reachable:
            self._host_due = 0.0
        knowledge.method = found.method if up else EndpointMethod.SETTINGS_INFO
        knowledge.seen = knowledge.seen.after_probe(found, skew)
        knowledge.schedule = knowledge.schedule.after_probe(
            found, ticks(), policy, restarted=restarted, broken=linked is False
        )
        if {found.websocket.outcome, found.rest.outcome} != {Outcome.SKIPPED}:
            # Those were calls of ours, to be known as such after a restart of Home Assistant.
            self.record.save_later()
        if was_linked is False and linked:
            self._reader.ask_again()
        if restarted:
            self._reader.start_anew()
            self._sessions.start_anew()
        if (startup := self._vantage.startup()) is not None:
            self.record.came_up(startup)
        self._sessions.take_in(found, linked=linked)
        return restarted or turned

    async def _async_read(self, *, ask: bool) -> None:
        """Read what is due beside the cycle: a slow disk, host or server must not delay news."""
        suspicious = await self._reader.tail()
        async with self._host:
            if ticks() >= self._host_due:
                self._knowledge.host = await self._vantage.host(wall_clock())
                self._host_due = ticks() + self.policy.host_interval
        if ask:
            suspicious |= await self._reader.ask()
        if suspicious and self._suspect():
            self.look_again()

    @callback
    def _published(self, found: Probe, *, everything: bool) -> Assessment:
        """Return what entities shall show: news at once, numbers every quarter of an hour."""
        now = wall_clock()
        current = self._assess(found, now)
        log_probe(self.config_entry.title, found)
        if current.health is not self._logged:
            self._logged = current.health
            log_health(self.config_entry.title, current)
        quiet = 0 <= now - self._published_at < self.policy.publish_interval
        turned = self.data.tool_calls.visible != self._knowledge.seen.reads_calls(now, self.policy)
        if quiet and not (everything or turned or is_news(self.data, current)):
            return self.data
        self._published_at = now
        if ticks() >= self._tidy_due:
            self._tidy_due = ticks() + self.policy.publish_interval
            # Beside the cycle: a slow disk must not delay the news.
            self._beside(self.record.async_tidy(now), "tidy")
        self.record.save_later()
        return replace(current, tool_calls=self._tool_calls(now))

    def _assess(self, found: Probe, now: float) -> Assessment:
        """Judge a probe; the tool calls stay as published, for adding them up takes time."""
        knowledge, record = self._knowledge, self.record
        link = knowledge.link.works(now, self.policy.evidence_lifetime)
        health = judge(found.endpoint, link)
        known: Assessment | None = self.data
        failed = cause(found.endpoint, knowledge.link) if health in UNWELL else None
        sources, gaps = ({}, None) if known is None else (known.sources, known.gaps)
        session = self._sessions
        if found.endpoint.outcome is Outcome.OK:
            view = View(
                mode=self.mode,
                seen=knowledge.seen,
                now=now,
                policy=self.policy,
                method=knowledge.method,
                link=link,
                server=record.server,
                about=knowledge.about,
                session=session.sight(linked=link),
                expiry=session.expiry_sight(),
                host=knowledge.host,
                log_size=knowledge.log_size,
            )
            sources, gaps = look_around(view)
        own, size = record.counters.own_bytes, knowledge.log_size
        return Assessment(
            health=health,
            since=now if known is None or known.health is not health else known.since,
            cause=failed and Cause(failed[0], failed[1].kind, failed[1].code),
            reachable={Outcome.OK: True, Outcome.FAILED: False}.get(found.endpoint.outcome),
            home_assistant_link=link,
            response_time=(
                found.endpoint.duration if found.endpoint.outcome is Outcome.OK else None
            ),
            server=record.server,
            tool_calls=self._tool_calls(now) if known is None else known.tool_calls,
            session=session.facts(),
            credential=session.credential(rejected=knowledge.seen.token_rejected, linked=link),
            host=knowledge.host if isinstance(knowledge.host, HostReading) else None,
            startup=self._vantage.startup(),
            about=knowledge.about or About(),
            usage_log=None if size is None else UsageLog(size, min(own, size)),
            last_cycle=now,
            sources=sources,
            gaps=gaps,
        )

    def _tool_calls(self, now: float) -> ToolCalls:
        return sum_up(
            self.record.ledger,
            self.record.counters,
            now,
            self.policy,
            visible=self._knowledge.seen.reads_calls(now, self.policy),
            knows_unused=self.record.knows_unused_tools(now),
        )

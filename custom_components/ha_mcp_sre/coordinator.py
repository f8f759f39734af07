"""One cycle: observe, assess, publish."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import logging
import time
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .assess.assessment import Assessment, Cause, ToolCalls
from .assess.faults import BUDGET_FAULTS
from .assess.gaps import Seen, find_gaps
from .assess.health import Health, Link, cause, judge
from .assess.ledger import Totals
from .assess.observation import (
    EndpointMethod,
    Outcome,
    Probe,
    Stage,
    ToolCallReading,
)
from .assess.policy import Policy
from .assess.schedule import Schedule
from .const import DOMAIN
from .log import UNWELL, log_health, log_probe, log_reading
from .observe.mcp import McpClient
from .observe.probe import probe
from .observe.tool_calls import ToolCallSource
from .record import Record

_LOGGER = logging.getLogger(__name__)

type SreConfigEntry = ConfigEntry[SreCoordinator]


def wall_clock() -> float:
    """Return Home Assistant's idea of now, as Unix seconds."""
    return dt_util.utcnow().timestamp()


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
        self._client = McpClient(
            async_get_clientsession(hass, entry.data[CONF_VERIFY_SSL]),
            entry.data[CONF_URL],
            limit=policy.answer_limit,
            clock=wall_clock,
            journal=record.journal,
        )
        self._source = ToolCallSource(self._client, record.journal, policy)
        self._method = EndpointMethod.SETTINGS_INFO
        self._schedule = Schedule()
        self._seen = Seen()
        self._link = Link()
        self._reading = asyncio.Lock()
        self._everything = False
        self._read_again = False
        self._tidied_at = -policy.publish_interval
        self._logged = Health.UNKNOWN
        self._published_at = 0.0
        self.data = self._assess(Probe(wall_clock()), wall_clock())

    @callback
    def start(self) -> None:
        """Watch until the entry is unloaded, whether entities are enabled or not."""
        self.config_entry.async_on_unload(self.async_add_listener(lambda: None))
        self.config_entry.async_on_unload(async_at_started(self.hass, self._async_started))

    async def async_probe_now(self) -> None:
        """Run every stage, read the tool calls and publish all of it."""
        self._everything = True
        await self.async_refresh()

    async def _async_started(self, _hass: HomeAssistant) -> None:
        self._look_again()

    @override
    async def _async_update_data(self) -> Assessment:
        everything, self._everything = self._everything, False
        if everything:
            self._schedule = self._schedule.at_once()
        ticks = time.monotonic()
        unknown = self._link.works(wall_clock(), self.policy.evidence_lifetime) is None
        stages = self._schedule.stages(ticks, unknown=unknown)
        read = self._schedule.reading(ticks)
        if self.hass.state is not CoreState.running:
            # Home Assistant is not there for ha-mcp to reach: a broken link is no news.
            stages, read = frozenset(), False
        if not everything and (self._reading.locked() or self._seen.token_rejected):
            # One reading at a time; and none that would have ha-mcp try a bad token on and on.
            read = False
        if read and stages and not everything:
            # One cycle asks little: whichever is more urgent goes first, the other follows.
            stages, read = (stages, False) if unknown else (frozenset(), True)
        found, skew = await self._async_look(stages)
        if found.endpoint.outcome is Outcome.INCONCLUSIVE:
            found, skew = await self._async_look(stages)
        if self._take_in(found, skew) and not stages:
            self._look_again()
        if read and found.endpoint.outcome is Outcome.OK:
            if everything:
                await self._async_read_tool_calls()
            else:
                self.config_entry.async_create_background_task(
                    self.hass, self._async_read_tool_calls(), f"{DOMAIN} tool calls"
                )
        return self._published(found, everything=everything)

    async def _async_look(self, stages: frozenset[Stage]) -> tuple[Probe, float | None]:
        unique_id = f"{self.config_entry.entry_id}_health"
        return await probe(
            self._client,
            self.policy,
            wall_clock,
            method=self._method,
            stages=stages,
            entity_id=er.async_get(self.hass).async_get_entity_id("sensor", DOMAIN, unique_id),
        )

    def _look_again(self) -> None:
        """Start the next cycle now: something happened that only the tool stages can explain."""
        self.config_entry.async_create_background_task(
            self.hass, self.async_refresh(), f"{DOMAIN} look again"
        )

    def _take_in(self, found: Probe, skew: float | None) -> bool:
        """Take in a probe; return whether it met another life of the server."""
        restarted = found.identity is not None and self.record.saw(found.identity)
        was_linked = self._link.works(found.at, self.policy.evidence_lifetime)
        self._link = self._link.after(found)
        linked = self._link.works(found.at, self.policy.evidence_lifetime)
        # An outage is when a server may come back with its settings page, or without.
        up = found.endpoint.outcome is Outcome.OK
        self._method = found.method if up else EndpointMethod.SETTINGS_INFO
        self._seen = self._seen.after_probe(found, skew)
        self._schedule = self._schedule.after_probe(
            found,
            time.monotonic(),
            self.policy,
            restarted=restarted,
            broken=linked is False,
        )
        if {found.websocket.outcome, found.rest.outcome} != {Outcome.SKIPPED}:
            # Those were calls of ours, to be known as such after a restart of Home Assistant.
            self.record.save_later()
        if was_linked is False and linked:
            self._read_again = self._reading.locked()
            self._schedule = replace(self._schedule, reading_due=0.0)
        if restarted:
            self._source.start_anew()
        return restarted

    async def _async_read_tool_calls(self) -> None:
        async with self._reading:
            started = time.monotonic()
            now = wall_clock()
            server = self.record.server
            # Read once a life: the start-up log is long, and may have ended before the start.
            startup = server.startup_time is None and self._seen.startup_log_of != server.instance
            reading = await self._source.read(
                self.record.position, now, self._seen.skew, startup=startup
            )
            ended = time.monotonic()
            self._schedule = self._schedule.after_reading(
                reading, ended - started, ended, self.policy
            )
            if self._read_again:
                self._read_again = False
                self._schedule = replace(self._schedule, reading_due=0.0)
            self._seen = self._seen.after_reading(reading, now, server.instance)
            if isinstance(reading, ToolCallReading):
                self._count(reading)
            self.record.save_later()
            log_reading(self.config_entry.title, reading)

    def _count(self, reading: ToolCallReading) -> None:
        self.record.read(reading)
        if reading.identity is not None and self._method is EndpointMethod.INITIALIZE:
            self.record.saw(reading.identity)
        if reading.startup_time is not None:
            self.record.server = replace(self.record.server, startup_time=reading.startup_time)
        if reading.connected:
            self._link = self._link.connected(reading.at)
        if reading.connected is False or any(call.fault in BUDGET_FAULTS for call in reading.calls):
            self._schedule = replace(self._schedule, stages_due=0.0)
            self._look_again()

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
        turned = self.data.tool_calls.visible != self._seen.reads_calls(now, self.policy)
        if quiet and not (everything or turned or _is_news(self.data, current)):
            return self.data
        self._published_at = now
        self._tidy(now)
        self.record.save_later()
        return replace(current, tool_calls=self._tool_calls(now))

    def _tidy(self, now: float) -> None:
        """Have the record put in order beside the cycle: a slow disk must not delay the news."""
        if time.monotonic() - self._tidied_at < self.policy.publish_interval:
            return
        self._tidied_at = time.monotonic()
        self.config_entry.async_create_background_task(
            self.hass, self.record.async_tidy(now), f"{DOMAIN} tidy"
        )

    def _assess(self, found: Probe, now: float) -> Assessment:
        """Judge a probe; the tool calls stay as published, for adding them up takes time."""
        link = self._link.works(now, self.policy.evidence_lifetime)
        health = judge(found.endpoint, link)
        known: Assessment | None = self.data
        failed = cause(found.endpoint, self._link) if health in UNWELL else None
        return Assessment(
            health=health,
            since=now if known is None or known.health is not health else known.since,
            cause=failed and Cause(failed[0], failed[1].kind, failed[1].code),
            reachable={Outcome.OK: True, Outcome.FAILED: False}.get(found.endpoint.outcome),
            home_assistant_link=link,
            response_time=(
                found.endpoint.duration if found.endpoint.outcome is Outcome.OK else None
            ),
            server=self.record.server,
            tool_calls=self._tool_calls(now) if known is None else known.tool_calls,
            last_cycle=now,
            gaps=find_gaps(self._seen, found, link, self.record.server, now, self.policy),
        )

    def _tool_calls(self, now: float) -> ToolCalls:
        ledger, policy = self.record.ledger, self.policy
        visible = self._seen.reads_calls(now, policy)
        until = now + 60
        recent = ledger.totals(until - policy.rate_window, until) if visible else Totals()
        return ToolCalls(
            counters=self.record.counters,
            recent=recent,
            p95=recent.p95(policy.min_calls_for_p95),
            by_tool=ledger.totals_by_tool(until - policy.tool_window, until) if visible else {},
            visible=visible,
            in_use=ledger.tools_in_use(now),
            knows_unused=self.record.knows_unused_tools(now),
        )


def _is_news(published: Assessment, current: Assessment) -> bool:
    return (
        published.health is not current.health
        or published.reachable is not current.reachable
        or published.home_assistant_link is not current.home_assistant_link
        or published.cause != current.cause
        or published.server.version != current.server.version
        or published.server.restarts != current.server.restarts
    )

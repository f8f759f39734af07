"""A server in a thread of Home Assistant, and how it comes up."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .assess.observation import FailureKind, HostReading, Startup
from .assess.signals import Source
from .clock import wall_clock
from .observe import component
from .observe.process import ThreadSource, own_memory
from .vantage import Vantage


@dataclass(frozen=True, slots=True)
class _Beginning:
    at: float
    memory: asyncio.Future[int]


class InProcessVantage(Vantage):
    """The server that the integration `ha_mcp_tools` runs in this Home Assistant."""

    def __init__(self, hass: HomeAssistant, url: str) -> None:
        """Watch the integration; `url` is where the server was found last."""
        self._hass = hass
        self._url = url
        self._thread = ThreadSource()
        self._began: _Beginning | None = None
        self._startup: Startup | None = None
        self._waiting: asyncio.Task[None] | None = None

    @override
    def url(self) -> str:
        """Return the address that the integration names, the last one known while it names none."""
        self._url = component.server_url(self._hass) or self._url
        return self._url

    @override
    def fate(self) -> FailureKind | None:
        """Return why the server cannot answer, as its config entry and its thread show."""
        return component.fate(self._hass)

    @override
    def follow(self, look: Callable[[], None], reloaded: Callable[[], None]) -> Callable[[], None]:
        """Have `look` called when the config entry changes, and when the server has come up."""

        @callback
        def changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
            if entry.domain != component.DOMAIN or entry.data.get("entry_type") != "server":
                return
            if entry.state is ConfigEntryState.SETUP_IN_PROGRESS:
                memory = self._hass.async_add_executor_job(own_memory)
                self._began = _Beginning(wall_clock(), memory)
                # It was of another life of the server.
                self._startup = None
                reloaded()
            elif entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
                reloaded()
            elif entry.state is ConfigEntryState.LOADED:
                self._await_bringup(look)
            look()

        self._await_bringup(look)
        disconnect = async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)

        def end() -> None:
            disconnect()
            if self._waiting is not None:
                self._waiting.cancel()

        return end

    @override
    def startup(self) -> Startup | None:
        """Return how the server came up last, if that was watched from its beginning."""
        return self._startup

    @override
    def update_available(self) -> str | None:
        """Return the version that the integration's update entity offers."""
        return component.update_available(self._hass)

    @override
    def watchdog(self) -> bool:
        """Return no: the integration does not notice when its server ends."""
        return False

    @override
    async def host(self, now: float) -> HostReading | str:
        """Return the processor time of the server's thread, and the memory of Home Assistant."""
        return await self._hass.async_add_executor_job(self._read, now)

    def _read(self, now: float) -> HostReading:
        return HostReading(
            at=now,
            source=Source.SHARED_PROCESS,
            memory=own_memory(),
            cpu=self._thread.percent(),
        )

    def _await_bringup(self, look: Callable[[], None]) -> None:
        began, self._began = self._began, None
        task = component.bringup(self._hass)
        if task is None:
            return

        async def wait() -> None:
            await asyncio.wait([task])
            ended = wall_clock()
            # The task ends as well when the server could not be brought up.
            if began is not None and component.fate(self._hass) is None:
                after = await self._hass.async_add_executor_job(own_memory)
                # The clock may have been set back meanwhile.
                took = max(0.0, ended - began.at)
                self._startup = Startup(ended, took, Source.BRINGUP, await began.memory, after)
            look()

        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self._hass.async_create_background_task(
            wait(), f"{component.DOMAIN} bring-up"
        )

"""A server that Supervisor runs as an app."""

from collections.abc import Callable
from contextlib import aclosing
from typing import override

from homeassistant.core import HomeAssistant, callback

from .assess.log_event import LogEvent
from .assess.observation import FailureKind, HostReading, Startup
from .assess.policy import Policy
from .assess.signals import Source
from .clock import wall_clock
from .observe import supervisor
from .observe.app_log import read_line
from .observe.log_stream import Following, follow_log
from .observe.offered_update import offered_update
from .record import Record
from .vantage import Vantage

_ALARMING = frozenset(LogEvent) - {LogEvent.SESSION_OPENED, LogEvent.SESSION_RELEASED}
"""Lines after which the server, or its link, may not be what it was."""

_ENDS = frozenset({"stopped", "error"})


class AppVantage(Vantage):
    """The app with one slug, its log included."""

    def __init__(
        self,
        hass: HomeAssistant,
        slug: str,
        url: str,
        record: Record,
        policy: Policy,
    ) -> None:
        """Watch an app; `url` is where its server was found last."""
        self._hass = hass
        self._slug = slug
        self._url = url
        self._is_fresh = False
        self._policy = policy
        self._record = record
        record.app_log = record.app_log.unseen()
        self.log_failure: FailureKind | None = None
        """Why the log cannot be followed now."""

    @override
    def url(self) -> str:
        """Return the address by the app's options, the last one known while it has none."""
        if not self._is_fresh and (found := self._app()) is not None:
            # Only as old as Home Assistant's start, but that may be older than the app's.
            self._url = found.url or self._url
        return self._url

    @override
    def fate(self) -> FailureKind | None:
        """Return why the server cannot answer, as Supervisor shows it."""
        if (found := self._app()) is not None:
            fate = supervisor.fate(found)
            crashed = fate is FailureKind.STOPPED and self._record.app_log.crashed
            return FailureKind.CRASHED if crashed else fate
        # Without a word of Supervisor nobody knows whether the app is still there.
        return FailureKind.NOT_INSTALLED if supervisor.knows_apps(self._hass) else None

    @override
    def follow(self, look: Callable[[], None], reloaded: Callable[[], None]) -> Callable[[], None]:
        """Have `look` called when the app changes its state, or its log shows trouble."""

        @callback
        def changed(state: str) -> None:
            if state in _ENDS:
                # Killed, it logs no word of it.
                self._note(LogEvent.SERVER_STOPPED)
            look()

        disconnect = supervisor.on_state(self._hass, self._slug, changed)
        reading = self._hass.async_create_background_task(
            self._read_log(look), f"log of {self._slug}"
        )

        @callback
        def end() -> None:
            disconnect()
            reading.cancel()

        return end

    @override
    def startup(self) -> Startup | None:
        """Return how the app came up last, as its log shows it."""
        log = self._record.app_log
        if log.came_up_at is None or log.startup_time is None:
            return None
        return Startup(log.came_up_at, log.startup_time, Source.APP_LOG)

    @override
    def update_available(self) -> str | None:
        """Return the version of the app that Supervisor offers."""
        return offered_update(self._hass, "hassio", f"{self._slug}_version_latest")

    @override
    def watchdog(self) -> bool | None:
        """Return whether Supervisor's watchdog is on for the app."""
        return None if (found := self._app()) is None else found.watchdog

    @override
    async def host(self, now: float) -> HostReading | str:
        """Return what Supervisor measured of the app."""
        timeout = self._policy.supervisor_timeout
        await self._refresh(timeout)
        found = await supervisor.stats(self._hass, self._slug, timeout, now)
        return "supervisor_silent" if isinstance(found, FailureKind) else found

    async def _refresh(self, timeout: float) -> None:
        """Ask for the address anew: what Home Assistant has in memory may be old."""
        found = await supervisor.app(self._hass, self._slug, timeout)
        if isinstance(found, supervisor.App) and found.url is not None:
            self._url, self._is_fresh = found.url, True

    def _app(self) -> supervisor.App | None:
        apps = supervisor.apps(self._hass)
        return next((each for each in apps if each.slug == self._slug), None)

    async def _read_log(self, look: Callable[[], None]) -> None:
        async with aclosing(follow_log(self._hass, self._slug, self._policy)) as items:
            async for item in items:
                self.log_failure = item if isinstance(item, FailureKind) else None
                if item is Following.ANEW:
                    self._record.app_log = self._record.app_log.followed()
                # A kind of failure is a text as well.
                if type(item) is str and (event := read_line(item)) is not None:
                    self._note(event)
                    if event in _ALARMING:
                        look()

    def _note(self, event: LogEvent) -> None:
        known = self._record.app_log.after(event, wall_clock())
        if known != self._record.app_log:
            self._record.app_log = known
            self._record.save_later()

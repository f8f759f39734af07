"""Writes the weekly report: when asked to, by itself once a week, and later if it was missed."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .clock import wall_clock
from .const import DOMAIN
from .coordinator import SreConfigEntry
from .entries import first_server, loaded_servers
from .evidence import async_material
from .files import FileFailure, write
from .options import Schedule, schedule_of
from .prose import async_write_prose
from .report.edition import Draft, Edition, draft, edition
from .report.material import Week
from .report.weeks import last_week, this_week, week_of, weeks_due
from .report_store import ReportStore
from .wording import async_words, moment

FOLDER = DOMAIN
"""Where the reports are, in the configuration folder."""

ISSUE = "report_unwritable"

TROUBLES: Mapping[FileFailure, str] = {
    FileFailure.DISK_FULL: "disk_full",
    FileFailure.READ_ONLY: "read_only",
    FileFailure.NOT_ALLOWED: "read_only",
    FileFailure.IN_THE_WAY: "read_only",
    FileFailure.IO_ERROR: "failed",
}
"""What a person can do about it, as the name of the repair's texts."""

_NOTIFICATION = f"{DOMAIN}_weekly_report"

INTERVAL = timedelta(minutes=5)
"""Between two looks whether a report is due: it comes at most this much later than its hour."""
_REPORTER: HassKey[Reporter] = HassKey(f"{DOMAIN}_reporter")


@callback
def reporter_of(hass: HomeAssistant) -> Reporter:
    """Return the one who writes the reports of this home."""
    if _REPORTER not in hass.data:
        hass.data[_REPORTER] = Reporter(hass)
    return hass.data[_REPORTER]


@dataclass(frozen=True, slots=True)
class Written:
    """A report. `path` is that of its file within the configuration folder, None without one."""

    week: Week
    edition: Edition
    path: str | None = None
    failure: FileFailure | None = None


class Reporter:
    """The one who writes the reports of this home, one at a time."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare to write; nothing is read before the first report."""
        self._hass = hass
        self._store = ReportStore(hass)
        self._lock = asyncio.Lock()
        self._failed: tuple[date, str | None] | None = None
        self._failing_since: float | None = None

    @callback
    def start(self) -> None:
        """Look now and then whether a report is due: first when everything was looked at once."""

        async def look(_now: datetime) -> None:
            if self._hass.is_running:
                await self.async_catch_up()

        async_track_time_interval(self._hass, look, INTERVAL, cancel_on_shutdown=True)

    async def async_write(
        self,
        week: Week,
        servers: Collection[SreConfigEntry],
        *,
        only: SreConfigEntry | None = None,
        to_file: bool = True,
    ) -> Written:
        """Write the report of a week on some servers, or on `only` one of them.

        What is remembered from week to week, and every file but the report's, belong to the
        report on all servers. Without a file nothing is remembered either.
        """
        async with self._lock:
            known = await self._store.async_load()
            material = await async_material(
                self._hass, week, servers if only is None else [only], whole=only is None
            )
            run = self._hass.async_add_executor_job
            begun: Draft = await run(draft, material, known)
            prose = None
            if (entity_id := self._schedule().ai_task) is not None:
                prose = await async_write_prose(self._hass, entity_id, begun.data())
            finished: Edition = await run(edition, begun, prose)
            if not to_file:
                return Written(week, finished)
            root = Path(self._hass.config.path(FOLDER))
            today = week.local(week.as_of).date()
            result = await run(write, root, finished.documents, today)
            if only is None and result.failure is None:
                await self._store.async_save(finished.known)
            self._tell_failure(result.failure, week, only)
            written = result.failure is None
            path = f"{FOLDER}/{finished.path}" if written else None
            return Written(week, finished, path, result.failure)

    async def async_catch_up(self) -> None:
        """Write what is due and was not written: mostly the report of the week that is over."""
        schedule, servers = self._schedule(), loaded_servers(self._hass)
        now = wall_clock()
        if schedule.weekday is None or not servers:
            return
        known = await self._store.async_load()
        written = None
        zone = dt_util.get_default_time_zone()
        for week in weeks_due(known.reported, schedule.weekday, schedule.hour, now, zone):
            if any(_watched(entry, week) for entry in servers):
                written = await self.async_write(week, servers)
                if written.failure is not None:
                    break
        if written is not None:
            await self._async_notify(written)

    async def async_write_now(self) -> Written | None:
        """Write the report on everything that a person would ask for; None without a server."""
        if not (servers := loaded_servers(self._hass)):
            return None
        written = await self.async_write(self.week(), servers)
        await self._async_notify(written)
        return written

    async def async_try_again(self) -> FileFailure | None:
        """Write again what could not be written; return why that failed again."""
        servers = loaded_servers(self._hass)
        if self._failed is None or not servers:
            written = await self.async_write_now()
        else:
            day, entry_id = self._failed
            only = next((each for each in servers if each.entry_id == entry_id), None)
            week = week_of(day, wall_clock(), dt_util.get_default_time_zone())
            written = await self.async_write(week, servers, only=only)
        return None if written is None else written.failure

    def week(self, day: date | None = None) -> Week:
        """Return the week of a day; without one the last that is over, if anybody watched it."""
        now, zone = wall_clock(), dt_util.get_default_time_zone()
        if day is not None:
            return week_of(day, now, zone)
        over = last_week(now, zone)
        watched = any(_watched(entry, over) for entry in loaded_servers(self._hass))
        return over if watched else this_week(now, zone)

    async def async_forget(self) -> None:
        """Forget everything but the files, which are the person's."""
        await self._store.async_remove()

    def _schedule(self) -> Schedule:
        first = first_server(self._hass)
        return Schedule(weekday=None) if first is None else schedule_of(first.options)

    @callback
    def _tell_failure(
        self, failure: FileFailure | None, week: Week, only: SreConfigEntry | None
    ) -> None:
        """Have a repair while files cannot be written."""
        if failure is None:
            self._failed = self._failing_since = None
            ir.async_delete_issue(self._hass, DOMAIN, ISSUE)
            return
        self._failed = (week.monday, None if only is None else only.entry_id)
        self._failing_since = self._failing_since or week.as_of
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            ISSUE,
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=f"report_{TROUBLES[failure]}",
            translation_placeholders={
                "folder": FOLDER,
                "since": moment(self._failing_since),
            },
        )

    async def _async_notify(self, written: Written) -> None:
        words = await async_words(self._hass)
        incidents = written.edition.data["reliability_summary"]["incidents"]
        persistent_notification.async_create(
            self._hass,
            words.say(
                "report_text" if written.path else "report_text_unwritten",
                incidents=_count(incidents["reported"]),
                paged=_count(incidents["paged"]),
                path=written.path,
            ),
            title=words.say("report_title", week=written.week.monday.isoformat()),
            notification_id=_NOTIFICATION,
        )


def _watched(entry: SreConfigEntry, week: Week) -> bool:
    return entry.runtime_data.record.whole_since < week.end


def _count(known: int | None) -> int | str:
    return "?" if known is None else known

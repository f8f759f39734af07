"""Writes the weekly report: when asked to, by itself once a week, and later if it was missed."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
import logging
from pathlib import Path, PurePosixPath

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .clock import wall_clock
from .const import DOMAIN
from .coordinator import SreConfigEntry
from .entries import first_server, loaded_servers, report_options, server_entries
from .evidence import async_material
from .files import FileFailure, write
from .options import Schedule, schedule_of
from .prose import async_write_prose
from .report.document import Document
from .report.edition import Draft, Edition, Known, draft, edition
from .report.material import Week
from .report.weeks import last_week, this_week, week_of, weeks_due
from .report_store import ReportStore
from .texts import async_texts
from .wording import moment

_LOGGER = logging.getLogger(__name__)

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
    """A report, on all servers if it is `whole`.

    `path` is that of its file within the configuration folder, None if there is none.
    """

    week: Week
    edition: Edition
    whole: bool
    path: str | None = None

    def without(self, scope: str) -> Written:
        """Return it without what it would have remembered of one server, which is gone."""
        known = self.edition.known.without(scope)
        return replace(self, edition=replace(self.edition, known=known))


class Reporter:
    """The one who writes the reports of this home, one at a time."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare to write; nothing is read before the first report."""
        self._hass = hass
        self._store = ReportStore(hass)
        self._lock = asyncio.Lock()
        self._catching_up = asyncio.Lock()
        self._unwritten: dict[PurePosixPath, Document] = {}
        self._waiting: dict[PurePosixPath, Written] = {}
        self._failing_since: float | None = None
        self._complained = False

    @callback
    def start(self) -> None:
        """Look now and then whether a report is due: first when everything was looked at once."""

        async def look(_now: datetime) -> None:
            if not self._hass.is_running:
                return
            try:
                await self.async_catch_up()
            except HomeAssistantError as err:
                if not self._complained:
                    _LOGGER.error("The weekly report was not written: %s", err)  # noqa: TRY400 - expected, and said in full.
                self._complained = True
            else:
                self._complained = False

        async_track_time_interval(self._hass, look, INTERVAL, cancel_on_shutdown=True)

    async def async_write(
        self, day: date, *, only: SreConfigEntry | None = None, to_file: bool = True
    ) -> Written | None:
        """Write the report of a day's week on all servers, or on `only` one; None without any.

        What is remembered from week to week, and every file but the report's, belong to the
        report on all servers. Without a file nothing is remembered either.
        """
        async with self._lock:
            # Who waited for another report to be written may find them gone.
            servers = [each for each in loaded_servers(self._hass) if only in (None, each)]
            before = server_entries(self._hass)
            if not servers:
                return None
            week = week_of(day, wall_clock(), dt_util.get_default_time_zone())
            known = await self._async_newest()
            material = await async_material(self._hass, week, servers, whole=only is None)
            run = self._hass.async_add_executor_job
            begun: Draft = await run(draft, material, known)
            prose = None
            if (entity_id := self._schedule().ai_task) is not None:
                prose = await async_write_prose(self._hass, entity_id, begun.data())
            finished: Edition = await run(edition, begun, prose)
            written = Written(week, finished, whole=only is None)
            left = server_entries(self._hass)
            for gone in (each for each in before if each not in left):
                written = written.without(gone.entry_id)
            if not to_file:
                return written
            self._waiting[finished.path] = written
            self._unwritten |= {each.path: each for each in finished.documents}
            await self._async_put(dt_util.now().date() if finished.complete else None)
            return _with_path(written) if finished.path not in self._waiting else written

    async def async_catch_up(self) -> None:
        """Write what could not be written, then what is due: mostly the week that is over."""
        # Who waits here for an AI that takes its time finds nothing due any more.
        async with self._catching_up:
            waiting = dict(self._waiting)
            await self.async_try_again()
            done = [_with_path(each) for path, each in waiting.items() if path not in self._waiting]
            latest = done[-1] if done else None
            while (week := await self._async_due()) is not None:
                latest = await self.async_write(week.monday)
                if latest is None:
                    break
            if latest is not None:
                await self._async_notify(latest)

    async def async_write_now(self) -> Written | None:
        """Write the report on everything that a person would ask for; None without a server."""
        written = await self.async_write(self.week(loaded_servers(self._hass)).monday)
        if written is not None:
            await self._async_notify(written)
        return written

    async def async_try_again(self) -> FileFailure | None:
        """Write the files again that could not be written; return why that failed again.

        No report is thought anew for that, and no AI is asked again.
        """
        async with self._lock:
            return await self._async_put() if self._unwritten else None

    def week(self, servers: Iterable[SreConfigEntry], day: date | None = None) -> Week:
        """Return the week of a day; without one the last that is over, if these were watched."""
        now, zone = wall_clock(), dt_util.get_default_time_zone()
        if day is not None:
            return week_of(day, now, zone)
        over = last_week(now, zone)
        watched = any(_watched(entry, over) for entry in servers)
        return over if watched else this_week(now, zone)

    async def async_forget_server(self, entry_id: str) -> None:
        """Forget what was proposed and predicted for a server that is gone."""
        known = await self._store.async_load()
        self._waiting = {path: each.without(entry_id) for path, each in self._waiting.items()}
        if (rest := known.without(entry_id)) != known:
            await self._store.async_save(rest)

    async def async_forget(self) -> None:
        """Forget everything but the files, which are the person's."""
        self._unwritten, self._waiting = {}, {}
        self._tell(None)
        await self._store.async_remove()

    def _schedule(self) -> Schedule:
        if first_server(self._hass) is None:
            return Schedule(weekday=None)
        return schedule_of(report_options(server_entries(self._hass)))

    async def _async_due(self) -> Week | None:
        """Return the oldest week that is due and was not reported."""
        schedule, servers = self._schedule(), loaded_servers(self._hass)
        if schedule.weekday is None or not servers:
            return None
        reported = (await self._store.async_load()).reported
        now, zone = wall_clock(), dt_util.get_default_time_zone()
        waiting = {each.week.monday for each in self._waiting.values() if each.whole}
        for week in weeks_due(reported, schedule.weekday, schedule.hour, now, zone):
            if week.monday not in waiting and any(_watched(each, week) for each in servers):
                return week
        return None

    async def _async_put(self, today: date | None = None) -> FileFailure | None:
        """Write all that is not written; remember what the reports say that now are.

        `today` tells which other files are old, as in `write`.
        """
        root = Path(self._hass.config.path(FOLDER))
        documents = tuple(self._unwritten.values())
        result = await self._hass.async_add_executor_job(write, root, documents, today)
        for path in result.paths:
            self._unwritten.pop(path, None)
            if (written := self._waiting.pop(path, None)) is not None and written.whole:
                await self._async_remember(written.edition.known)
        self._tell(result.failure)
        return result.failure

    async def _async_newest(self) -> Known:
        """Return what the newest report knows, though it may not be written yet."""
        waiting = [each.edition.known for each in self._waiting.values() if each.whole]
        today = dt_util.now().date()
        known = (await self._store.async_load(), *waiting)
        return max(known, key=lambda each: each.by(today).newest)

    async def _async_remember(self, known: Known) -> None:
        before = (await self._store.async_load()).by(dt_util.now().date())
        is_newest = known.newest >= before.newest
        # While a report was written the last server may have gone.
        if is_newest and server_entries(self._hass):
            await self._store.async_save(known)

    @callback
    def _tell(self, failure: FileFailure | None) -> None:
        """Have a repair while files cannot be written."""
        if failure is None:
            self._failing_since = None
            ir.async_delete_issue(self._hass, DOMAIN, ISSUE)
            return
        self._failing_since = self._failing_since or wall_clock()
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
        texts = await async_texts(self._hass)
        incidents = written.edition.data["reliability_summary"]["incidents"]
        persistent_notification.async_create(
            self._hass,
            texts.say(
                "report_text" if written.path else "report_text_unwritten",
                incidents=_count(incidents["reported"]),
                paged=_count(incidents["paged"]),
                path=written.path,
            ),
            title=texts.say("report_title", week=written.week.monday.isoformat()),
            notification_id=_NOTIFICATION,
        )


def _with_path(written: Written) -> Written:
    return replace(written, path=f"{FOLDER}/{written.edition.path}")


def _watched(entry: SreConfigEntry, week: Week) -> bool:
    return entry.runtime_data.record.whole_since < week.end


def _count(known: int | None) -> int | str:
    return "?" if known is None else known

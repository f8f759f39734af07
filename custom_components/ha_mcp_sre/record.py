"""What is remembered about one server: its counts, its identity and how far we read."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .assess.app_log import AppLog
from .assess.assessment import Counters
from .assess.incidents import Incidents
from .assess.judge import Case, Judge
from .assess.ledger import DAYS_KEPT, Ledger, Part
from .assess.objectives import Objectives, Targets
from .assess.observation import Identity, Position, Startup, ToolCall, ToolCallReading
from .assess.policy import Policy
from .assess.server import Server
from .assess.sessions import Sessions
from .case_memory import remembered
from .const import DOMAIN
from .memory import Memory
from .observe.journal import Journal
from .store import ServerStore

_JOURNALS: HassKey[dict[str, Journal]] = HassKey(f"{DOMAIN}_journals")


def journal_of(hass: HomeAssistant, server_id: str) -> Journal:
    """Return the journal of a server, by the hash of its address.

    There is one for everybody who calls it: a config flow tries a server that may be watched
    already, or soon will be.
    """
    return hass.data.setdefault(_JOURNALS, {}).setdefault(server_id, Journal())


class Record:
    """The memory of one server, written as it grows."""

    def __init__(
        self, store: ServerStore, ledger: Ledger, journal: Journal, memory: Memory, case: Case
    ) -> None:
        """Go on from what was remembered."""
        journal.remember(memory.journal)
        journal.on_sent = self._save_soon
        self._store = store
        self._archived = memory.archived
        self._closed = False
        self._tidying = asyncio.Lock()
        self.ledger = ledger
        self.whole_since = memory.whole_since
        """Since when nothing is missing from the counts by time, in Unix seconds."""
        self.counters: Counters = memory.counters
        self.server: Server = memory.server
        self.position: Position = memory.position
        self.sessions: Sessions = memory.sessions
        self.app_log: AppLog = memory.app_log
        self.journal = journal
        self.case = case
        self._judge: Judge | None = None

    def count_for(self, judge: Judge) -> None:
        """Have a judge told of every call that is counted."""
        self._judge = judge

    def saw(self, identity: Identity) -> bool:
        """Take in who answered; return whether that is another life of the server."""
        restarted = self.server.restarted(identity)
        self.server = self.server.after(identity)
        return restarted

    def read(self, reading: ToolCallReading) -> None:
        """Take in the calls of a reading."""
        self._count(reading.calls)
        if self._judge is not None:
            self._judge.called(reading.calls)
        if (reading.position.offset or 0) < (self.position.offset or 0) or (
            reading.position.inode != self.position.inode
        ):
            # What our calls wrote went with the file.
            self.counters = replace(self.counters, own_bytes=0)
        self.position = reading.position
        self.counters = self.counters.after(reading)

    def came_up(self, startup: Startup) -> None:
        """Take in how its host saw the server come up."""
        self.server = self.server.after_startup(startup)

    def knows_unused_tools(self, now: float) -> bool:
        """Return whether a tool without calls was not used for as long as days are kept."""
        return now - self.whole_since >= DAYS_KEPT * 86_400

    def save_later(self) -> None:
        """Have everything written when the last write is long enough ago."""
        if not self._closed:
            self._store.schedule_save(self._memory)

    def _save_soon(self) -> None:
        """Have everything written very soon: a crash must not make a call of ours the user's."""
        if not self._closed:
            self._store.schedule_save(self._memory, soon=True)

    def save_case(self) -> None:
        """Have what is known of incidents written very soon."""
        if not self._closed:
            self._store.schedule_case_save(remembered(self.case))

    async def async_save(self) -> None:
        """Write everything now."""
        await self._store.async_save(self._memory())
        await self._store.async_save_case(remembered(self.case))

    async def async_close(self) -> None:
        """Write everything now, for the last time: another record may take over the files."""
        self._closed = True
        async with self._tidying:
            # A file that is being written appears although nobody waits for it any longer.
            await self.async_save()

    async def async_tidy(self, now: float) -> None:
        """Drop what is too old, and write each day that is over to a file of its own."""
        async with self._tidying:
            if not self._closed:
                await self._async_tidy(now)

    async def _async_tidy(self, now: float) -> None:
        self.ledger.forget(now)
        self.case.objectives.forget(now)
        self.case.incidents.forget(now)
        closed = self.ledger.closed_days(now) - self._archived
        if closed:
            # After a crash between the two writes, these days must not be read from files that
            # know more calls than the position that was stored.
            await self.async_save()
        for day in sorted(closed):
            part = self._day(day)
            await self._store.async_archive(day, part)
            if part == self._day(day):
                self._archived |= {day}
        oldest = self.ledger.day_of(now) - DAYS_KEPT
        for day in [day for day in self._archived if day <= oldest]:
            await self._store.async_forget(day)
            self._archived -= {day}

    def _count(self, calls: Sequence[ToolCall]) -> None:
        for call in calls:
            self.ledger.add(call)
            # A day that gets a late call is written again.
            self._archived -= self.ledger.days_of(call.started)

    def _day(self, day: int) -> Part:
        return self.ledger.part(frozenset({day}).__contains__, minutes=False)

    def _memory(self) -> Memory:
        return Memory(
            position=self.position,
            part=self.ledger.part(lambda day: day not in self._archived, minutes=True),
            counters=self.counters,
            server=self.server,
            sessions=self.sessions,
            app_log=self.app_log,
            journal=self.journal.entries,
            archived=self._archived,
            whole_since=self.whole_since,
            objectives=self.case.objectives.part(),
        )


async def async_load_record(
    hass: HomeAssistant,
    entry_id: str,
    journal: Journal,
    policy: Policy,
    targets: Targets,
    now: float,
) -> Record:
    """Return what was remembered about a server, or an empty record of a new one."""
    store = ServerStore(hass, entry_id, policy)
    zone = dt_util.get_default_time_zone()
    ledger = Ledger(zone)
    memory = await store.async_load(ledger, now)
    known = await store.async_load_case()
    objectives = Objectives(zone, targets, since=memory.whole_since)
    objectives.restore(memory.objectives)
    case = Case(
        Incidents(policy, known.incidents),
        objectives,
        known.history,
        known.maintenance_until,
        known.watched_until,
        known.diary,
        known.excused,
    )
    return Record(store, ledger, journal, memory, case)

"""The files that survive a restart of Home Assistant: the open part, and each closed day once."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf
from threading import get_ident
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util.async_ import run_callback_threadsafe

from .assess.ledger import Ledger, Part
from .assess.observation import Position
from .assess.policy import Policy
from .case_memory import CaseMemory, decode_case, encode_case
from .folder import StorageFolder
from .memory import VERSION, Memory, decode, decode_part, encode, encode_part
from .shapes import WRONG_SHAPE

_SOON = 1.0
"""Seconds until what cannot wait is written: several changes often come together."""


class ServerStore:
    """The files of one server, in a folder of its own under `.storage`."""

    def __init__(self, hass: HomeAssistant, entry_id: str, policy: Policy) -> None:
        """Name the files."""
        self._hass = hass
        self._folder = StorageFolder(hass, entry_id)
        self._policy = policy
        self._open = self._store("open")
        self._incidents = self._store("incidents")
        self._memory: Callable[[], Memory] = partial(Memory, Position(0))
        self._due = inf
        self._is_newer = False

    async def async_load(self, ledger: Ledger, now: float) -> Memory:
        """Fill the ledger and return the rest; what has a wrong shape is set aside.

        A fresh server's position starts at `now`: what was called before is the past.
        """
        unreadable: dict[str, Any] = {}
        sections = await self._folder.async_read(self._open, unreadable)
        if sections is None:
            sections = {}
        elif not isinstance(sections, dict):
            unreadable["open"], sections = sections, {}

        memory, wrong = await self._hass.async_add_executor_job(decode, sections, ledger, now)
        unreadable |= wrong
        closed = memory.archived
        if "archived" not in sections or "archived" in wrong:
            # Files outlive the list of them.
            names = await self._folder.async_names()
            closed = frozenset(int(name) for name in names if name.isdecimal())
        # A day that is open as well has calls that its file may lack.
        archived = await self._async_restore(closed - ledger.days(), ledger, unreadable)
        memory = replace(memory, archived=archived)
        if unreadable:
            memory = replace(memory, whole_since=now)
            await self._folder.async_set_aside("set_aside", VERSION, unreadable)
        return memory

    async def _async_restore(
        self, days: frozenset[int], ledger: Ledger, unreadable: dict[str, Any]
    ) -> frozenset[int]:
        """Add closed days to the ledger; return those that could be read."""
        restored: set[int] = set()
        for day in sorted(days):
            value = await self._folder.async_read(self._store(str(day)), unreadable)
            if value is None:
                continue
            try:
                part = await self._hass.async_add_executor_job(decode_part, value)
                ledger.restore(part)
            except WRONG_SHAPE:
                unreadable[str(day)] = value
            else:
                restored.add(day)
        return frozenset(restored)

    def schedule_save(self, memory: Callable[[], Memory], *, soon: bool = False) -> None:
        """Write what `memory` returns by then when the last write is long enough ago, or `soon`."""
        self._memory, self._is_newer = memory, True
        delay = _SOON if soon else self._policy.save_interval
        due = self._hass.loop.time() + delay
        if due < self._due:
            self._due = due
            self._open.async_delay_save(self._encode_latest, delay)

    async def async_save(self, memory: Memory) -> None:
        """Write this memory now, and very soon again if it changes meanwhile."""
        self._due, self._is_newer = inf, False
        limit = self._policy.open_part_limit
        data = await self._hass.async_add_executor_job(encode, memory, limit)
        # The write takes the place of a scheduled one, also of one that knew more.
        await self._open.async_save(data)
        if self._is_newer:
            self._due = inf
            self.schedule_save(self._memory, soon=True)

    async def async_load_case(self) -> CaseMemory:
        """Return what is remembered of incidents; what has a wrong shape is set aside."""
        unreadable: dict[str, Any] = {}
        sections = await self._folder.async_read(self._incidents, unreadable)
        if sections is not None and not isinstance(sections, dict):
            unreadable["incidents"], sections = sections, None
        known, wrong = await self._hass.async_add_executor_job(decode_case, sections or {})
        unreadable |= wrong
        if unreadable:
            await self._folder.async_set_aside("incidents_set_aside", VERSION, unreadable)
        return known

    def schedule_case_save(self, memory: CaseMemory) -> None:
        """Write what is remembered of incidents very soon."""
        self._incidents.async_delay_save(partial(encode_case, memory), _SOON)

    async def async_save_case(self, memory: CaseMemory) -> None:
        """Write what is remembered of incidents now."""
        await self._incidents.async_save(
            await self._hass.async_add_executor_job(encode_case, memory)
        )

    async def async_archive(self, day: int, part: Part) -> None:
        """Write a closed day."""
        store = self._store(str(day))
        await store.async_save(await self._hass.async_add_executor_job(encode_part, part))

    async def async_forget(self, day: int) -> None:
        """Remove a closed day."""
        await self._store(str(day)).async_remove()

    def _store(self, name: str) -> Store[Any]:
        return self._folder.store(name, VERSION)

    def _encode_latest(self) -> dict[str, Any]:
        """Encode the newest memory; runs in a thread, on immutable data from the event loop."""
        loop = self._hass.loop
        in_loop = get_ident() == self._hass.loop_thread_id
        memory = self._take() if in_loop else run_callback_threadsafe(loop, self._take).result()
        return encode(memory, self._policy.open_part_limit)

    @callback
    def _take(self) -> Memory:
        self._due = inf
        return self._memory()

"""What must survive a restart of Home Assistant: the open part, and each closed day once."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
import json
import logging
from pathlib import Path
import struct
from typing import Any
import zlib

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import probatio as vol

from .assess.assessment import Counters
from .assess.cells import Cell
from .assess.ledger import Ledger, Part
from .assess.observation import Position
from .assess.policy import Policy
from .assess.server import Server
from .const import DOMAIN
from .observe.journal import Entry

_LOGGER = logging.getLogger(__name__)

_VERSION = 1
_ROW = struct.Struct("<IHHBI")

_COUNT = vol.All(int, vol.Range(min=0))
_PART = vol.Schema(
    {
        vol.Required("tools"): [str],
        vol.Required("codes"): [str],
        vol.Required("minutes"): str,
        vol.Required("hours"): str,
        vol.Required("days"): str,
    }
)
_SERVER = vol.Schema(
    {
        **{vol.Required(key): vol.Maybe(str) for key in ("version", "instance", "worker")},
        **{
            vol.Required(key): vol.Maybe(vol.Any(float, int))
            for key in ("started_at", "startup_time")
        },
        vol.Required("restarts"): _COUNT,
    }
)
_COUNTERS = vol.Schema(
    {
        vol.Required("calls"): vol.Maybe(_COUNT),
        vol.Required("errors"): vol.Maybe(_COUNT),
        vol.Required("lost_windows"): _COUNT,
    }
)
_POSITION = vol.Schema(
    {vol.Required("since"): vol.Any(float, int), vol.Required("last_seen"): vol.Maybe(str)}
)
_JOURNAL = vol.Schema(
    [
        {
            vol.Required("tool"): str,
            vol.Required("arguments"): dict,
            vol.Required("sent"): vol.Any(float, int),
            vol.Required("answered"): vol.Maybe(vol.Any(float, int)),
        }
    ]
)

# What reading a wrong shape can raise, from the schema down to the bytes of a row.
_WRONG_SHAPE = (vol.Invalid, binascii.Error, zlib.error, struct.error, IndexError, ValueError)


@dataclass(frozen=True, slots=True)
class Memory:
    """An immutable picture of everything that is kept, closed days apart."""

    position: Position
    part: Part = field(default_factory=lambda: Part((), ()))
    counters: Counters = field(default_factory=Counters)
    server: Server = field(default_factory=Server)
    journal: tuple[Entry, ...] = ()
    archived: frozenset[int] = field(default_factory=frozenset)


class ServerStore:
    """The files of one server, in a folder of its own under `.storage`."""

    def __init__(self, hass: HomeAssistant, entry_id: str, policy: Policy) -> None:
        """Name the files."""
        self._hass = hass
        self._folder = f"{DOMAIN}/{entry_id}"
        self._policy = policy
        self._open = self._store("open")
        self._latest = Memory(Position(0))
        self._scheduled = False

    async def async_load(self, ledger: Ledger, now: float) -> Memory:
        """Fill the ledger and return the rest; what has a wrong shape is set aside.

        A fresh server's position starts at `now`: what was called before is the past.
        """
        raw = await self._open.async_load()
        sections = raw if isinstance(raw, dict) else {}
        unreadable: dict[str, Any] = {} if raw is None or sections else {"open": raw}

        def section[T](name: str, read: Callable[[Any], T], fallback: T) -> T:
            if name not in sections:
                return fallback
            try:
                return read(sections[name])
            except _WRONG_SHAPE:
                unreadable[name] = sections[name]
                return fallback

        section("ledger", lambda value: ledger.restore(_decode_part(value)), None)
        archived: list[int] = section("archived", vol.Schema([int]), [])
        memory = Memory(
            position=section("position", lambda v: Position(**_POSITION(v)), Position(now)),
            counters=section("counters", lambda v: Counters(**_COUNTERS(v)), Counters()),
            server=section("server", lambda v: Server(**_SERVER(v)), Server()),
            journal=section("journal", lambda v: tuple(Entry(**e) for e in _JOURNAL(v)), ()),
            archived=frozenset(archived),
        )
        still_open = ledger.days()
        for day in memory.archived - still_open:
            value = await self._store(str(day)).async_load()
            try:
                ledger.restore(_decode_part(value))
            except _WRONG_SHAPE:
                unreadable[str(day)] = value
        if unreadable:
            await self._store("set_aside").async_save(unreadable)
            _LOGGER.warning(
                "Part of what was remembered about a server could not be read and was set"
                " aside in .storage/%s/set_aside: %s; the rest goes on",
                self._folder,
                ", ".join(sorted(unreadable)),
            )
        return memory

    def schedule_save(self, memory: Memory) -> None:
        """Write this memory, or a later one, when the last write is long enough ago."""
        self._latest = memory
        if not self._scheduled:
            self._scheduled = True
            self._open.async_delay_save(self._encode_latest, self._policy.save_interval)

    async def async_save(self, memory: Memory) -> None:
        """Write this memory now."""
        self._scheduled = False
        limit = self._policy.open_part_limit
        await self._open.async_save(await self._hass.async_add_executor_job(encode, memory, limit))

    async def async_archive(self, day: int, part: Part) -> None:
        """Write a closed day."""
        store = self._store(str(day))
        await store.async_save(await self._hass.async_add_executor_job(_encode_part, part))

    async def async_forget(self, day: int) -> None:
        """Remove a closed day."""
        await self._store(str(day)).async_remove()

    async def async_remove(self) -> None:
        """Remove every file of the server."""
        folder = Path(self._open.path).parent
        names = await self._hass.async_add_executor_job(_names_in, folder)
        for name in names:
            await self._store(name).async_remove()
        await self._hass.async_add_executor_job(_remove_folder, folder)

    def _store(self, name: str) -> Store[Any]:
        return Store(
            self._hass,
            _VERSION,
            f"{self._folder}/{name}",
            private=True,
            serialize_in_event_loop=False,
        )

    def _encode_latest(self) -> dict[str, Any]:
        """Encode the newest memory; runs in a thread, on immutable data."""
        self._scheduled = False
        return encode(self._latest, self._policy.open_part_limit)


def encode(memory: Memory, limit: int) -> dict[str, Any]:
    """Return the memory as JSON data of at most `limit` bytes.

    What does not fit is taken from the oldest minutes: hours and days know those calls too.
    """
    part = memory.part
    while True:
        data = {
            "ledger": _encode_part(part),
            "counters": asdict(memory.counters),
            "server": asdict(memory.server),
            "position": asdict(memory.position),
            "journal": [asdict(entry) for entry in memory.journal],
            "archived": sorted(memory.archived),
        }
        if not part.minutes or len(json.dumps(data)) <= limit:
            return data
        newest = sorted(part.minutes)[len(part.minutes) // 2 + 1 :]
        part = replace(part, minutes=tuple(newest))


def _encode_part(part: Part) -> dict[str, Any]:
    return {
        "tools": list(part.tools),
        "codes": list(part.codes),
        "minutes": _pack(part.minutes),
        "hours": _pack(part.hours),
        "days": _pack(part.days),
    }


def _decode_part(value: object) -> Part:
    data: Mapping[str, Any] = _PART(value)
    return Part(
        tools=tuple(data["tools"]),
        codes=tuple(data["codes"]),
        minutes=_unpack(data["minutes"]),
        hours=_unpack(data["hours"]),
        days=_unpack(data["days"]),
    )


def _pack(cells: tuple[Cell, ...]) -> str:
    rows = b"".join(_ROW.pack(*cell) for cell in sorted(cells))
    return base64.b64encode(zlib.compress(rows, 9)).decode()


def _unpack(text: str) -> tuple[Cell, ...]:
    rows = zlib.decompress(base64.b64decode(text, validate=True))
    return tuple(Cell(*row) for row in _ROW.iter_unpack(rows))


def _names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _remove_folder(folder: Path) -> None:
    if folder.is_dir():
        folder.rmdir()

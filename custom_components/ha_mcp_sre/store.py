"""What must survive a restart of Home Assistant: the open part, and each closed day once."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import batched, chain
import logging
from pathlib import Path
import struct
from typing import Any
import zlib

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import prepare_save_json
from homeassistant.helpers.storage import Store
from homeassistant.util.json import load_json
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
_FRAME = {"version": _VERSION, "minor_version": 1, "key": f"{DOMAIN}/{'0' * 26}/open"}
_COLUMNS = "IHHBI"
_ROW_SIZE = struct.calcsize(f"<{_COLUMNS}")

_COUNT = vol.All(int, vol.Range(min=0))
# Up to the year 9891: not much later, moments have no date any more.
_SECONDS = vol.All(vol.Any(float, int), vol.Range(min=0, max=250_000_000_000))
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
        **{vol.Required(key): vol.Maybe(_SECONDS) for key in ("started_at", "startup_time")},
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
_POSITION = vol.Schema({vol.Required("since"): _SECONDS, vol.Required("last_seen"): vol.Maybe(str)})
_JOURNAL = vol.Schema(
    [
        {
            vol.Required("tool"): str,
            vol.Required("arguments"): dict,
            vol.Required("sent"): _SECONDS,
            vol.Required("answered"): vol.Maybe(_SECONDS),
        }
    ]
)

# What reading a wrong shape can raise, from the schema down to the bytes of a row.
_WRONG_SHAPE = (vol.Invalid, binascii.Error, zlib.error, struct.error, IndexError, ValueError)
# What Store itself raises over JSON that is not in the frame it writes.
_NO_FRAME = (AttributeError, KeyError, NotImplementedError, TypeError)


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
        unreadable: dict[str, Any] = {}
        sections = await self._async_read(self._open, "open", unreadable)
        if sections is None:
            sections = {}
        elif not isinstance(sections, dict):
            unreadable["open"], sections = sections, {}

        def section[T](name: str, read: Callable[[Any], T], fallback: T) -> T:
            if name not in sections:
                return fallback
            value = sections.pop(name)
            try:
                return read(value)
            except _WRONG_SHAPE:
                unreadable[name] = value
                return fallback

        section("ledger", lambda value: ledger.restore(_decode_part(value)), None)
        archived: list[int] = section("archived", vol.Schema([int]), [])
        memory = Memory(
            position=section("position", lambda v: Position(**_POSITION(v)), Position(now)),
            counters=section("counters", lambda v: Counters(**_COUNTERS(v)), Counters()),
            server=section("server", lambda v: Server(**_SERVER(v)), Server()),
            journal=section("journal", lambda v: tuple(Entry(**e) for e in _JOURNAL(v)), ()),
            archived=await self._async_restore(
                # A day that is open as well has calls that its file may lack.
                frozenset(archived) - ledger.days(),
                ledger,
                unreadable,
            ),
        )
        unreadable |= sections
        if unreadable:
            await self._store("set_aside").async_save(unreadable)
            _LOGGER.warning(
                "Part of what was remembered about a server could not be read and was set"
                " aside in .storage/%s/set_aside: %s; the rest goes on",
                self._folder,
                ", ".join(sorted(unreadable)),
            )
        return memory

    async def _async_restore(
        self, days: frozenset[int], ledger: Ledger, unreadable: dict[str, Any]
    ) -> frozenset[int]:
        """Add closed days to the ledger; return those that could be read."""
        restored: set[int] = set()
        for day in sorted(days):
            store = self._store(str(day))
            value = await self._async_read(store, str(day), unreadable)
            if value is None:
                continue
            try:
                ledger.restore(_decode_part(value))
            except _WRONG_SHAPE:
                unreadable[str(day)] = value
            else:
                restored.add(day)
        return frozenset(restored)

    async def _async_read(self, store: Store[Any], name: str, unreadable: dict[str, Any]) -> Any:
        """Return the data of a file; None if there is none, or only JSON that Store never wrote."""
        try:
            return await store.async_load()
        except _NO_FRAME:
            unreadable[name] = await self._hass.async_add_executor_job(load_json, store.path)
            return None

    def schedule_save(self, memory: Memory) -> None:
        """Write this memory, or a later one, when the last write is long enough ago."""
        self._latest = memory
        if not self._scheduled:
            self._scheduled = True
            self._open.async_delay_save(self._encode_latest, self._policy.save_interval)

    async def async_save(self, memory: Memory) -> None:
        """Write this memory now."""
        limit = self._policy.open_part_limit
        data = await self._hass.async_add_executor_job(encode, memory, limit)
        # The write takes the place of a scheduled one, also of one that was scheduled just now.
        self._scheduled = False
        await self._open.async_save(data)

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
    """Return the memory as JSON data whose file has at most `limit` bytes.

    What does not fit is taken from the oldest minutes: hours and days know those calls too.
    """
    data = {
        "counters": asdict(memory.counters),
        "server": asdict(memory.server),
        "position": asdict(memory.position),
        "journal": [asdict(entry) for entry in memory.journal],
        "archived": sorted(memory.archived),
    }
    # No more rows than bytes: to compress a very busy day again and again would take seconds.
    minutes = sorted(memory.part.minutes)[-limit:]
    while True:
        data["ledger"] = _encode_part(replace(memory.part, minutes=tuple(minutes)))
        if not minutes or _file_size(data) <= limit:
            return data
        minutes = minutes[len(minutes) // 4 + 1 :]


def _file_size(data: Mapping[str, Any]) -> int:
    return len(prepare_save_json({**_FRAME, "data": data})[1])


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
    """Write the cells column by column, which compresses to less than half of row by row."""
    columns = zip(*sorted(cells), strict=True)
    packed = _layout(len(cells)).pack(*chain.from_iterable(columns))
    return base64.b64encode(zlib.compress(packed)).decode()


def _unpack(text: str) -> tuple[Cell, ...]:
    packed = zlib.decompress(base64.b64decode(text, validate=True))
    rows = len(packed) // _ROW_SIZE
    columns = batched(_layout(rows).unpack(packed), rows or 1, strict=True)
    return tuple(Cell(*row) for row in zip(*columns, strict=True))


def _layout(rows: int) -> struct.Struct:
    return struct.Struct("<" + "".join(f"{rows}{column}" for column in _COLUMNS))


def _names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _remove_folder(folder: Path) -> None:
    if folder.is_dir():
        folder.rmdir()

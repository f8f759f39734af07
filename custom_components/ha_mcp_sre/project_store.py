"""The file that keeps what was learnt of ha-mcp's own project over a restart."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant
import probatio as vol

from .assess.policy import Policy
from .assess.upstream import Image, Issue, Part, Release, Run, Upstream, UpstreamFailure
from .folder import StorageFolder
from .observe.upstream_progress import Progress, read_progress
from .shapes import COUNT, SECONDS, TEXT

VERSION = 1

_FILE = "project"

_COLUMNS: Mapping[type[Any], Mapping[str, Any]] = {
    Run: {
        **dict.fromkeys(("id", "attempt"), COUNT),
        **dict.fromkeys(("workflow", "path", "event", "commit"), str),
        **dict.fromkeys(("created_at", "started_at", "updated_at"), SECONDS),
        "on_default": bool,
        "conclusion": TEXT,
    },
    Issue: {
        "number": COUNT,
        "title": str,
        "labels": vol.All([str], vol.Coerce(tuple)),
        **dict.fromkeys(("opened_at", "updated_at"), SECONDS),
        "closed_at": vol.Maybe(SECONDS),
        "reason": TEXT,
    },
    Release: {"tag": str, "published_at": SECONDS, "prerelease": bool},
    Image: {
        **dict.fromkeys(("tag", "architecture"), str),
        "size": COUNT,
        "created_at": vol.Maybe(SECONDS),
    },
}
"""What stands in each column. A table is written column by column: there are thousands of runs."""


def _rows(kind: type[Any], value: object) -> tuple[Any, ...]:
    """Return the rows of a table; raise Invalid if it is none of that kind."""
    shape = vol.Schema({vol.Required(name): [each] for name, each in _COLUMNS[kind].items()})
    columns: dict[str, list[Any]] = shape(value)
    try:
        rows = zip(*columns.values(), strict=True)
        return tuple(kind(**dict(zip(columns, row, strict=True))) for row in rows)
    except ValueError:
        raise vol.Invalid("columns of different lengths") from None


def _table(rows: tuple[Any, ...], kind: type[Any]) -> dict[str, list[Any]]:
    return {name: [getattr(row, name) for row in rows] for name in _COLUMNS[kind]}


_TABLES: Mapping[str, type[Any]] = {
    "runs": Run,
    "issues": Issue,
    "releases": Release,
    "images": Image,
}
_UPSTREAM = vol.Schema(
    {
        vol.Required("repository"): str,
        vol.Optional("default_branch"): TEXT,
        **{vol.Optional(key): vol.Maybe(SECONDS) for key in ("runs_since", "issues_since")},
        **{vol.Optional(name): partial(_rows, kind) for name, kind in _TABLES.items()},
        vol.Optional("read_at"): {vol.Coerce(Part): SECONDS},
        vol.Optional("failures"): {vol.Coerce(Part): vol.Coerce(UpstreamFailure)},
    }
)


@dataclass(frozen=True, slots=True)
class ProjectMemory:
    """What was learnt, and how far collecting came: one is worth nothing without the other."""

    upstream: Upstream
    progress: Progress = field(default_factory=Progress)


class ProjectStore:
    """The file of the project, in the folder of its config entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str, policy: Policy) -> None:
        """Name the file."""
        self._hass = hass
        self._policy = policy
        self._folder = StorageFolder(hass, entry_id, "ha-mcp's own project")
        self._store = self._folder.store(_FILE, VERSION)
        self._latest = ProjectMemory(Upstream(""))
        self._scheduled = False

    async def async_load(self, repository: str) -> ProjectMemory:
        """Return what is remembered of a repository: nothing if the file is of another one.

        A file of a wrong shape is set aside, and all is learnt anew: it is all public.
        """
        fresh = ProjectMemory(Upstream(repository))
        unreadable: dict[str, Any] = {}
        memory: ProjectMemory | None = None
        content = await self._folder.async_read(self._store, unreadable)
        if content is not None:
            try:
                memory = await self._hass.async_add_executor_job(decode, content)
            except vol.Invalid, TypeError, ValueError:
                unreadable[_FILE] = content
        if unreadable:
            await self._folder.async_set_aside(f"{_FILE}_set_aside", VERSION, unreadable)
        if memory is None or memory.upstream.repository.lower() != repository.lower():
            return fresh
        return memory

    def schedule_save(self, memory: ProjectMemory) -> None:
        """Write this memory, or a later one, when the last write is long enough ago."""
        self._latest = memory
        if not self._scheduled:
            self._scheduled = True
            self._store.async_delay_save(self._encode_latest, self._policy.project_save_interval)

    async def async_save(self, memory: ProjectMemory) -> None:
        """Write everything now, in the place of what is scheduled."""
        data = await self._hass.async_add_executor_job(encode, memory)
        self._scheduled = False
        await self._store.async_save(data)

    def _encode_latest(self) -> dict[str, Any]:
        """Encode the newest memory; runs in a thread, on immutable data."""
        self._scheduled = False
        return encode(self._latest)


def encode(memory: ProjectMemory) -> dict[str, Any]:
    """Return the memory as JSON data."""
    upstream = memory.upstream
    plain = {
        each.name: getattr(upstream, each.name)
        for each in fields(upstream)
        if each.name not in _TABLES
    }
    tables = {name: _table(getattr(upstream, name), kind) for name, kind in _TABLES.items()}
    return {"upstream": {**plain, **tables}, "progress": asdict(memory.progress)}


def decode(content: Any) -> ProjectMemory:
    """Return the memory from JSON data; raises Invalid, TypeError or ValueError if it is none."""
    sections: dict[str, Any] = vol.Schema({"upstream": _UPSTREAM, "progress": object})(content)
    return ProjectMemory(Upstream(**sections["upstream"]), read_progress(sections.get("progress")))

"""The folder of a config entry under `.storage`, and what is done with a file of a wrong shape."""

import logging
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR, Store
from homeassistant.util.json import load_json

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

# What Store itself raises over JSON that is not in the frame it writes.
_NO_FRAME = (AttributeError, KeyError, NotImplementedError, TypeError)


class StorageFolder:
    """The files of one config entry. `subject` is what they tell of, in the words of a log."""

    def __init__(self, hass: HomeAssistant, entry_id: str, subject: str = "a server") -> None:
        """Name the folder."""
        self._hass = hass
        self._name = f"{DOMAIN}/{entry_id}"
        self._subject = subject

    def store(self, name: str, version: int) -> Store[Any]:
        """Return how to read and write one file."""
        return Store(
            self._hass,
            version,
            f"{self._name}/{name}",
            private=True,
            # Otherwise a power cut could leave the file's new name, but not its content.
            atomic_writes=True,
            serialize_in_event_loop=False,
        )

    async def async_read(self, store: Store[Any], unreadable: dict[str, Any]) -> Any:
        """Return the data of a file; None if there is none, or only JSON that Store never wrote.

        Such JSON is added to what is `unreadable`, under the name of its file.
        """
        try:
            return await store.async_load()
        except _NO_FRAME:
            content = await self._hass.async_add_executor_job(load_json, store.path)
            unreadable[Path(store.path).name] = content
            return None

    async def async_names(self) -> list[str]:
        """Return the names of the files that are there."""
        return await self._hass.async_add_executor_job(_names_in, self._path)

    async def async_set_aside(self, name: str, version: int, unreadable: dict[str, Any]) -> None:
        """Keep what could not be read in a file of its own, and say so."""
        await self.store(name, version).async_save(unreadable)
        _LOGGER.warning(
            "Part of what was remembered about %s could not be read and was set"
            " aside in .storage/%s/%s: %s; the rest goes on",
            self._subject,
            self._name,
            name,
            ", ".join(sorted(unreadable)),
        )

    async def async_remove(self) -> None:
        """Remove every file."""
        for name in await self.async_names():
            await self.store(name, 1).async_remove()
        await self._hass.async_add_executor_job(_remove_folder, self._path)

    @property
    def _path(self) -> Path:
        return Path(self._hass.config.path(STORAGE_DIR, self._name))


def _names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _remove_folder(folder: Path) -> None:
    if folder.is_dir():
        folder.rmdir()

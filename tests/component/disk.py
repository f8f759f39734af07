"""Storage that goes through files."""

from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import pytest

# The `hass` fixture replaces these, to keep storage in memory.
_REAL = {
    name: getattr(Store, name) for name in ("_async_load", "_async_write_data", "async_remove")
}


@contextmanager
def real_disk(hass: HomeAssistant, path: Path) -> Iterator[Path]:
    """Have Store use files in this folder; yield the folder of the entry named `entry`."""
    with pytest.MonkeyPatch.context() as patch:
        for name, function in _REAL.items():
            patch.setattr(Store, name, function)
        patch.setattr(hass.config, "config_dir", str(path))
        yield path / ".storage/ha_mcp_sre/entry"


def stored(file: Path) -> Any:
    """Return the data in a file, None if it is not there."""
    return json.loads(file.read_text())["data"] if file.is_file() else None

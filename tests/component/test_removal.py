"""What is left of a server that was removed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.clock import wall_clock
from tests.assess.builders import DAY
from tests.component.conftest import probe_now
from tests.component.disk import real_disk
from tests.component.supervised import until
from tests.fake_ha_mcp import FakeHaMcp


@dataclass(slots=True)
class Disk:
    busy: Event = field(default_factory=Event)
    free: Event = field(default_factory=Event)
    written: Event = field(default_factory=Event)


@contextmanager
def slow_disk(name: str) -> Iterator[Disk]:
    """Have a file wait for the disk, in the thread that writes it."""
    write_data, disk = Store._write_data, Disk()

    def write_slowly(store: Store[Any], data: dict[str, Any]) -> None:
        if not store.key.endswith(f"/{name}"):
            write_data(store, data)
            return
        disk.busy.set()
        disk.free.wait(10)
        write_data(store, data)
        disk.written.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "_write_data", write_slowly)
        yield disk


async def test_a_day_that_is_written_at_that_moment_is_not_left_behind(
    hass: HomeAssistant, entry: MockConfigEntry, ha_mcp: FakeHaMcp, tmp_path: Path
) -> None:
    with real_disk(hass, tmp_path) as folder:
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        await probe_now(hass)
        ha_mcp.call("ha_search")
        await probe_now(hass)
        record = entry.runtime_data.record
        (day,) = record.ledger.days()
        with slow_disk(str(day)) as disk:
            tidying = record.async_tidy(wall_clock() + 2 * DAY)
            entry.async_create_background_task(hass, tidying, "tidy")
            await until(disk.busy.is_set)
            removal = hass.async_create_task(hass.config_entries.async_remove(entry.entry_id))
            await asyncio.wait([removal], timeout=0.3)
            disk.free.set()
            await until(disk.written.is_set)
            await removal
        assert not folder.exists()

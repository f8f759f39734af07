"""What is on disk and when it gets there, with Home Assistant's real Store."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
import os
from pathlib import Path
from threading import Event
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ha_mcp_sre import store as store_module
from custom_components.ha_mcp_sre.assess.assessment import Counters
from custom_components.ha_mcp_sre.assess.ledger import Ledger, Part
from custom_components.ha_mcp_sre.assess.observation import Position
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Source
from custom_components.ha_mcp_sre.folder import StorageFolder
from custom_components.ha_mcp_sre.memory import Memory, encode
from custom_components.ha_mcp_sre.observe.journal import Entry
from custom_components.ha_mcp_sre.store import ServerStore
from tests.assess.builders import DAY, MIDNIGHT, call, counted, day_totals
from tests.component.disk import real_disk, stored

POLICY = Policy()
NOW = MIDNIGHT

type ReadFile = Callable[[str], Any]


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Iterator[Path]:
    with real_disk(hass, tmp_path) as folder:
        yield folder


@pytest.fixture
def store(hass: HomeAssistant, folder: Path) -> ServerStore:
    return new_store(hass)


@pytest.fixture
def read(folder: Path) -> ReadFile:
    return lambda name: stored(folder / name)


def new_store(hass: HomeAssistant) -> ServerStore:
    return ServerStore(hass, "entry", POLICY)


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*")]


def write(folder: Path, content: str) -> None:
    folder.mkdir(parents=True)
    (folder / "open").write_text(content)


def remembering(calls: int) -> Memory:
    return Memory(Position(NOW), counters=Counters(calls, 0))


def everything(ledger: Ledger) -> Part:
    return ledger.part(lambda _day: True, minutes=True)


async def pass_time(hass: HomeAssistant, seconds: float) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done()


async def test_a_new_server_has_no_past(store: ServerStore) -> None:
    ledger = Ledger()
    assert await store.async_load(ledger, NOW) == Memory(Position(NOW), whole_since=NOW)
    assert ledger.days() == set()


async def test_what_was_saved_is_there_after_a_restart(
    hass: HomeAssistant, store: ServerStore
) -> None:
    known = counted(call(), call(code="INTERNAL_ERROR"), call(MIDNIGHT + DAY, tool="ha_search"))
    memory = Memory(
        position=Position(NOW, "2026-09-22T00:00:00+00:00|ha_search|4.4"),
        part=everything(known),
        counters=Counters(3, 1, 2),
        server=Server(
            *("8.7.0", "instance-1", "worker-1", 1000.5, 1000.5, 3.8),
            Source.STARTUP_LOG,
            4,
        ),
        journal=(
            Entry("ha_eval_template", {"template": "{{ 1 }}"}, NOW, NOW + 0.5),
            Entry("ha_report_issue", {"fields": ["recent_logs"], "tool_call_count": 16}, NOW),
        ),
    )
    await store.async_save(memory)
    ledger = Ledger()
    assert await new_store(hass).async_load(ledger, NOW + 99) == replace(memory, part=Part((), ()))
    assert everything(ledger) == memory.part


async def test_closed_days_are_in_files_of_their_own(
    hass: HomeAssistant, store: ServerStore, read: ReadFile
) -> None:
    known = counted(call(), call(MIDNIGHT + DAY), call(MIDNIGHT + DAY, tool="ha_search"))
    first = known.day_of(MIDNIGHT)
    await store.async_archive(first, known.part({first}.__contains__, minutes=False))
    await store.async_save(
        Memory(
            Position(NOW),
            part=known.part({first + 1}.__contains__, minutes=True),
            archived=frozenset({first}),
        )
    )
    ledger = Ledger()
    memory = await new_store(hass).async_load(ledger, NOW)
    assert memory.archived == {first}
    assert day_totals(ledger, first) == day_totals(known, first)
    assert day_totals(ledger, first + 1) == day_totals(known, first + 1)
    await store.async_forget(first)
    assert read(str(first)) is None


async def test_nothing_is_written_before_the_interval_is_over(
    hass: HomeAssistant, store: ServerStore, read: ReadFile
) -> None:
    for interval in range(2):
        for each in range(3):
            store.schedule_save(partial(remembering, 10 * interval + each))
        await pass_time(hass, POLICY.save_interval - 1)
        before = read("open")
        assert before is None if interval == 0 else before["counters"]["calls"] == 2
        await pass_time(hass, POLICY.save_interval)
        assert read("open")["counters"]["calls"] == 10 * interval + 2


async def test_calls_that_keep_coming_do_not_put_the_write_off(
    hass: HomeAssistant, store: ServerStore, read: ReadFile
) -> None:
    store.schedule_save(partial(remembering, 1))
    await pass_time(hass, POLICY.save_interval - 1)
    store.schedule_save(partial(remembering, 2))
    await pass_time(hass, POLICY.save_interval)
    assert read("open")["counters"]["calls"] == 2


async def test_what_is_written_is_put_together_once_when_it_is_due(
    hass: HomeAssistant, store: ServerStore, read: ReadFile
) -> None:
    asked: list[int] = []

    def remember(calls: int) -> Memory:
        asked.append(calls)
        return remembering(calls)

    for each in range(3):
        store.schedule_save(partial(remember, each))
    assert not asked
    await pass_time(hass, POLICY.save_interval)
    assert (asked, read("open")["counters"]["calls"]) == ([2], 2)


async def test_what_cannot_wait_is_written_soon(
    hass: HomeAssistant, store: ServerStore, read: ReadFile
) -> None:
    store.schedule_save(partial(remembering, 1))
    store.schedule_save(partial(remembering, 2), soon=True)
    store.schedule_save(partial(remembering, 3))
    await pass_time(hass, 2)
    assert read("open")["counters"]["calls"] == 3
    store.schedule_save(partial(remembering, 4))
    await pass_time(hass, POLICY.save_interval)
    assert read("open")["counters"]["calls"] == 4


async def test_when_home_assistant_stops_the_latest_is_written(
    hass: HomeAssistant, store: ServerStore, read: ReadFile
) -> None:
    store.schedule_save(partial(remembering, 1))
    hass.set_state(CoreState.stopping)
    store.schedule_save(partial(remembering, 2))
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert read("open")["counters"]["calls"] == 2


async def test_saving_now_makes_the_delayed_write_needless(
    hass: HomeAssistant, store: ServerStore, read: ReadFile
) -> None:
    store.schedule_save(partial(remembering, 1))
    await store.async_save(remembering(2))
    await pass_time(hass, POLICY.save_interval)
    assert read("open")["counters"]["calls"] == 2


@pytest.fixture
def finish_encoding(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have what is encoded first take until this is called."""
    finished, held = Event(), [True]

    def encode_late(*arguments: Any) -> Any:
        if held and held.pop():
            assert finished.wait(10)
        return encode(*arguments)

    monkeypatch.setattr(store_module, "encode", encode_late)
    return finished.set


@pytest.mark.parametrize("passes", [0, 2], ids=["scheduled", "written"])
async def test_what_changes_while_the_rest_is_being_saved_is_not_lost(
    hass: HomeAssistant,
    store: ServerStore,
    read: ReadFile,
    finish_encoding: Callable[[], None],
    passes: float,
) -> None:
    saving = asyncio.create_task(store.async_save(remembering(1)))
    await asyncio.sleep(0)
    store.schedule_save(partial(remembering, 2), soon=True)
    await pass_time(hass, passes)
    finish_encoding()
    await saving
    assert read("open")["counters"]["calls"] == 1
    await pass_time(hass, 4)
    assert read("open")["counters"]["calls"] == 2


async def test_removing_a_server_leaves_no_file(
    hass: HomeAssistant, store: ServerStore, folder: Path, read: ReadFile
) -> None:
    await store.async_save(Memory(Position(NOW), archived=frozenset({7})))
    await store.async_archive(7, Part((), ()))
    assert read("7") is not None
    await StorageFolder(hass, "entry").async_remove()
    assert not list(files_in(folder))


async def test_removing_a_server_that_was_never_saved_is_fine(
    hass: HomeAssistant, folder: Path
) -> None:
    await StorageFolder(hass, "entry").async_remove()
    assert not files_in(folder)


@pytest.mark.parametrize(
    "content",
    [
        "null",
        "7",
        "[]",
        '"minor_version"',
        '{"data": {}}',
        '{"version": 1}',
        '{"version": "1", "data": {}}',
        '{"version": 0, "data": {}}',
        '{"version": 1, "data": []}',
        '{"version": 1, "data": "text"}',
    ],
)
async def test_json_that_is_not_ours_is_set_aside_whole(
    store: ServerStore,
    folder: Path,
    read: ReadFile,
    caplog: pytest.LogCaptureFixture,
    content: str,
) -> None:
    write(folder, content)
    assert await store.async_load(Ledger(), NOW) == Memory(Position(NOW), whole_since=NOW)
    assert read("set_aside").keys() == {"open"}
    assert caplog.text.count("set aside") == 1


@pytest.mark.parametrize("content", ["", "{", '{"version": 1, "data": {"counters"', "<html>"])
async def test_a_file_that_is_not_even_json_is_kept_by_store_itself(
    store: ServerStore, folder: Path, content: str
) -> None:
    write(folder, content)
    assert await store.async_load(Ledger(), NOW) == Memory(Position(NOW), whole_since=NOW)
    assert [name.split(".")[:2] for name in files_in(folder)] == [["open", "corrupt"]]


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"version": 1, "minor_version": 1, "key": "open", "data": {"archived": null}}'],
)
async def test_closed_days_outlive_an_open_part_that_cannot_be_read(
    hass: HomeAssistant, store: ServerStore, folder: Path, content: str
) -> None:
    known = counted(call())
    (day,) = known.days()
    await store.async_archive(day, known.part({day}.__contains__, minutes=False))
    (folder / "open").write_text(content)
    ledger = Ledger()
    memory = await new_store(hass).async_load(ledger, NOW)
    assert memory.archived == {day}
    assert day_totals(ledger, day) == day_totals(known, day)


async def test_a_power_cut_leaves_no_file_without_its_content(
    store: ServerStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def sync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr("atomicwrites._proper_fsync", sync)
    await store.async_save(remembering(1))
    assert (folder / "open").stat().st_ino in synced

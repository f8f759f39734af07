"""What is remembered about a server over days, restarts and crashes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
import random
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import pytest

from custom_components.ha_mcp_sre.assess.assessment import Counters
from custom_components.ha_mcp_sre.assess.ledger import DAYS_KEPT
from custom_components.ha_mcp_sre.assess.objectives import Targets
from custom_components.ha_mcp_sre.assess.observation import (
    Identity,
    Position,
    ToolCall,
    ToolCallReading,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.journal import Journal
from custom_components.ha_mcp_sre.record import Record, async_load_record
from tests.assess.builders import DAY, HOUR, MIDNIGHT, call, counted, day_totals

NOON = MIDNIGHT + 12 * HOUR
NEXT_MORNING = MIDNIGHT + DAY + 3 * HOUR
OPEN = "ha_mcp_sre/entry/open"

type Restart = Callable[[], Awaitable[Record]]


@pytest.fixture
async def restart(hass: HomeAssistant) -> Restart:
    """Return how to start again from what is stored."""
    await hass.config.async_set_time_zone("UTC")

    async def load() -> Record:
        return await async_load_record(hass, "entry", Journal(), Policy(), Targets(), MIDNIGHT)

    return load


@pytest.fixture
async def record(restart: Restart) -> Record:
    return await restart()


@dataclass(slots=True)
class Disk:
    busy: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def slow_disk(key: str) -> Iterator[Disk]:
    """Have one file wait for the disk."""
    write, disk = Store._async_write_data, Disk()

    async def write_slowly(store: Store[Any], data: dict[str, Any]) -> None:
        if store.key == key:
            disk.busy.set()
            await disk.free.wait()
        await write(store, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "_async_write_data", write_slowly)
        yield disk


def read(*calls: ToolCall, last_seen: str = "last") -> ToolCallReading:
    return ToolCallReading(0.5, calls, Position(MIDNIGHT, last_seen))


def day_file(record: Record, at: float) -> str:
    return f"ha_mcp_sre/entry/{record.ledger.day_of(at)}"


def all_calls(record: Record) -> tuple[int, int]:
    """Return the calls by days and by hours, which must be the same ones."""
    ledger = record.ledger
    by_days = sum(day_totals(ledger, day).calls for day in ledger.days())
    return by_days, ledger.hour_totals(0, MIDNIGHT + 400 * DAY).calls


def test_a_reading_counts_and_moves_the_position(record: Record) -> None:
    record.read(read(call(NOON), call(NOON, code="ENTITY_NOT_FOUND"), last_seen="key"))
    assert record.counters == Counters(2, 1)
    assert record.position == Position(MIDNIGHT, "key")
    assert all_calls(record) == (2, 2)


def test_another_life_of_the_server_is_noticed(record: Record) -> None:
    assert not record.saw(Identity("8.7.0", "one"))
    assert not record.saw(Identity("8.7.0", "one"))
    assert record.saw(Identity("8.7.0", "two"))
    assert record.server.restarts == 1


async def test_everything_is_there_after_a_restart(record: Record, restart: Restart) -> None:
    record.read(read(call(NOON), call(NOON, code="INTERNAL_ERROR")))
    record.saw(Identity("8.7.0", "one", started_at=1000))
    record.journal.sent("ha_get_state", {"entity_id": "sun.sun"}, NOON)
    await record.async_save()
    again = await restart()
    assert all_calls(again) == (2, 2)
    assert again.ledger.totals(MIDNIGHT, MIDNIGHT + DAY) == record.ledger.totals(
        MIDNIGHT, MIDNIGHT + DAY
    )
    assert again.counters == record.counters
    assert again.position == record.position
    assert again.server == record.server
    assert again.journal.entries == record.journal.entries


async def test_a_day_that_is_over_moves_to_a_file_of_its_own(
    record: Record, restart: Restart, hass_storage: dict[str, Any]
) -> None:
    record.read(read(call(NOON), call(NEXT_MORNING)))
    await record.async_save()
    whole = len(hass_storage[OPEN]["data"]["ledger"]["days"])
    await record.async_tidy(NEXT_MORNING)
    await record.async_save()
    assert day_file(record, NOON) in hass_storage
    assert len(hass_storage[OPEN]["data"]["ledger"]["days"]) < whole
    assert all_calls(await restart()) == (2, 2)


async def test_today_and_last_night_stay_open(record: Record, hass_storage: dict[str, Any]) -> None:
    record.read(read(call(NOON), call(MIDNIGHT + DAY)))
    await record.async_tidy(MIDNIGHT + DAY + HOUR / 2)
    assert day_file(record, NOON) not in hass_storage
    assert day_file(record, NEXT_MORNING) not in hass_storage


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_closed_day_is_written_once(
    record: Record, restart: Restart, hass_storage: dict[str, Any], restarted: bool
) -> None:
    record.read(read(call(NOON)))
    await record.async_tidy(NEXT_MORNING)
    await record.async_save()
    if restarted:
        record = await restart()
    del hass_storage[day_file(record, NOON)]
    await record.async_tidy(NEXT_MORNING)
    assert day_file(record, NOON) not in hass_storage


async def test_a_late_call_has_its_day_written_again(
    record: Record, restart: Restart, hass_storage: dict[str, Any]
) -> None:
    record.read(read(call(NOON)))
    await record.async_tidy(NEXT_MORNING)
    before = hass_storage[day_file(record, NOON)]
    record.read(read(call(NOON, tool="late")))
    await record.async_tidy(NEXT_MORNING)
    await record.async_save()
    assert hass_storage[day_file(record, NOON)] != before
    assert all_calls(await restart()) == (2, 2)


async def test_a_call_that_comes_while_its_day_is_written_is_not_lost(
    hass: HomeAssistant, record: Record, restart: Restart
) -> None:
    record.read(read(call(NOON)))
    await record.async_save()
    with slow_disk(day_file(record, NOON)) as disk:
        tidying = hass.async_create_task(record.async_tidy(NEXT_MORNING))
        await disk.busy.wait()
        record.read(read(call(NOON, tool="late")))
        disk.free.set()
        await tidying
    await record.async_save()
    assert all_calls(await restart()) == (2, 2)


async def test_where_days_begin_within_an_hour_a_late_call_is_not_lost(
    hass: HomeAssistant, restart: Restart
) -> None:
    await hass.config.async_set_time_zone("Asia/Kolkata")
    record = await restart()
    ten_past_midnight = MIDNIGHT + 18 * HOUR + 2400
    record.read(read(call(ten_past_midnight - HOUR), call(ten_past_midnight + HOUR)))
    await record.async_tidy(ten_past_midnight + 30 * HOUR)
    record.read(read(call(ten_past_midnight)))
    await record.async_save()
    assert all_calls(await restart()) == (3, 3)


async def test_days_are_forgotten_with_their_files_after_35_days(
    record: Record, restart: Restart, hass_storage: dict[str, Any]
) -> None:
    record.read(read(call(NOON), call(NOON + DAY)))
    await record.async_tidy(NOON + 2 * DAY)
    await record.async_tidy(NOON + DAYS_KEPT * DAY)
    await record.async_save()
    assert day_file(record, NOON) not in hass_storage
    assert day_file(record, NOON + DAY) in hass_storage
    assert all_calls(await restart()) == (1, 1)


async def test_a_crash_after_forgetting_a_file_is_no_damage(
    record: Record, restart: Restart, caplog: pytest.LogCaptureFixture
) -> None:
    record.read(read(call(NOON)))
    await record.async_tidy(NOON + 2 * DAY)
    await record.async_save()
    await record.async_tidy(NOON + DAYS_KEPT * DAY)
    again = await restart()
    assert all_calls(again) == (0, 0)
    assert again.counters.calls == 1
    assert "set aside" not in caplog.text


async def test_a_day_that_is_both_open_and_archived_counts_once(
    record: Record, restart: Restart, hass_storage: dict[str, Any]
) -> None:
    record.read(read(call(NOON)))
    await record.async_save()
    before = hass_storage[OPEN]
    await record.async_tidy(NEXT_MORNING)
    await record.async_save()
    hass_storage[OPEN] = before | {
        "data": before["data"] | {"archived": hass_storage[OPEN]["data"]["archived"]}
    }
    again = await restart()
    assert all_calls(again) == (1, 1)
    await again.async_save()
    assert all_calls(await restart()) == (1, 1)


async def test_a_late_call_that_a_crash_made_unread_counts_once(
    record: Record, restart: Restart
) -> None:
    record.read(read(call(NOON)))
    await record.async_tidy(NEXT_MORNING)
    await record.async_save()
    late = read(call(NOON, tool="late"), last_seen="late")
    record.read(late)
    await record.async_tidy(NEXT_MORNING)
    again = await restart()
    if again.position != late.position:
        again.read(late)
    assert all_calls(again) == (2, 2)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
async def test_no_order_of_calls_saves_and_crashes_loses_or_doubles_a_call(
    hass: HomeAssistant, restart: Restart, zone: str, seed: int
) -> None:
    """Reading goes on at the stored position, so a crash only has calls read again."""
    await hass.config.async_set_time_zone(zone)
    record = await restart()
    dice = random.Random(seed)
    now, made = NOON, list[ToolCall]()
    for step in range(120):
        match dice.choice(["call", "call", "late", "wait", "tidy", "tidy", "save", "crash"]):
            case "call" | "late" as kind:
                late = dice.uniform(0, 2 * DAY if kind == "late" else HOUR)
                made.append(call(now - late, tool=f"tool_{dice.randrange(5)}"))
                record.read(read(*made[_read_so_far(record) :], last_seen=str(len(made))))
            case "wait":
                now += dice.uniform(0, 10 * HOUR)
            case "tidy":
                await record.async_tidy(now)
            case "save":
                await record.async_save()
            case "crash":
                record = await restart()
                record.read(read(*made[_read_so_far(record) :], last_seen=str(len(made))))
        assert all_calls(record) == (len(made), len(made)), f"after step {step}"
    since = now - 6 * HOUR
    assert record.counters.calls == len(made)
    assert record.ledger.totals_by_tool(since, now) == counted(*made).totals_by_tool(since, now)


def _read_so_far(record: Record) -> int:
    return int(record.position.last_seen or 0)

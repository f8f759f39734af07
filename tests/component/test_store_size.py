"""How much of a busy day is kept on disk."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
import random

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ha_mcp_sre.assess.cells import Cell
from custom_components.ha_mcp_sre.assess.ledger import Ledger, Part
from custom_components.ha_mcp_sre.assess.observation import Position
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.memory import Memory
from custom_components.ha_mcp_sre.observe.journal import KEPT, Entry
from custom_components.ha_mcp_sre.store import ServerStore
from tests.assess.builders import DAY, MIDNIGHT, MINUTE, call, counted
from tests.component.disk import real_disk, stored

POLICY = Policy()
NOW = MIDNIGHT


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Iterator[Path]:
    with real_disk(hass, tmp_path) as folder:
        yield folder


def new_store(hass: HomeAssistant, *, limit: int = POLICY.open_part_limit) -> ServerStore:
    return ServerStore(hass, "entry", replace(POLICY, open_part_limit=limit))


@pytest.fixture(scope="module")
def very_busy() -> Memory:
    """Six hours in which 100 tools end in three ways, in four buckets, every minute."""
    dice = random.Random(3)
    endings = [(tool, code, b) for tool in range(100) for code in (0, 2, 3) for b in range(1, 5)]
    first, day = int(MIDNIGHT // MINUTE), int(MIDNIGHT // DAY)
    return Memory(
        position=Position(MIDNIGHT, "x" * 100),
        part=Part(
            tools=tuple(f"ha_config_of_some_tool_{number:03}" for number in range(100)),
            codes=("", "none", "ENTITY_NOT_FOUND", "TIMEOUT_API_REQUEST"),
            minutes=tuple(
                Cell(first + minute, *ending, dice.randint(1, 99))
                for minute in range(360)
                for ending in endings
            ),
            hours=tuple(
                Cell(first // 60 + hour, 0, fault, bucket, dice.randint(1, 9999))
                for hour in range(6)
                for fault in (0, 1, 3)
                for bucket in range(1, 5)
            ),
            days=tuple(Cell(day, *ending, dice.randint(1, 9999)) for ending in endings),
        ),
        journal=tuple(
            Entry("ha_get_state", {"entity_id": f"a.b{n % 4}"}, 1_795_400_000.123 + n)
            for n in range(KEPT)
        ),
    )


@pytest.mark.parametrize("limit", [*range(20_000, 30_000, 750), POLICY.open_part_limit])
async def test_the_open_part_of_a_very_busy_day_fits_and_uses_its_space(
    hass: HomeAssistant, folder: Path, very_busy: Memory, limit: int
) -> None:
    await new_store(hass, limit=limit).async_save(very_busy)
    size = (folder / "open").stat().st_size
    assert 0.8 * limit < size <= limit


async def test_what_does_not_fit_is_only_the_oldest_minutes(
    hass: HomeAssistant, folder: Path, very_busy: Memory
) -> None:
    await new_store(hass).async_save(very_busy)
    ledger = Ledger()
    memory = await new_store(hass).async_load(ledger, NOW)
    restored, saved = ledger.part(lambda _day: True, minutes=True), very_busy.part
    assert memory.journal == very_busy.journal
    assert restored.hours == saved.hours
    assert sum(cell.calls for cell in restored.days) == sum(cell.calls for cell in saved.days)
    kept = len(restored.minutes)
    assert 0 < kept < len(saved.minutes)
    newest = saved.minutes[-kept:]
    assert [cell.slot for cell in restored.minutes] == [cell.slot for cell in newest]
    assert sum(cell.calls for cell in restored.minutes) == sum(cell.calls for cell in newest)


async def test_without_minutes_there_is_nothing_left_to_drop(
    hass: HomeAssistant, folder: Path, very_busy: Memory
) -> None:
    await new_store(hass, limit=100).async_save(very_busy)
    assert len(stored(folder / "open")["ledger"]["days"]) > 100


async def test_an_ordinary_day_is_kept_whole(hass: HomeAssistant, folder: Path) -> None:
    tools = [f"ha_tool_{number}" for number in range(20)]
    known = counted(*(call(MIDNIGHT + n * 30, tool=tools[n % 20]) for n in range(700)))
    whole = known.part(lambda _day: True, minutes=True)
    await new_store(hass).async_save(Memory(Position(NOW), part=whole))
    ledger = Ledger()
    await new_store(hass).async_load(ledger, NOW)
    assert ledger.part(lambda _day: True, minutes=True) == whole


async def test_what_comes_while_a_busy_day_is_saved_does_not_stop_later_writes(
    hass: HomeAssistant, folder: Path, very_busy: Memory
) -> None:
    """Encoding takes long enough for something to come meanwhile."""
    store = new_store(hass)
    saving = hass.async_create_task(store.async_save(very_busy))
    store.schedule_save(partial(Memory, Position(2)))
    assert not saving.done()
    await saving
    store.schedule_save(partial(Memory, Position(3)))
    await hass.async_stop(force=True)
    assert stored(folder / "open")["position"]["since"] == 3

"""What is kept of the objectives on disk."""

import base64
from dataclasses import replace
import random
import struct
from typing import Any
import zlib

from homeassistant.helpers.json import prepare_save_json
import pytest

from custom_components.ha_mcp_sre.assess.ledger import Ledger, Part
from custom_components.ha_mcp_sre.assess.objectives import Objectives
from custom_components.ha_mcp_sre.assess.observation import Position
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.memory import Memory, decode, encode
from tests.assess.builders import DAY, HOUR, MIDNIGHT, MINUTE, call

NOW = MIDNIGHT + 28 * DAY
LIMIT = Policy().open_part_limit
NOTHING = base64.b64encode(zlib.compress(b"")).decode()


def size(data: Any) -> int:
    return len(prepare_save_json(data)[1])


def section(**rows: str) -> dict[str, Any]:
    names: dict[str, Any] = {"tools": [], "codes": []}
    return names | dict.fromkeys(("minutes", "hours", "days"), NOTHING) | rows


def one_row(slot: int = 1, kind: int = 0, verdict: int = 0, still_open: int = 0) -> str:
    packed = struct.pack("<IHHBI", slot, kind, verdict, still_open, 1)
    return base64.b64encode(zlib.compress(packed)).decode()


@pytest.fixture(scope="module")
def busy() -> Part:
    """28 days watched in every minute, at last four with 5,000 calls a day."""
    dice = random.Random(7)
    objectives = Objectives()
    for minute in range(28 * 1440):
        good = dice.random() > 0.004
        objectives.saw(MIDNIGHT + minute * MINUTE, good, maintenance=minute % 5000 < 60)
    calls_from = NOW - 4 * DAY
    for number in range(4 * 5000):
        code = "INTERNAL_ERROR" if dice.random() < 0.02 else None
        one = call(calls_from + number * 17.28, code=code, duration=dice.lognormvariate(-1.5, 1.2))
        objectives.called(one, excluded=dice.random() < 0.002)
    for day in range(28):
        objectives.called(call(MIDNIGHT + day * DAY, code="INTERNAL_ERROR"), excluded=False)
        objectives.started(MIDNIGHT + day * DAY + HOUR, 4, excluded=False)
    objectives.forget(NOW)
    return objectives.part()


def test_what_is_known_of_the_objectives_is_there_after_a_restart(busy: Part) -> None:
    data = encode(Memory(Position(NOW), objectives=busy), LIMIT)
    memory, unreadable = decode(data, Ledger(), NOW)
    assert memory.objectives == busy
    assert not unreadable


def test_28_busy_days_take_a_fifth_of_the_space(busy: Part) -> None:
    data = encode(Memory(Position(NOW), objectives=busy), LIMIT)
    assert size(data["objectives"]) < LIMIT / 5


def test_where_space_is_short_it_is_the_ledger_that_gives_way(busy: Part) -> None:
    ledger, dice = Ledger(), random.Random(8)
    for number in range(3000):
        tool = f"tool_{dice.randrange(100)}"
        ledger.add(call(NOW + number * 5.7, tool=tool, duration=dice.lognormvariate(-1.5, 2)))
    part = ledger.part(lambda _day: True, minutes=True)
    memory = Memory(Position(NOW), part=part, objectives=busy)
    limit = size(encode(replace(memory, part=replace(part, minutes=())), LIMIT)) + 3_000
    data = encode(memory, limit)
    restored, _ = decode(data, fewer := Ledger(), NOW)
    assert size(data) < limit
    assert 0 < len(fewer.part(lambda _day: True, minutes=True).minutes) < len(part.minutes)
    assert restored.objectives == busy


def test_a_store_that_knows_no_objectives_yet_has_none() -> None:
    data = encode(Memory(Position(NOW)), LIMIT)
    del data["objectives"]
    memory, unreadable = decode(data, Ledger(), NOW)
    assert memory.objectives == Part((), ())
    assert not unreadable


@pytest.mark.parametrize(
    "wrong",
    [
        *(None, [], "text", 7, {}),
        section(minutes="abc"),
        section(minutes=one_row()[:-8]),
        section(days=one_row(kind=4)),
        section(hours=one_row(verdict=3)),
        section(minutes=one_row(still_open=2)),
        section(minutes=one_row(slot=2**32 - 1, still_open=1)),
        section() | {"future": 1},
    ],
)
def test_objectives_of_a_wrong_shape_are_set_aside_and_the_rest_goes_on(
    wrong: Any,
) -> None:
    data = encode(Memory(Position(NOW, "last")), LIMIT) | {"objectives": wrong}
    memory, unreadable = decode(data, Ledger(), NOW)
    assert memory == Memory(Position(NOW, "last"))
    assert unreadable == {"objectives": wrong}


def test_a_row_that_means_something_is_no_wrong_shape() -> None:
    data = encode(Memory(Position(NOW)), LIMIT) | {"objectives": section(days=one_row(kind=3))}
    memory, unreadable = decode(data, Ledger(), NOW)
    assert len(memory.objectives.days) == 1
    assert not unreadable

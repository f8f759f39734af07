"""A wrong shape inside valid JSON: set aside, said once, and the rest goes on."""

import base64
from copy import deepcopy
import struct
from typing import Any
import zlib

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ha_mcp_sre.assess.objectives import Targets
from custom_components.ha_mcp_sre.assess.observation import Identity, Position, ToolCallReading
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.journal import Journal
from custom_components.ha_mcp_sre.record import Record, async_load_record
from tests.assess.builders import DAY, HOUR, MIDNIGHT, call, day_totals
from tests.component.conftest import own_log

FOLDER = "ha_mcp_sre/entry"
OPEN, ASIDE = f"{FOLDER}/open", f"{FOLDER}/set_aside"
NOW = MIDNIGHT + DAY + 12 * HOUR
NOTHING = base64.b64encode(zlib.compress(b"")).decode()


def packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


def one_row(slot: int, tool: int = 0, code: int = 0, bucket: int = 0) -> str:
    return packed(struct.pack("<IHHBI", slot, tool, code, bucket, 1))


def ledger(**changes: Any) -> dict[str, Any]:
    names = {"tools": ["ha_search"], "codes": ["", "none"]}
    return {**names, "minutes": NOTHING, "hours": NOTHING, "days": NOTHING} | changes


COUNTERS = {"calls": 3, "errors": 1, "lost_windows": 0}
SERVER = {
    "version": "8.7.0",
    "instance": "one",
    "worker": None,
    "started_at": 1000,
    "startup_time": None,
    "restarts": 0,
}
POSITION = {"since": 1000, "last_seen": "last"}
ENTRY = {"tool": "ha_get_state", "arguments": {}, "sent": 1000, "answered": None}

NOT_OBJECTS: list[Any] = [None, [], "text", 7, {}]
NOT_TEXT: list[Any] = [None, [], 1]

LEDGERS = [
    *NOT_OBJECTS,
    ledger(future=1),
    ledger(tools={}),
    ledger(tools=[1]),
    ledger(codes=None),
    *(ledger(**{rows: value}) for rows in ("minutes", "hours", "days") for value in NOT_TEXT),
    ledger(minutes="abc"),
    ledger(minutes="ü"),
    ledger(minutes=f"!{NOTHING}"),
    ledger(minutes=base64.b64encode(b"not compressed").decode()),
    ledger(minutes=one_row(1)[:-8]),
    ledger(days=packed(b"odd")),
    ledger(days=packed(bytes(14))),
    ledger(days=one_row(1, tool=1)),
    ledger(days=one_row(1, code=2)),
    ledger(hours=one_row(1, bucket=15)),
    ledger(hours=one_row(1, code=6)),
    ledger(hours=one_row(2**32 - 1)),
]
COUNTS = [
    *NOT_OBJECTS,
    COUNTERS | {"calls": -1},
    COUNTERS | {"calls": "3"},
    COUNTERS | {"errors": 1.5},
    COUNTERS | {"lost_windows": None},
    COUNTERS | {"future": 1},
]
SERVERS = [
    *NOT_OBJECTS,
    SERVER | {"restarts": -1},
    SERVER | {"version": 8.7},
    SERVER | {"started_at": "yesterday"},
    SERVER | {"started_at": 1e30},
    SERVER | {"startup_time": -1},
    SERVER | {"future": 1},
]
POSITIONS = [
    *NOT_OBJECTS,
    POSITION | {"since": None},
    POSITION | {"since": -1},
    POSITION | {"since": 1e30},
    POSITION | {"last_seen": 7},
    POSITION | {"future": 1},
]
JOURNALS = [
    *(each for each in NOT_OBJECTS if each != []),
    [None],
    [{}],
    [ENTRY, ENTRY | {"arguments": []}],
    [ENTRY | {"sent": None}],
    [ENTRY | {"answered": "soon"}],
    [ENTRY | {"future": 1}],
]
ARCHIVES: list[Any] = [None, {}, 7, ["1"], [1.5]]
DAMAGE = {
    "ledger": LEDGERS,
    "counters": COUNTS,
    "server": SERVERS,
    "position": POSITIONS,
    "journal": JOURNALS,
    "archived": ARCHIVES,
    "section_of_a_later_version": [{"any": "thing"}],
}


@pytest.fixture
async def stored(hass: HomeAssistant, hass_storage: dict[str, Any]) -> dict[str, Any]:
    """Return the sections that a server with one closed and one open day left behind."""
    await hass.config.async_set_time_zone("UTC")
    record = await restarted(hass)
    calls = [call(MIDNIGHT), call(NOW), call(NOW, code="INTERNAL_ERROR")]
    record.read(ToolCallReading(0.5, tuple(calls), Position(MIDNIGHT, "last")))
    record.saw(Identity("8.7.0", "one"))
    record.journal.sent("ha_get_state", {"entity_id": "sun.sun"}, NOW)
    await record.async_tidy(NOW)
    await record.async_save()
    sections: dict[str, Any] = hass_storage[OPEN]["data"]
    return sections


async def restarted(hass: HomeAssistant) -> Record:
    return await async_load_record(hass, "entry", Journal(), Policy(), Targets(), MIDNIGHT)


def sections_of(record: Record) -> dict[str, object]:
    """Return what is remembered, by the section that it comes from."""
    ledger, today = record.ledger, record.ledger.day_of(NOW)
    return {
        "ledger": (day_totals(ledger, today), ledger.totals(MIDNIGHT, NOW + HOUR)),
        "counters": record.counters,
        "server": record.server,
        "position": record.position,
        "journal": record.journal.entries,
        "archived": day_totals(ledger, today - 1),
    }


@pytest.mark.parametrize(
    ("section", "value"),
    [(section, value) for section, values in DAMAGE.items() for value in values],
)
async def test_what_has_a_wrong_shape_is_set_aside_and_the_rest_is_kept(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    stored: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    section: str,
    value: Any,
) -> None:
    whole = sections_of(await restarted(hass))
    fresh = sections_of(
        await async_load_record(hass, "another", Journal(), Policy(), Targets(), MIDNIGHT)
    )
    stored[section] = deepcopy(value)
    record = await restarted(hass)

    expected = whole | {name: fresh[name] for name in (section,) if name in fresh}
    assert sections_of(record) == expected
    assert hass_storage[ASIDE]["data"] == {section: value}
    (said,) = own_log(caplog)
    assert said.levelname == "WARNING"
    assert said.getMessage().endswith(f"set_aside: {section}; the rest goes on")

    await record.async_tidy(NOW)
    await record.async_save()
    assert sections_of(await restarted(hass)) == expected
    assert len(own_log(caplog)) == 1


@pytest.mark.parametrize("value", LEDGERS[1:])
async def test_a_closed_day_that_cannot_be_read_is_set_aside_once(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    stored: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    value: Any,
) -> None:
    (day,) = stored["archived"]
    whole = sections_of(await restarted(hass))
    hass_storage[f"{FOLDER}/{day}"]["data"] = value
    record = await restarted(hass)
    nothing = day_totals(record.ledger, 0)
    assert sections_of(record) == whole | {"archived": nothing}
    assert hass_storage[ASIDE]["data"] == {str(day): value}
    await record.async_save()
    await restarted(hass)
    assert len(own_log(caplog)) == 1


async def test_several_wrong_shapes_are_said_in_one_line(
    hass: HomeAssistant, stored: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    stored |= {"ledger": [], "server": 7, "counters": None}
    record = await restarted(hass)
    (said,) = own_log(caplog)
    assert "counters, ledger, server;" in said.getMessage()
    assert record.position == Position(MIDNIGHT, "last")


async def test_a_broken_ledger_goes_on_counting(
    hass: HomeAssistant, stored: dict[str, Any]
) -> None:
    stored["ledger"] = ledger(days="abc")
    record = await restarted(hass)
    record.read(ToolCallReading(0.5, (call(NOW),), Position(MIDNIGHT, "next")))
    assert record.counters.calls == 4
    assert day_totals(record.ledger, record.ledger.day_of(NOW)).calls == 1

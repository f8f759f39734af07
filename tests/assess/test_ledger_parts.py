"""Taking the ledger apart for storage and putting it together again."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.cells import Cell
from custom_components.ha_mcp_sre.assess.faults import Fault
from custom_components.ha_mcp_sre.assess.histogram import BUCKETS
from custom_components.ha_mcp_sre.assess.ledger import Ledger, Part
from custom_components.ha_mcp_sre.assess.observation import ToolCall

from .builders import DAY, HOUR, MIDNIGHT, call, calls, counted

some_calls = st.lists(calls(within=3 * DAY), max_size=30)


def everything(ledger: Ledger) -> Part:
    return ledger.part(lambda _day: True, minutes=True)


def restored(*parts: Part, into: Ledger | None = None) -> Ledger:
    ledger = into or Ledger()
    for part in parts:
        ledger.restore(part)
    return ledger


def known(ledger: Ledger) -> object:
    """Return everything that can be asked of a ledger."""
    return (
        ledger.totals_by_tool(MIDNIGHT, MIDNIGHT + 3 * DAY),
        [ledger.hour_totals(MIDNIGHT + h * HOUR, MIDNIGHT + (h + 1) * HOUR) for h in range(72)],
        {day: ledger.days_by_tool(range(day, day + 1)) for day in ledger.days()},
    )


@given(some_calls)
def test_a_restored_ledger_knows_the_same(some: list[ToolCall]) -> None:
    ledger = counted(*some)
    assert known(restored(everything(ledger))) == known(ledger)


@given(some_calls, some_calls)
def test_a_part_adds_to_what_is_there_however_that_numbers_its_tools(
    stored: list[ToolCall], there: list[ToolCall]
) -> None:
    ledger = restored(everything(counted(*stored)), into=counted(*there))
    assert known(ledger) == known(counted(*stored, *there))


@given(some_calls)
def test_the_days_one_by_one_and_the_minutes_are_the_whole(some: list[ToolCall]) -> None:
    ledger = counted(*some)
    days = [ledger.part({day}.__contains__, minutes=False) for day in ledger.days()]
    minutes = ledger.part(lambda _day: False, minutes=True)
    assert known(restored(*days, minutes)) == known(ledger)


def test_a_part_is_a_copy() -> None:
    ledger = counted(call())
    part = everything(ledger)
    before = replace(part)
    ledger.add(call())
    ledger.add(call(tool="another"))
    assert part == before


def test_a_part_holds_only_the_wanted_days() -> None:
    ledger = counted(call(MIDNIGHT), call(MIDNIGHT + DAY), call(MIDNIGHT + DAY))
    first = ledger.day_of(MIDNIGHT)
    ledger = restored(ledger.part({first}.__contains__, minutes=False))
    assert ledger.days() == {first}
    assert ledger.hour_totals(MIDNIGHT, MIDNIGHT + 2 * DAY).calls == 1
    assert ledger.totals(MIDNIGHT, MIDNIGHT + 2 * DAY).calls == 0


def test_counting_goes_on_after_a_restart() -> None:
    ledger = restored(everything(counted(call(), call(code="INTERNAL_ERROR"))))
    ledger.add(call(tool="new", code="AUTH_EXPIRED"))
    assert ledger.totals(MIDNIGHT, MIDNIGHT + DAY).codes == (
        ("AUTH_EXPIRED", 1),
        ("INTERNAL_ERROR", 1),
    )


NAMES = Part(tools=("ha_search",), codes=("", "none"))
GOOD = Cell(slot=1, tool=0, code=0, bucket=0, calls=1)
YEAR_10_000 = 70_500_000


@pytest.mark.parametrize(
    "broken",
    [
        replace(NAMES, minutes=(GOOD, GOOD._replace(tool=1))),
        replace(NAMES, minutes=(GOOD,), days=(GOOD._replace(tool=1),)),
        replace(NAMES, minutes=(GOOD, GOOD._replace(code=2))),
        replace(NAMES, days=(GOOD, GOOD._replace(code=2))),
        replace(NAMES, minutes=(GOOD, GOOD._replace(bucket=BUCKETS))),
        replace(NAMES, hours=(GOOD, GOOD._replace(bucket=BUCKETS))),
        replace(NAMES, days=(GOOD, GOOD._replace(bucket=BUCKETS))),
        replace(NAMES, minutes=(GOOD,), hours=(GOOD._replace(code=len(Fault)),)),
        replace(NAMES, minutes=(GOOD,), hours=(GOOD._replace(slot=YEAR_10_000),)),
    ],
)
def test_a_part_with_rows_that_cannot_be_changes_nothing(broken: Part) -> None:
    ledger = counted(call(tool="ha_get_state"))
    before = everything(ledger)
    with pytest.raises(IndexError):
        ledger.restore(broken)
    assert everything(ledger) == before

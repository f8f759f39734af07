"""Counts in columns."""

from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.cells import Cell, Cells

from .builders import cells

MOST = 2**32 - 1
DROPPED = Cell(MOST, 0, 0, 0, 1)


def filled(content: Iterable[Cell]) -> Cells:
    made = Cells()
    for cell in content:
        made.add(cell)
    return made


def sums(content: Iterable[Cell]) -> Counter[tuple[int, ...]]:
    counts: Counter[tuple[int, ...]] = Counter()
    for *key, number in content:
        counts[tuple(key)] += number
    return counts


@given(st.lists(cells(), max_size=40))
def test_everything_added_is_counted(content: list[Cell]) -> None:
    assert sums(filled(content)) == sums(content)


@given(st.lists(cells(), max_size=30).flatmap(lambda c: st.tuples(st.just(c), st.permutations(c))))
def test_the_order_of_arrival_does_not_matter(orders: tuple[list[Cell], list[Cell]]) -> None:
    one, other = map(filled, orders)
    assert sums(one) == sums(other)


@given(st.lists(cells(), max_size=40), st.sets(st.integers(0, 6)))
def test_keeping_drops_the_unwanted_slots_and_nothing_else(
    content: list[Cell], wanted: set[int]
) -> None:
    kept = filled(content)
    kept.keep(wanted.__contains__)
    assert sums(kept) == sums(cell for cell in content if cell.slot in wanted)


@given(st.lists(cells(), max_size=40))
def test_dropping_merges_what_late_calls_scattered(content: list[Cell]) -> None:
    kept = filled([DROPPED, *content])
    kept.keep(DROPPED.slot.__ne__)
    assert len(kept) == len(sums(content))


@given(st.lists(cells(), max_size=20), st.lists(cells(), max_size=20))
def test_counting_goes_on_after_keeping(before: list[Cell], after: list[Cell]) -> None:
    kept = filled([DROPPED, *before])
    kept.keep(DROPPED.slot.__ne__)
    for cell in after:
        kept.add(cell)
    assert sums(kept) == sums(before + after)


@given(st.lists(st.builds(Cell, st.integers(5, 6), *[st.just(0)] * 3, st.just(1)), min_size=2))
def test_calls_of_the_two_newest_slots_share_rows(content: list[Cell]) -> None:
    assert len(filled(content)) == len({cell.slot for cell in content})


def test_a_full_count_stays_full() -> None:
    content = filled([DROPPED, *[Cell(1, 0, 0, 0, MOST - 1)] * 2])
    content.keep(DROPPED.slot.__ne__)
    assert list(content) == [Cell(1, 0, 0, 0, MOST)]


@pytest.mark.parametrize("slot", [-1, 2**32])
def test_a_slot_that_cannot_be_counts_nothing_and_breaks_nothing(slot: int) -> None:
    content = filled([Cell(0, 0, 0, 0, 1)])
    with pytest.raises(OverflowError):
        content.add(Cell(slot, 0, 0, 0, 1))
    with pytest.raises(OverflowError):
        content.add(Cell(slot, 0, 0, 0, 1))
    content.add(Cell(0, 0, 0, 0, 1))
    assert sums(content) == {(0, 0, 0, 0): 2}


def test_slots_are_named_once() -> None:
    assert filled([Cell(3, 0, 0, 0, 1), Cell(3, 1, 0, 0, 1), Cell(1, 0, 0, 0, 1)]).slots() == {1, 3}


def test_a_row_takes_thirteen_bytes() -> None:
    content = filled(Cell(slot, 0, 0, 0, 1) for slot in range(10_000))
    assert content.nbytes() < 13 * 10_000 * 1.2

"""Counts in columns: many small numbers without an object for each."""

from array import array
from collections.abc import Callable, Iterator
import sys
from typing import NamedTuple

_MOST = 2**32 - 1


class Cell(NamedTuple):
    """How many calls of one tool with one outcome and one latency fell into one slot of time."""

    slot: int
    tool: int
    code: int
    bucket: int
    calls: int


class Cells:
    """Calls by slot, tool, code and latency bucket, 13 bytes each.

    Only the two newest slots are indexed. A call that arrives later than that gets a row
    of its own, so readers add rows up; the order of arrival never matters.
    """

    __slots__ = ("_bucket", "_code", "_count", "_index", "_newest", "_scattered", "_slot", "_tool")

    def __init__(self) -> None:
        """Start empty."""
        self._slot = array("I")
        self._tool = array("H")
        self._code = array("H")
        self._bucket = array("B")
        self._count = array("I")
        self._index: dict[tuple[int, int, int, int], int] = {}
        self._newest = 0
        self._scattered = False

    def copied(self) -> Cells:
        """Return a copy, which takes next to no time: to be added up while more is counted."""
        copy = Cells()
        for column, rows in zip(copy._columns, self._columns, strict=True):
            column.extend(rows)
        copy._index = dict(self._index)
        copy._newest, copy._scattered = self._newest, self._scattered
        return copy

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._slot)

    def __iter__(self) -> Iterator[Cell]:
        """Yield every row."""
        return map(Cell, *self._columns, strict=True)

    def add(self, cell: Cell) -> None:
        """Count calls; raises OverflowError for a slot that no row can have."""
        row = self._index.get(cell[:4])
        if row is not None:
            self._count[row] = min(_MOST, self._count[row] + cell.calls)
            return
        for column, value in zip(self._columns, cell, strict=True):
            column.append(value)
        if cell.slot > self._newest:
            self._newest = cell.slot
            self._index = {key: row for key, row in self._index.items() if key[0] >= cell.slot - 1}
        if cell.slot >= self._newest - 1:
            self._index[cell[:4]] = len(self._slot) - 1
        else:
            self._scattered = True

    def slots(self) -> frozenset[int]:
        """Return the slots that have calls."""
        return frozenset(self._slot)

    def keep(self, wanted: Callable[[int], bool]) -> None:
        """Drop every row whose slot is not wanted; if any is, merge what late calls scattered."""
        slots = set(filter(wanted, self.slots()))
        if len(slots) == len(self.slots()):
            return
        if self._scattered:
            self._merge(slots)
            return
        rows = [row for row, slot in enumerate(self._slot) if slot in slots]
        for column in self._columns:
            column[:] = array(column.typecode, map(column.__getitem__, rows))
        moved = {old: new for new, old in enumerate(rows)}
        self._index = {key: moved[row] for key, row in self._index.items() if row in moved}

    def _merge(self, slots: set[int]) -> None:
        """Build the rows of these slots anew, in order of their slots."""
        cells = sorted(cell for cell in self if cell.slot in slots)
        for column in self._columns:
            del column[:]
        self._index.clear()
        self._newest = 0
        self._scattered = False
        for cell in cells:
            self.add(cell)

    def nbytes(self) -> int:
        """Return the memory of the columns and of the index, in bytes."""
        index = sum(map(sys.getsizeof, self._index)) + sys.getsizeof(self._index)
        return index + sum(map(sys.getsizeof, self._columns))

    @property
    def _columns(self) -> tuple[array[int], ...]:
        return (self._slot, self._tool, self._code, self._bucket, self._count)

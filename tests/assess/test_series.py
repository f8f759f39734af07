"""Events by minute, hour and local day."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.cells import Cell
from custom_components.ha_mcp_sre.assess.ledger import DAYS_KEPT, MINUTES_KEPT, Part
from custom_components.ha_mcp_sre.assess.series import (
    HOURS_KEPT,
    Resolution,
    Series,
    Verdict,
    check,
)

from .builders import DAY, HOUR, MIDNIGHT, MINUTE

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONTH = 28 * DAY
NOON = MIDNIGHT + 12 * HOUR

type Event = tuple[float, int, Verdict]

events = st.lists(
    st.tuples(
        st.floats(MIDNIGHT - 2 * DAY, MIDNIGHT + 2 * DAY),
        st.integers(0, 1),
        st.sampled_from(Verdict),
    ),
    max_size=40,
)


def series_of(*some: Event) -> Series:
    series = Series(2)
    for event in some:
        series.add(*event)
    return series


def good(*times: float, zone: ZoneInfo = AMSTERDAM) -> Series:
    series = Series(1, zone)
    for at in times:
        series.add(at, 0, Verdict.GOOD)
    return series


def found(series: Series, seconds: float, until: float) -> int:
    return sum(series.counts(0, series.window(seconds, until)))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).timestamp()


@pytest.mark.parametrize(
    ("seconds", "resolution", "slots"),
    [
        (5 * MINUTE, Resolution.MINUTE, 5),
        (30 * MINUTE, Resolution.MINUTE, 30),
        (HOUR, Resolution.MINUTE, 60),
        (2 * HOUR, Resolution.MINUTE, 120),
        (6 * HOUR, Resolution.MINUTE, 360),
        (DAY, Resolution.HOUR, 24),
        (3 * DAY, Resolution.HOUR, 72),
        (MONTH, Resolution.DAY, 28),
    ],
)
def test_a_window_is_read_in_the_finest_resolution_kept_as_long(
    seconds: float, resolution: Resolution, slots: int
) -> None:
    window = Series(1).window(seconds, NOON)
    assert window.resolution is resolution
    assert len(window.slots) == slots


@given(events, st.floats(MIDNIGHT - DAY, MIDNIGHT + DAY), st.integers(0, 1))
def test_a_window_counts_each_event_of_its_minutes_once(
    some: list[Event], until: float, kind: int
) -> None:
    series = series_of(*some)
    first = until // MINUTE - 59
    inside = Counter(
        verdict
        for when, its_kind, verdict in some
        if its_kind == kind and first <= when // MINUTE <= until // MINUTE
    )
    counts = series.counts(kind, series.window(HOUR, until))
    assert counts == [inside[verdict] for verdict in Verdict]


@given(events.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_arrival_does_not_matter(orders: tuple[list[Event], ...]) -> None:
    one, other = (series_of(*order) for order in orders)
    assert one.part() == other.part()


@given(events, events)
def test_a_part_adds_to_what_is_there(stored: list[Event], there: list[Event]) -> None:
    series = series_of(*there)
    series.restore(series_of(*stored).part())
    assert series.part() == series_of(*stored, *there).part()


@given(events)
def test_every_resolution_knows_every_event(some: list[Event]) -> None:
    part = series_of(*some).part()
    for cells in (part.minutes, part.hours, part.days):
        assert sum(cell.calls for cell in cells) == len(some)


def test_the_moment_a_window_ends_is_in_it_and_the_moment_before_it_is_not() -> None:
    series = good(NOON, NOON - HOUR)
    assert found(series, HOUR, NOON) == 1
    assert found(series, HOUR + MINUTE, NOON) == 2


def test_what_comes_after_a_window_is_not_in_it() -> None:
    assert found(good(NOON + MINUTE), HOUR, NOON) == 0


@pytest.mark.parametrize("seconds", [0, -HOUR, -MONTH])
def test_a_window_that_ends_before_it_begins_is_empty(seconds: float) -> None:
    assert found(good(NOON), seconds, NOON) == 0


@pytest.mark.parametrize("now", ["2026-04-10 23:30", "2026-11-10 00:30"])
def test_28_days_are_28_local_days_also_where_one_of_them_is_shorter_or_longer(now: str) -> None:
    today = Series(1, AMSTERDAM).slot(Resolution.DAY, at(now))
    window = Series(1, AMSTERDAM).window(MONTH, at(now))
    assert window.slots == range(today - 27, today + 1)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-07-01", 24), ("2026-10-25", 25)]
)
def test_a_local_day_is_as_long_as_the_clocks_say(day: str, hours: int) -> None:
    start = at(f"{day} 00:00")
    series = good(*(start + hour * HOUR + 60 for hour in range(-1, 27)))
    slot = series.slot(Resolution.DAY, start)
    assert {cell.slot: cell.calls for cell in series.part().days}[slot] == hours
    assert series.start_of_day(slot) == start
    assert series.start_of_day(slot + 1) == start + hours * HOUR


def test_each_resolution_is_kept_for_its_time() -> None:
    series = good(*(MIDNIGHT + minute * MINUTE for minute in range(40 * 24 * 60)))
    series.forget(MIDNIGHT + 40 * DAY - 1)
    part = series.part()
    assert len(part.minutes) == MINUTES_KEPT
    assert len(part.hours) == HOURS_KEPT
    assert len(part.days) == DAYS_KEPT


def test_what_was_forgotten_is_no_longer_in_a_window_that_is_kept_whole() -> None:
    series = good(*(MIDNIGHT + minute * MINUTE for minute in range(24 * 60)))
    now = MIDNIGHT + DAY - 1
    series.forget(now)
    assert found(series, 6 * HOUR, now) == MINUTES_KEPT
    assert found(series, DAY, now) == 24 * 60


def test_a_clock_that_was_wrong_by_days_loses_no_day_before_or_after() -> None:
    series = good(NOON)
    series.forget(NOON - 3 * DAY)
    series.forget(NOON + 3 * DAY)
    assert found(series, MONTH, NOON + 3 * DAY) == 1


def test_a_count_stops_where_its_place_on_disk_ends() -> None:
    series = good(NOON)
    most = Part((), (), minutes=(Cell(int(NOON // 60), 0, 0, 0, 2**32 - 1),))
    series.restore(most)
    assert series.part().minutes == most.minutes


GOOD = Cell(slot=1, tool=0, code=0, bucket=0, calls=1)


@pytest.mark.parametrize(
    "broken",
    [
        Part((), (), minutes=(GOOD, GOOD._replace(tool=2))),
        Part((), (), hours=(GOOD._replace(code=3),)),
        Part((), (), days=(GOOD, GOOD._replace(tool=2))),
        Part((), (), minutes=(GOOD._replace(bucket=2),)),
        Part((), (), minutes=(GOOD._replace(slot=2**32 - 1),)),
    ],
)
def test_a_row_that_means_nothing_is_noticed(broken: Part) -> None:
    with pytest.raises(IndexError):
        check(broken, kinds=2)


def test_rows_that_mean_something_are_fine() -> None:
    check(Part((), (), (GOOD, GOOD._replace(tool=1, bucket=1)), (GOOD,), (GOOD,)), kinds=2)

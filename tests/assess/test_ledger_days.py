"""Local days, and what the ledger keeps of them."""

from datetime import datetime
import math
import random
from zoneinfo import ZoneInfo

import pytest

from custom_components.ha_mcp_sre.assess.ledger import DAYS_KEPT, MINUTES_KEPT, Ledger

from .builders import DAY, HOUR, MIDNIGHT, MINUTE, call, counted, day_totals

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(text: str, zone: ZoneInfo = AMSTERDAM) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-07-01", 24), ("2026-10-25", 25)]
)
def test_a_local_day_is_as_long_as_the_clocks_say(day: str, hours: int) -> None:
    ledger = Ledger(AMSTERDAM)
    start = at(f"{day} 00:00")
    for hour in range(-1, 27):
        ledger.add(call(start + hour * HOUR + 60))
    assert day_totals(ledger, ledger.day_of(start)).calls == hours


def test_both_hours_of_a_clock_set_back_are_counted() -> None:
    first, second = at("2026-10-25 02:30"), at("2026-10-25 02:30") + HOUR
    ledger = counted(call(first), call(second))
    assert ledger.hour_totals(first - HOUR / 2, second + HOUR / 2).calls == 2
    assert ledger.totals(first, second).calls == 1


def test_the_last_moment_of_a_day_belongs_to_it() -> None:
    ledger = Ledger()
    assert ledger.day_of(math.nextafter(MIDNIGHT, 0)) == ledger.day_of(MIDNIGHT) - 1


def test_a_day_is_that_of_the_home_not_of_greenwich() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    ledger = Ledger(auckland)
    assert ledger.day_of(at("2026-09-22 00:30", auckland)) == datetime(2026, 9, 22).toordinal()  # noqa: DTZ001


def test_a_copy_of_the_days_does_not_grow_with_them() -> None:
    ledger = counted(call(MIDNIGHT, code="TIMEOUT_OPERATION"), call(MIDNIGHT + DAY))
    days = range(ledger.day_of(MIDNIGHT), ledger.day_of(MIDNIGHT) + 2)
    before, copy = ledger.days_by_tool(days), ledger.days_copied()
    ledger.add(call(MIDNIGHT))
    ledger.add(call(MIDNIGHT + DAY, tool="ha_another"))
    assert copy.days_by_tool(days) == before != ledger.days_by_tool(days)
    copy.add(call(MIDNIGHT))
    assert copy.days_by_tool(days) != before


@pytest.mark.parametrize(
    ("now", "closed"),
    [("2026-09-22 23:59", False), ("2026-09-23 00:59", False), ("2026-09-23 01:00", True)],
)
def test_a_day_stays_open_for_late_calls_until_an_hour_after_midnight(
    now: str, closed: bool
) -> None:
    ledger = Ledger(AMSTERDAM)
    ledger.add(call(at("2026-09-22 12:00")))
    assert bool(ledger.closed_days(at(now))) is closed


def test_a_day_without_calls_is_not_there() -> None:
    ledger = counted(call(MIDNIGHT), call(MIDNIGHT + 3 * DAY))
    first = ledger.day_of(MIDNIGHT)
    assert ledger.days() == {first, first + 3}


def test_a_call_belongs_to_its_day_and_to_the_day_in_which_its_hour_began() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    ledger = Ledger(kolkata)
    day = ledger.day_of(at("2026-09-22 12:00", kolkata))
    assert ledger.days_of(at("2026-09-22 00:10", kolkata)) == {day - 1, day}
    assert ledger.days_of(at("2026-09-22 00:40", kolkata)) == {day}


def test_minutes_are_kept_for_six_hours() -> None:
    ledger = counted(*(call(MIDNIGHT + minute * MINUTE) for minute in range(24 * 60)))
    ledger.forget(MIDNIGHT + DAY - 1)
    kept = ledger.totals(MIDNIGHT, MIDNIGHT + DAY)
    assert kept.calls == MINUTES_KEPT
    assert ledger.totals(MIDNIGHT + 18 * HOUR, MIDNIGHT + DAY) == kept


def test_hours_and_days_are_kept_for_35_days() -> None:
    ledger = counted(*(call(MIDNIGHT + hour * HOUR) for hour in range(40 * 24)))
    now = MIDNIGHT + 40 * DAY - 1
    ledger.forget(now)
    assert ledger.days() == {ledger.day_of(now) - back for back in range(DAYS_KEPT)}
    assert ledger.hour_totals(0, now).calls == DAYS_KEPT * 24


def test_a_tool_that_nobody_called_for_35_days_is_no_longer_in_use() -> None:
    ledger = counted(call(tool="old"), call(MIDNIGHT + DAY, tool="newer"))
    assert ledger.tools_in_use(MIDNIGHT + (DAYS_KEPT - 1) * DAY) == {"old", "newer"}
    assert ledger.tools_in_use(MIDNIGHT + DAYS_KEPT * DAY) == {"newer"}


def test_forgetting_twice_is_forgetting_once() -> None:
    ledger = counted(*(call(MIDNIGHT + hour * HOUR) for hour in range(40 * 24)))
    ledger.forget(MIDNIGHT + 40 * DAY)
    before = ledger.part(lambda _day: True, minutes=True)
    ledger.forget(MIDNIGHT + 40 * DAY)
    assert ledger.part(lambda _day: True, minutes=True) == before


def test_what_happened_later_is_counted_after_forgetting() -> None:
    ledger = counted(call())
    ledger.forget(MIDNIGHT + 40 * DAY)
    ledger.add(call(MIDNIGHT + 40 * DAY))
    assert ledger.totals(MIDNIGHT, MIDNIGHT + 41 * DAY).calls == 1


def test_35_busy_days_of_100_tools_fit_in_three_megabytes() -> None:
    """A report shows 192 calls; more than 200 a minute cannot be read anyway."""
    dice = random.Random(2)
    ledger = Ledger(AMSTERDAM)
    tools = [f"ha_some_tool_{number:03}" for number in range(100)]
    codes = [*[None] * 8, "ENTITY_NOT_FOUND", "TIMEOUT_API_REQUEST"]

    def some_call(started: float) -> None:
        duration = dice.lognormvariate(-2, 1.5)
        ledger.add(
            call(started, tool=dice.choice(tools), code=dice.choice(codes), duration=duration)
        )

    now = MIDNIGHT + 840 * HOUR
    six_hours_ago = now - 6 * HOUR
    for each in range(834 * 200):
        some_call(MIDNIGHT + each * 18)
    for each in range(360 * 200):
        some_call(six_hours_ago + each * 0.3)
    ledger.forget(now)
    assert ledger.nbytes() < 3_000_000

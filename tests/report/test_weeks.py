"""Which week a report is about."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.report.weeks import last_week, this_week, week_of

ZURICH = ZoneInfo("Europe/Zurich")
HOUR = 3600
MONDAY_MORNING = datetime(2026, 11, 23, 8, tzinfo=ZURICH).timestamp()


def test_on_a_monday_the_last_week_is_the_one_that_ended_at_midnight() -> None:
    week = last_week(MONDAY_MORNING, ZURICH)
    assert week.monday == date(2026, 11, 16)
    assert week.end == datetime(2026, 11, 23, tzinfo=ZURICH).timestamp()
    assert not week.so_far


def test_the_week_that_is_not_over_is_known_so_far() -> None:
    week = this_week(MONDAY_MORNING, ZURICH)
    assert week.monday == date(2026, 11, 23)
    assert week.so_far
    assert week.until == MONDAY_MORNING


@pytest.mark.parametrize(("monday", "hours"), [(date(2026, 10, 19), 169), (date(2026, 3, 23), 167)])
def test_a_week_in_which_the_clocks_change_has_as_many_hours_as_it_has(
    monday: date, hours: int
) -> None:
    week = week_of(monday, MONDAY_MORNING, ZURICH)
    assert (week.end - week.start) / HOUR == hours


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - local ones.
def test_every_moment_is_in_the_week_of_its_day_and_seven_days_after_the_last(
    moment: datetime,
) -> None:
    at = moment.replace(tzinfo=ZURICH).astimezone(UTC).timestamp()
    week = this_week(at, ZURICH)
    assert week.start <= at < week.end
    assert week.monday - last_week(at, ZURICH).monday == timedelta(days=7)
    assert datetime.fromtimestamp(at, ZURICH).toordinal() in week.days

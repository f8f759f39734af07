"""Whatever is taken over can be kept, and shown to a person anywhere."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
import reprlib

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.observe.plain import LATEST, http_date, moment, seconds

ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=ZONES), ZONES)
def test_a_time_that_is_taken_over_can_be_told_in_every_time_zone(
    at: datetime, zone: timezone
) -> None:
    read = moment(at.isoformat())
    assert read is None or abs(datetime.fromtimestamp(read, zone) - at) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59-12:00", "9999-12-31T00:00:00Z", "1969-12-31T23:59:59Z"]
)
def test_a_time_that_cannot_be_true_is_none(text: str) -> None:
    assert moment(text) is None


@given(st.datetimes(timezones=ZONES).filter(lambda at: at.year >= 1000))
def test_a_date_of_http_is_bounded_as_any_time(at: datetime) -> None:
    """A year of less than four digits is one of the twentieth century to whoever reads it."""
    read = http_date(format_datetime(at))
    assert read == moment(at.replace(microsecond=0).isoformat())


@pytest.mark.parametrize("value", [0, 3.8, 1_795_403_812.7, LATEST])
def test_a_moment_or_a_duration_in_seconds_is_taken_over(value: float) -> None:
    assert seconds(value) == value


@pytest.mark.parametrize(
    "value",
    [-0.1, LATEST + 1, 1e300, 10**400, float("nan"), float("inf"), True, None, "7", [1]],
    ids=reprlib.repr,
)
def test_seconds_that_cannot_be_true_are_none(value: object) -> None:
    assert seconds(value) is None

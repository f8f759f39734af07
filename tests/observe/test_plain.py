"""Whatever is taken over can be kept, and shown to a person anywhere."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.observe.plain import moment

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

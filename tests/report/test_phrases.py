"""Numbers in sentences."""

import pytest

from custom_components.ha_mcp_sre.report.phrases import (
    compared,
    listing,
    percent,
    size,
    span,
    times,
)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (0.0372, "0.0372 s"),
        (2.4, "2.4 s"),
        (30, "30 s"),
        (60, "1 min"),
        (3599.6, "1 h"),
        (7500, "2 h 5 min"),
        (86_400 + 30, "1 d"),
        (3 * 86_400 + 7200, "3 d 2 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, told: str) -> None:
    assert span(seconds) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 bytes"), (999, "999 bytes"), (12_400_000, "12.4 MB"), (-2_000, "-2.0 kB")],
)
def test_a_size_has_the_unit_that_fits(count: float, told: str) -> None:
    assert size(count) == told


def test_what_is_not_all_is_never_told_as_all() -> None:
    assert (percent(99.999), percent(100)) == ("99.99 %", "100 %")


def test_one_thing_is_no_plural() -> None:
    assert (times(1, "outage"), times(0, "outage")) == ("1 outage", "0 outages")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcdefg"), "a, b, c, d, e and 2 more"),
    ],
)
def test_names_are_joined_as_in_a_sentence(names: list[str], told: str) -> None:
    assert listing(names) == told


def test_what_is_unknown_twice_is_said_once() -> None:
    assert compared(None, None, " s") == "unknown"
    assert compared(None, 2, " s") == "unknown (week before: 2 s)"
    assert compared(0, None, " s") == "0 s (week before: unknown)"


def test_one_is_one() -> None:
    assert times(1, "run") == times(1.0, "run") == "1 run"
    assert times(0, "run") == "0 runs"
    assert times(1.5, "day") == "1.5 days"
    assert times(None, "run") == "unknown"

"""Numbers in sentences."""

import pytest

from custom_components.ha_mcp_sre.report.phrases import (
    compared,
    in_unit,
    listing,
    often,
    part_of,
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
        # The budget of four weeks at 99.5 %: 201.6 min.
        (12_096, "3 h 22 min"),
        (86_399, "1 d"),
        (2 * 86_400 - 1, "2 d"),
        (0.00005, "0.00005 s"),
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
        ([], "none"),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcdefg"), "a, b, c, d, e and 2 more"),
    ],
)
def test_names_are_joined_as_in_a_sentence(names: list[str], told: str) -> None:
    assert listing(names) == told


def test_a_week_before_of_which_nothing_is_known_is_left_out() -> None:
    assert compared(None, None, " s") == "unknown"
    assert compared(None, 2, " s") == "unknown (week before: 2 s)"
    assert compared(0, None, " s") == "0 s"
    assert compared("healthy", "unknown") == "healthy"


def test_one_of_one_is_the_only_one() -> None:
    assert part_of(1, 1, "outage") == "the only outage"
    assert part_of(1, 2, "outage") == "1 of 2 outages"


def test_how_often_something_happened_is_a_word() -> None:
    assert [often(number) for number in (1, 2, 3)] == ["once", "twice", "3 times"]


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (99.50396825, "%", "99.5 %"),
        (423_600_000, "B", "423.6 MB"),
        (75, "s", "1 min 15 s"),
        (4, "GB", "4 GB"),
    ],
)
def test_a_figure_is_told_in_its_unit(value: float, unit: str, told: str) -> None:
    assert in_unit(value, unit) == told


def test_one_is_one() -> None:
    assert times(1, "run") == times(1.0, "run") == "1 run"
    assert times(0, "run") == "0 runs"
    assert times(1.5, "day") == "1.5 days"
    assert times(None, "run") == "unknown"

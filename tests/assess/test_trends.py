"""Statistics against known values, and what holds for all of them."""

from math import comb
from random import Random

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.trends import fisher, theil_sen

counts = st.integers(0, 60)
sides = st.tuples(counts, counts)


@pytest.mark.parametrize(
    ("before", "after", "chance"),
    [
        # Fisher's lady tasting tea, The Design of Experiments (1935): all right, and one wrong.
        ((0, 4), (4, 0), 1 / 70),
        ((1, 3), (3, 1), 17 / 70),
        # Fisher's criminal twins, The Logic of Inductive Inference (1935): 2 of 17, 10 of 13.
        ((2, 15), (10, 3), 619 / 1_330_665),
        # Nothing happened, and the same happened.
        ((0, 20), (0, 20), 1),
        ((0, 0), (0, 0), 1),
    ],
)
def test_fishers_test_gives_the_values_of_the_textbooks(
    before: tuple[int, int], after: tuple[int, int], chance: float
) -> None:
    assert fisher(before, after) == pytest.approx(chance)


@given(sides, sides)
def test_fishers_test_is_the_exact_sum_of_hypergeometric_chances(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    bad, drawn, total = before[0] + after[0], sum(after), sum(before) + sum(after)
    ways = sum(
        comb(bad, k) * comb(total - bad, drawn - k) for k in range(after[0], min(bad, drawn) + 1)
    )
    assert fisher(before, after) == pytest.approx(ways / comb(total, drawn))


@given(sides, sides)
def test_one_more_failure_never_makes_a_change_for_the_worse_less_sure(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    bad, good = after
    assert fisher(before, (bad + 1, good)) <= fisher(before, after) * (1 + 1e-9)


def test_many_calls_are_no_trouble_for_fishers_test() -> None:
    assert fisher((100, 99_900), (200, 99_800)) < 1e-6
    assert fisher((200, 99_800), (200, 99_800)) == pytest.approx(0.52, abs=0.01)


def test_no_rounding_makes_a_chance_greater_than_certainty() -> None:
    assert fisher((1, 54), (0, 20)) == 1


coefficients = st.integers(-1000, 1000)
xs = st.lists(st.integers(-1000, 1000), min_size=2, max_size=15, unique=True)


@given(xs, coefficients, coefficients)
def test_the_slope_of_a_straight_line_is_its_own(xs: list[int], slope: int, start: int) -> None:
    assert theil_sen(tuple([(x, start + slope * x) for x in xs])) == slope


def test_a_quarter_of_the_samples_may_be_wild() -> None:
    line = [(x, 3.0 * x) for x in range(40)]
    wild = [(x, 1e9) if x % 4 == 0 else (x, y) for x, y in line]
    assert theil_sen(tuple(wild)) == 3


points = st.lists(st.tuples(coefficients, coefficients), max_size=15)


@given(points, st.randoms(use_true_random=False))
def test_the_order_of_the_samples_does_not_matter(
    points: list[tuple[int, int]], order: Random
) -> None:
    assert theil_sen(tuple(order.sample(points, len(points)))) == theil_sen(tuple(points))


@given(points, coefficients, coefficients)
def test_a_slope_does_not_depend_on_where_one_starts_to_count(
    points: list[tuple[int, int]], x0: int, y0: int
) -> None:
    assert theil_sen(tuple([(x + x0, y + y0) for x, y in points])) == theil_sen(tuple(points))


@pytest.mark.parametrize("points", [[], [(1, 2)], [(1, 2), (1, 9)]])
def test_without_two_moments_there_is_no_slope(points: list[tuple[float, float]]) -> None:
    assert theil_sen(tuple(points)) is None

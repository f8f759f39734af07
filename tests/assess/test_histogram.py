"""Latency as counts per bucket."""

import math

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.histogram import BOUNDS, BUCKETS, bucket_of, quantile

durations = st.lists(st.floats(0, 1000), min_size=1, max_size=50)
fractions = st.floats(0, 1)


def histogram(values: list[float]) -> list[int]:
    counts = [0] * BUCKETS
    for value in values:
        counts[bucket_of(value)] += 1
    return counts


@pytest.mark.parametrize("bucket", range(len(BOUNDS)))
def test_the_upper_bound_of_a_bucket_belongs_to_it(bucket: int) -> None:
    assert bucket_of(BOUNDS[bucket]) == bucket
    assert bucket_of(math.nextafter(BOUNDS[bucket], math.inf)) == bucket + 1


def test_no_time_at_all_is_in_the_first_bucket_and_a_day_in_the_last() -> None:
    assert bucket_of(0) == 0
    assert bucket_of(86_400) == BUCKETS - 1


def test_of_nothing_there_is_no_quantile() -> None:
    assert quantile([0] * BUCKETS, 0.95) is None


def test_a_bucket_is_taken_as_evenly_filled() -> None:
    counts = histogram([0.3] * 10)
    assert quantile(counts, 0.5) == pytest.approx(0.35)
    assert quantile(counts, 1) == pytest.approx(0.5)


def test_of_the_open_last_bucket_only_the_lower_bound_is_known() -> None:
    assert quantile(histogram([301, 5_000]), 0.95) == 300


@given(durations, fractions, fractions)
def test_a_higher_quantile_is_never_faster(values: list[float], one: float, other: float) -> None:
    counts = histogram(values)
    low, high = (quantile(counts, q) for q in sorted((one, other)))
    assert low is not None
    assert high is not None
    assert low <= high


@given(durations, fractions)
def test_a_quantile_is_in_the_bucket_of_the_true_one(values: list[float], q: float) -> None:
    true = sorted(values)[max(0, math.ceil(q * len(values)) - 1)]
    bucket = bucket_of(true)
    lowest, highest = (0.0, *BOUNDS)[bucket], (*BOUNDS, BOUNDS[-1])[bucket]
    found = quantile(histogram(values), q)
    assert found is not None
    assert lowest <= found <= highest

"""Latency as counts per bucket."""

from bisect import bisect_left
from collections.abc import Sequence

BOUNDS: tuple[float, ...] = (
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    30,
    60,
    120,
    300,
)
"""Upper bounds in seconds: OpenTelemetry's advice for `mcp.server.operation.duration`."""

BUCKETS = len(BOUNDS) + 1


def bucket_of(duration: float) -> int:
    """Return the bucket that a duration in seconds falls into; bounds are inclusive."""
    return bisect_left(BOUNDS, duration)


def quantile(counts: Sequence[int], q: float) -> float | None:
    """Return the q-quantile in seconds, or None of no calls.

    Linear inside a bucket, as Prometheus' `histogram_quantile` has it: the answer is as
    coarse as the bucket, and of the open last bucket only its lower bound is known.
    """
    total = sum(counts)
    if total == 0:
        return None
    rank = q * total
    below = 0
    for bucket, count in enumerate(counts):
        if count and below + count >= rank:
            if bucket == len(BOUNDS):
                break
            low = BOUNDS[bucket - 1] if bucket else 0.0
            return low + (BOUNDS[bucket] - low) * (rank - below) / count
        below += count
    return BOUNDS[-1]

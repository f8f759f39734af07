"""Whether something grows, and whether it got worse: statistics that a few odd values do not move."""

from functools import lru_cache
from itertools import combinations
from math import exp, lgamma
from statistics import median


# Samples of a day are compared by their pairs, and are the same from look to look.
@lru_cache(maxsize=8)
def theil_sen(points: tuple[tuple[float, float], ...]) -> float | None:
    """Return the slope of y over x, by Theil and Sen: the median of the slopes of all pairs.

    Almost a third of the points may be anything without moving it far. None without two points
    at different x.
    """
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x1 != x2]
    return median(slopes) if slopes else None


def fisher(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Return how likely chance alone makes `after` at least as bad as it is, if nothing changed.

    Each side is (bad, good), none below 0. Fisher's exact test, one-sided: right for as few
    events as a home has.
    """
    (bad_before, good_before), (bad_after, good_after) = before, after
    drawn, all_bad = bad_after + good_after, bad_before + bad_after
    total = drawn + bad_before + good_before
    ways = _log_choose(total, drawn)
    return min(
        1.0,
        sum(
            exp(_log_choose(all_bad, bad) + _log_choose(total - all_bad, drawn - bad) - ways)
            for bad in range(bad_after, min(all_bad, drawn) + 1)
        ),
    )


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

"""How the figures of a report are rounded: at one place, so that all of them agree."""

from ..assess.tally import Tally
from .material import Week


def percent(value: float | None) -> float | None:
    """Return a percentage with two decimals; what is not all, or not nothing, stays so."""
    if value is None:
        return None
    rounded = round(value, 2)
    if rounded == 100 and value < 100:
        return 99.99
    if rounded == 0 and value > 0:
        return 0.01
    # What is a rounding below nothing has no sign.
    return rounded or 0.0


def pass_rate(tally: Tally | None) -> float | None:
    """Return good events in percent of valid ones."""
    return None if tally is None else percent(tally.achieved)


def seconds(value: float | None) -> float | None:
    """Return a short duration with three digits that count."""
    return None if value is None else float(f"{value:.3g}")


def minutes(value: float | None) -> float | None:
    """Return a duration given in seconds in minutes; less than one has two digits that count."""
    return None if value is None else _rounded(value / 60, 1, 2)


def hours(value: float | None) -> float | None:
    """Return a duration given in seconds in hours; less than one has three digits that count."""
    return None if value is None else _rounded(value / 3600, 2, 3)


def tenths(value: float | None) -> float | None:
    """Return a figure with one decimal."""
    return None if value is None else round(value, 1) or 0.0


def megabytes(value: float | None) -> float | None:
    """Return a number of bytes in millions of them."""
    return None if value is None else round(value / 1_000_000, 1)


def _rounded(value: float, decimals: int, digits: int) -> float:
    return round(value, decimals) if abs(value) >= 1 else float(f"{value:.{digits}g}")


def moment(week: Week, at: float | None) -> str | None:
    """Return a moment as the clocks of this home show it, in ISO 8601."""
    return None if at is None else week.local(at).isoformat(timespec="seconds")

"""Figures as a person reads them: with their unit, and no more digits than say something."""

from collections.abc import Sequence
from decimal import Decimal

from . import figures
from .material import Week

UNKNOWN = "unknown"

_UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
_STEPS = ((3600, 60), (86_400, 3600))
"""From so many seconds on a duration is told to so many."""

_SIZES = (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000))


def written(value: object) -> str:
    """Return a value as a person reads it: numbers without zeros that say nothing."""
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "yes" if value else "no"
        case float():
            text = f"{value:.10g}" if abs(value) < 1e10 else str(round(value))
            return f"{Decimal(text):f}" if "e" in text else text
        case _:
            return str(value)


def with_unit(value: object, unit: str = "") -> str:
    """Return a figure with its unit; what is unknown has none."""
    return f"{written(value)}{unit}" if isinstance(value, int | float) else written(value)


def compared(value: object, before: object, unit: str = "") -> str:
    """Return a figure beside that of the week before, if that is known."""
    now, last = with_unit(value, unit), with_unit(before, unit)
    return now if last == UNKNOWN else f"{now} (week before: {last})"


def clock(week: Week, at: float | None) -> str | None:
    """Return a moment as the clocks of this home show it, to the second."""
    return None if at is None else f"{week.local(at):%Y-%m-%d %H:%M:%S}"


def span(seconds: float) -> str:
    """Return a duration in the two largest units that it has, rounded: `2 h 5 min`."""
    if 0 < seconds < 10:
        return with_unit(figures.seconds(seconds), " s")
    left, parts = round(seconds), list[str]()
    for least, step in _STEPS:
        if left >= least:
            left = round(left / step) * step
    for name, length in _UNITS:
        number, left = divmod(left, length)
        if number or (name == "s" and not parts):
            parts.append(f"{number} {name}")
        elif parts:
            # Days and seconds beside each other say nothing.
            break
    return " ".join(parts[:2])


def size(count: float) -> str:
    """Return a number of bytes: `12.4 MB`."""
    for name, length in _SIZES:
        if abs(count) >= length:
            return f"{count / length:.1f} {name}"
    return f"{round(count)} bytes"


def percent(value: float) -> str:
    """Return a percentage: `99.5 %`."""
    return with_unit(figures.percent(value), " %")


def times(number: float | None, one: str, many: str | None = None) -> str:
    """Return a number of things: `1 outage`, `3 outages`."""
    return with_unit(number, f" {one if number == 1 else many or one + 's'}")


def often(number: int) -> str:
    """Return how many times something happened: `once`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def part_of(number: int, whole: int, one: str) -> str:
    """Return some of all things: `2 of 3 outages`; one of one is `the only outage`."""
    return f"the only {one}" if number == whole == 1 else f"{number} of {times(whole, one)}"


def in_unit(value: float, unit: str) -> str:
    """Return a figure of which the unit is known by its symbol only: `12.4 MB` of bytes."""
    told = {"B": size, "s": span, "%": percent}.get(unit)
    return with_unit(value, f" {unit}") if told is None else told(value)


def listing(names: Sequence[str], most: int = 5) -> str:
    """Return names in a sentence: `a, b and c`; of more than `most` the others are counted."""
    if not names:
        return "none"
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def capital(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return f"{text[:1].upper()}{text[1:]}"


def sentence(text: str) -> str:
    """Return a text as a sentence: `Memory is unknown.`."""
    return f"{capital(text).rstrip('.')}."

"""What is taken over from an answer: short words, names, numbers and times, never its texts."""

from datetime import datetime
import math
import re

_WORD = re.compile(r"[A-Za-z0-9._+!-]{1,64}", re.ASCII)
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}", re.ASCII)


def word(value: object) -> str | None:
    """Return a version or an identifier, None if this is neither."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def error_code(value: object) -> str | None:
    """Return one of ha-mcp's error codes, None if this does not look like one."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def number(value: object) -> float | None:
    """Return a finite number, None if this is none: JSON of Python may say NaN or 1e999."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def line(value: object, limit: int) -> str | None:
    """Return a name that a person wrote as one printable line, None if nothing is left of it.

    It is at most `limit` characters long. What cannot be seen is left out: control characters,
    and those that turn the direction of the text around them.
    """
    if not isinstance(value, str):
        return None
    spaced = " ".join(value[: 4 * limit].split())
    return "".join(filter(str.isprintable, spaced))[:limit].strip() or None


def moment(value: object) -> float | None:
    """Return the Unix time of an ISO 8601 text with a UTC offset, None if it is none."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if read is None or read.tzinfo is None else read.timestamp()
    except ValueError, OverflowError:
        return None

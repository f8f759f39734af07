"""What is taken over from an answer: short words, names, numbers and times, never its texts."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
import math
import re

LATEST = 250_000_000_000.0
"""In the year 9892, as Unix seconds: dates do not go much further, and no duration does."""

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


def seconds(value: object) -> float | None:
    """Return a moment in Unix seconds, or a duration, None if this cannot be one."""
    return _possible(number(value))


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
    """Return the Unix time of an ISO 8601 text with a UTC offset.

    None if it is none, or one that cannot be true and could not be told in every time zone.
    """
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return _possible(None if read is None or read.tzinfo is None else read.timestamp())


def http_date(text: str | None) -> float | None:
    """Return the Unix time of a date as headers of HTTP tell it.

    None if it is none, or one that cannot be true.
    """
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    # HTTP dates are in GMT, also where they do not say so.
    return _possible((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp())


def _possible(value: float | None) -> float | None:
    return value if value is not None and 0 <= value <= LATEST else None

"""What is taken over from an answer: short words and finite numbers, never its texts."""

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

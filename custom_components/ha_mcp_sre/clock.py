"""The two clocks: one that people read, which may be set, and one that never jumps."""

import time

from homeassistant.util import dt as dt_util


def wall_clock() -> float:
    """Return Home Assistant's idea of now, as Unix seconds."""
    return dt_util.utcnow().timestamp()


def ticks() -> float:
    """Return seconds of a clock that never jumps, by which schedules go."""
    return time.monotonic()

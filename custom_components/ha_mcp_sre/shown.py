"""How what is believed about a server is shown: units, moments, attributes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util

from .assess.assessment import Assessment
from .assess.observation import HostReading


def milliseconds(seconds: float | None) -> float | None:
    """Return seconds as milliseconds."""
    return None if seconds is None else round(seconds * 1000, 1)


def mebibytes(size: int | None) -> float | None:
    """Return bytes as mebibytes."""
    return None if size is None else round(size / 2**20, 3)


def kibibytes(size: int) -> float:
    """Return bytes as kibibytes."""
    return round(size / 2**10, 1)


def host[T](read: Callable[[HostReading], T]) -> Callable[[Assessment], T | None]:
    """Return how to read something of the machine, where the machine shows anything."""
    return lambda assessment: None if assessment.host is None else read(assessment.host)


def moment(at: float | None) -> datetime | None:
    """Return Unix seconds as a moment."""
    return None if at is None else dt_util.utc_from_timestamp(at)


def why(assessment: Assessment) -> dict[str, Any]:
    """Return since when the health is what it is, and what failed."""
    shown: dict[str, Any] = {"since": moment(assessment.since)}
    if (cause := assessment.cause) is not None:
        shown |= {"failed_stage": cause.stage, "reason": cause.kind}
        if cause.code is not None:
            shown["code"] = cause.code
    return shown


def expected(assessment: Assessment) -> dict[str, Any]:
    """Return the reconnects with a reason, by that reason."""
    return {f"after_{cause}": count for cause, count in assessment.session.expected.items()}


def cause(assessment: Assessment) -> dict[str, Any]:
    """Return why the last session ended, where that is known."""
    cause = assessment.session.last_cause
    return {} if cause is None else {"cause": cause}


def around_startup(assessment: Assessment) -> dict[str, Any]:
    """Return Home Assistant's memory before and after the server came up in it."""
    if (startup := assessment.startup) is None:
        return {}
    return {
        "before_start": mebibytes(startup.memory_before),
        "after_start": mebibytes(startup.memory_after),
    }


def log_size(assessment: Assessment) -> float | None:
    """Return the size of the usage log."""
    return None if assessment.usage_log is None else kibibytes(assessment.usage_log.size)


def own_part(assessment: Assessment) -> dict[str, Any]:
    """Return what our own calls wrote to the usage log."""
    if (log := assessment.usage_log) is None:
        return {}
    return {"written_by_probes": kibibytes(log.own)}

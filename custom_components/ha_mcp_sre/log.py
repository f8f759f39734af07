"""What Home Assistant's log says of a server; never its address, which is a credential."""

import logging

from .assess.assessment import Assessment
from .assess.health import UNWELL
from .assess.observation import FailureKind, Outcome, Probe, StageResult, ToolCallReading

_LOGGER = logging.getLogger(__name__)


def log_health(title: str, current: Assessment) -> None:
    """Say what the health has become, and why."""
    level = logging.WARNING if current.health in UNWELL else logging.INFO
    if (cause := current.cause) is None:
        _LOGGER.log(level, "%s is %s", title, current.health)
        return
    why = cause.code or cause.kind
    _LOGGER.log(level, "%s is %s: %s failed (%s)", title, current.health, cause.stage, why)


def log_probe(title: str, found: Probe) -> None:
    """Say what each stage of a probe found, for those who look closely."""
    stages = (("endpoint", found.endpoint), ("websocket", found.websocket), ("rest", found.rest))
    ran = [f"{name} {_shown(result)}" for name, result in stages if _ran(result)]
    _LOGGER.debug("%s: %s", title, ", ".join(ran))


def log_reading(title: str, reading: ToolCallReading | FailureKind) -> None:
    """Say what a reading of the tool calls brought, for those who look closely."""
    if isinstance(reading, FailureKind):
        _LOGGER.debug("%s: tool calls could not be read (%s)", title, reading)
        return
    _LOGGER.debug(
        "%s: %d tool calls read in %.2f s; may have lost some: %s; broken records: %d; clock off"
        " by %s s",
        title,
        len(reading.calls),
        reading.duration,
        reading.lost,
        reading.broken_records,
        reading.skew,
    )


def _ran(result: StageResult) -> bool:
    return result.outcome is not Outcome.SKIPPED


def _shown(result: StageResult) -> str:
    took = "" if result.duration is None else f" in {1000 * result.duration:.0f} ms"
    why = result.code or result.kind
    return f"{result.outcome}{took}" + (f" ({why})" if why else "")

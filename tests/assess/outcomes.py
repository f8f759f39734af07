"""Servers that were seen good or bad, for the tests of objectives."""

from custom_components.ha_mcp_sre.assess.objectives import Objective, Objectives
from custom_components.ha_mcp_sre.assess.tally import Tally

from .builders import DAY, HOUR, MIDNIGHT, MINUTE, call

NOON = MIDNIGHT + 12 * HOUR
MONTH = 28 * DAY
AVAILABILITY, TOOL_SUCCESS = Objective.AVAILABILITY, Objective.TOOL_SUCCESS
LATENCY, STARTUP = Objective.LATENCY, Objective.STARTUP


def looked(*minutes: bool | None, until: float = NOON) -> Objectives:
    """Return objectives of a server that was looked at in each of the minutes until then."""
    objectives = Objectives(since=until - len(minutes) * MINUTE)
    for back, good in enumerate(reversed(minutes)):
        objectives.saw(until - back * MINUTE, good, maintenance=False)
    return objectives


def called(*, good: int, bad: int, at: float = NOON - MINUTE) -> Objectives:
    """Return objectives of a server that was called so often within one minute."""
    objectives = Objectives()
    for code, calls in ((None, good), ("INTERNAL_ERROR", bad)):
        for _ in range(calls):
            objectives.called(call(at, code=code), excluded=False)
    return objectives


def all_of(objectives: Objectives, objective: Objective, now: float = NOON) -> Tally:
    """Return what counted for an objective in 28 days."""
    return objectives.tally(objective, MONTH, now)

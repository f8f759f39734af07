"""Servers in every situation, and what a rule says of them."""

from collections.abc import Iterable
from dataclasses import replace

from custom_components.ha_mcp_sre.assess.assessment import (
    Assessment,
    Cause,
    Credential,
    SessionFacts,
)
from custom_components.ha_mcp_sre.assess.finding import Evidence, Finding, RuleKey
from custom_components.ha_mcp_sre.assess.health import Health
from custom_components.ha_mcp_sre.assess.history import History
from custom_components.ha_mcp_sre.assess.objectives import Objectives, Targets
from custom_components.ha_mcp_sre.assess.observation import About, FailureKind, ToolCall
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.project import BranchState
from custom_components.ha_mcp_sre.assess.rules import RULES
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Signal, Source
from custom_components.ha_mcp_sre.assess.situation import Situation, calls_of

from .builders import DAY, HOUR, MIDNIGHT, call, counted

NOW = MIDNIGHT + 12 * HOUR
POLICY = Policy()

UP = Assessment(
    health=Health.HEALTHY,
    reachable=True,
    home_assistant_link=True,
    server=Server("8.7.0", "instance", "worker", started_at=NOW - 3 * DAY),
    session=SessionFacts(is_open=True, reconnects=0),
    credential=Credential(accepted=True),
    about=About(running_version="8.7.0", installed_version="8.7.0"),
    sources={Signal.TOOL_CALLS: Source.REPORT},
)
"""A server that does all it shall."""

GONE = replace(
    UP,
    health=Health.DOWN,
    cause=Cause("endpoint", FailureKind.REFUSED, None),
    reachable=False,
    home_assistant_link=None,
)
CUT_OFF = replace(
    UP,
    health=Health.DEGRADED,
    cause=Cause("websocket", FailureKind.TOOL_ERROR, "CONNECTION_FAILED"),
    home_assistant_link=False,
    link_failures=2,
)


def situation(
    current: Assessment = UP,
    *,
    calls: Iterable[ToolCall] = (),
    looks: Iterable[tuple[float, bool]] = (),
    history: History | None = None,
    targets: Targets | None = None,
    now: float = NOW,
    upstream: BranchState | None = None,
) -> Situation:
    """Return a situation after these calls and looks: when, and whether the server was there."""
    history, calls = history or History(), tuple(calls)
    objectives = Objectives(since=now - 30 * DAY)
    for each in calls:
        objectives.called(each, excluded=False)
    for at, good in looks:
        objectives.saw(at, good, maintenance=False)
    return Situation(
        now=now,
        policy=POLICY,
        current=current,
        history=history,
        calls=calls_of(counted(*calls), now, POLICY, history.version_changed_at),
        objectives=objectives,
        targets=targets or Targets(),
        upstream=upstream,
    )


def findings(rule: RuleKey, found: Situation) -> list[Finding] | None:
    """Return what a rule says of a situation."""
    return RULES[rule].look(found)


def only(rule: RuleKey, found: Situation) -> Finding:
    """Return the only finding of a rule."""
    found_now = findings(rule, found)
    assert found_now is not None
    (finding,) = found_now
    return finding


def evidence(rule: RuleKey, found: Situation) -> Evidence:
    """Return what shows the only finding of a rule."""
    return only(rule, found).evidence


def some(
    number: int,
    *,
    code: str | None = None,
    tool: str = "ha_get_state",
    duration: float = 0.03,
    ago: float = 90,
) -> list[ToolCall]:
    """Return so many calls that all started so many seconds ago."""
    return [call(NOW - ago, tool=tool, code=code, duration=duration)] * number


def remembered(*looks: tuple[float, Assessment], history: History | None = None) -> History:
    """Return what is remembered after these looks: how long after NOW, and what was seen."""
    known = history or History()
    for later, current in looks:
        known = known.after(current, NOW + later)
    return known

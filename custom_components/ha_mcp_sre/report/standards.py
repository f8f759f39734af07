"""What the servers are held to, how that is measured, and when a person is told."""

from collections.abc import Sequence

from ..assess.diary import DAYS_KEPT as DIARY_DAYS
from ..assess.finding import Severity
from ..assess.ledger import DAYS_KEPT, MINUTES_KEPT
from ..assess.objectives import (
    BURN_WINDOWS,
    FAST_BURN,
    SLOW_BURN,
    WINDOW_DAYS,
    BurnAlert,
    Objective,
)
from ..assess.policy import Policy
from ..assess.rules import RULES
from .blocks import Block
from .material import Material, ServerMaterial
from .objective_rows import NAMES
from .outages import name_of
from .phrases import span, with_unit
from .render import filled
from .retention import INCIDENT_WEEKS, NOTE_WEEKS, REPORT_WEEKS

_MEANINGS = {
    Severity.P0: "The service is completely down",
    Severity.P1: "A major feature is broken",
    Severity.P2: "Performance is degraded",
    Severity.P3: "A minor operational issue",
}


def standards(material: Material) -> list[Block]:
    """Return the blocks of the reliability standards."""
    policies = [server.policy for server in material.servers] or [Policy()]
    return [
        ("severities", _severities(material, policies[0])),
        ("objectives", filled("objectives.md.jinja", {"rows": _objectives(material.servers)})),
        ("measurement", _measurement(policies[0])),
        ("retention", _retention(policies[0])),
    ]


def _severities(material: Material, policy: Policy) -> str:
    rows = [
        {
            "severity": severity.upper(),
            "meaning": _MEANINGS[severity],
            "rules": "; ".join(
                name_of(key, material) for key, rule in RULES.items() if rule.severity is severity
            ),
            "told": _told(material.servers, severity),
        }
        for severity in Severity
    ]
    values = {
        "rows": rows,
        "brief": policy.brief_outages,
        "brief_window": span(policy.brief_outages_window),
        "clean": span(policy.clean_time[Severity.P0]),
        "reopen": span(policy.reopen_window),
        "suppression": span(policy.suppression),
    }
    return filled("severities.md.jinja", values)


def _told(servers: Sequence[ServerMaterial], severity: Severity) -> str:
    """Return when a person is paged; servers differ if a person wanted that."""
    graces = {server.name: server.policy.grace.get(severity) for server in servers}
    if len(set(graces.values())) > 1:
        return "; ".join(f"{name}: {_after(grace)}" for name, grace in graces.items())
    return _after(next(iter(graces.values()), Policy().grace.get(severity)))


def _after(grace: float | None) -> str:
    if grace is None:
        return "not paged; shown in Home Assistant"
    return f"paged after {span(grace)}" if grace else "paged at once"


def _objectives(servers: Sequence[ServerMaterial]) -> list[dict[str, object]]:
    return [
        {
            "server": server.name,
            "objective": NAMES[objective],
            "good": _good(objective, server),
            "target": server.targets.of(objective),
        }
        for server in servers
        for objective in Objective
    ]


def _good(objective: Objective, server: ServerMaterial) -> str:
    """Return what counts as a good event."""
    latency, startup = server.targets.latency_seconds, server.targets.startup_seconds
    return {
        Objective.AVAILABILITY: "a minute in which no look found it unable to work",
        Objective.TOOL_SUCCESS: "a tool call that succeeded",
        Objective.LATENCY: f"a tool call that took less than {with_unit(latency, ' s')}",
        Objective.STARTUP: f"a start that took less than {with_unit(startup, ' s')}",
    }[objective]


def _measurement(policy: Policy) -> str:
    values = {
        "window_days": WINDOW_DAYS,
        "look": span(policy.cycle),
        "links": span(policy.tool_stage_interval),
        "calls": span(policy.tool_calls_interval),
        "suppression": span(policy.suppression),
        "least_calls": policy.min_calls_for_p95,
        "fast": _burn(FAST_BURN),
        "slow": _burn(SLOW_BURN),
        "windows": ", ".join(span(each) for each in BURN_WINDOWS),
    }
    return filled("measurement.md.jinja", values)


def _burn(alert: BurnAlert) -> dict[str, object]:
    return {
        "rate": alert.rate,
        "long": span(alert.long),
        "short": span(alert.short),
        "bad": alert.bad_in_long,
    }


def _retention(policy: Policy) -> str:
    values = {
        "minutes": span(MINUTES_KEPT * 60),
        "days": DAYS_KEPT,
        "diary_days": DIARY_DAYS,
        "incident_days": round(policy.incidents_kept / 86_400),
        "report_weeks": REPORT_WEEKS,
        "note_weeks": NOTE_WEEKS,
        "incident_weeks": INCIDENT_WEEKS,
    }
    return filled("retention.md.jinja", values)

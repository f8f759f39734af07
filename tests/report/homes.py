"""Homes with one thing that may go wrong, made of a quiet one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from custom_components.ha_mcp_sre.assess.diary import Day, Diary
from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import Incident
from custom_components.ha_mcp_sre.report.material import Material, ServerMaterial, Week
from custom_components.ha_mcp_sre.report.risk import Risk
from custom_components.ha_mcp_sre.report.risks import examine

from .materials import quiet_week
from .parts import MONDAY, Span, at, incidents, week

DOWN = Finding(RuleKey.SERVER_DOWN, Severity.P0, {"kind": "refused"})
LINK = Finding(RuleKey.LINK_BROKEN, Severity.P1, {"stage": "websocket", "kind": "tool_error"})
STOPPED = Finding(RuleKey.SERVER_STOPPED, Severity.P3, {})
MINUTE = 60.0
FIRST_DAY, LAST_DAY = MONDAY.toordinal(), MONDAY.toordinal() + 6


def the_server() -> ServerMaterial:
    """Return the only server of a quiet week."""
    return quiet_week().servers[0]


def home(
    *,
    as_of: float | None = None,
    project: Any = None,
    watchdog: bool | None = True,
    **changes: Any,
) -> Material:
    """Return the home of a quiet week with this changed of its server; it watches no project."""
    server = replace(the_server(), **changes)
    server = replace(server, current=replace(server.current, watchdog=watchdog))
    over: Week = quiet_week().week if as_of is None else week(as_of=as_of)
    return replace(quiet_week(), week=over, servers=(server,), project=project)


def two_servers(**second: Any) -> Material:
    """Return a home with a second server."""
    server = the_server()
    other = replace(server, **{"id": "01JC0000000000000000000009", "name": "Other", **second})
    return replace(home(), servers=(server, other))


def seen(**changes: Any) -> Material:
    """Return the home of a quiet week with this changed of what is believed of its server now."""
    return home(current=replace(the_server().current, **changes))


def outages(
    *minutes: tuple[str, float], finding: Finding = DOWN, acknowledged: Iterable[float] = ()
) -> tuple[Incident, ...]:
    """Return outages that began at these moments, and lasted so many minutes."""
    return incidents(
        *(Span(finding, at(begin), at(begin) + MINUTE * long) for begin, long in minutes),
        until=quiet_week().week.until,
        acknowledged=tuple(acknowledged),
    )


def diary(*days: Day) -> Diary:
    """Return a diary of these days."""
    return Diary(days)


def found(material: Material, rule: str) -> list[Risk]:
    """Return the risks that a rule finds."""
    return [each for each in examine(material).risks if each.key.partition(":")[0] == rule]

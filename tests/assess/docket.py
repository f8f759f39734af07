"""Incidents told from their beginning: looks at given times, and what each of them changed."""

from dataclasses import dataclass, field, replace
from types import MappingProxyType

from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import Change, ChangeKind, Incident
from custom_components.ha_mcp_sre.assess.incidents import Incidents
from custom_components.ha_mcp_sre.assess.look import Look
from custom_components.ha_mcp_sre.assess.policy import Policy

POLICY = replace(
    Policy(),
    grace=MappingProxyType({Severity.P0: 60, Severity.P1: 120}),
    clean_time=MappingProxyType({Severity.P0: 120, Severity.P1: 120}),
)

DOWN = Finding(RuleKey.SERVER_DOWN, Severity.P0, {"kind": "refused"})
LINK = Finding(RuleKey.LINK_BROKEN, Severity.P1, {"stage": "websocket"})
TOKEN = Finding(RuleKey.TOKEN_REJECTED, Severity.P1)
RESTARTS = Finding(RuleKey.RESTART_LOOP, Severity.P1, {"restarts": 3})
FAILING = Finding(RuleKey.TOOLS_FAILING, Severity.P1, {"bad": 20})
BROKEN = Finding(RuleKey.TOOL_BROKEN, Severity.P1, {"failures": 5}, "ha_search")
SLOW = Finding(RuleKey.SLOW, Severity.P2, {"p95": 3.1})
BURNING = Finding(RuleKey.BUDGET_BURNING, Severity.P2, {"rate": 7.0}, "tool_success")
STOPPED = Finding(RuleKey.SERVER_STOPPED, Severity.P3)
UPDATE = Finding(RuleKey.UPDATE_WAITING, Severity.P3)


@dataclass(slots=True)
class Docket:
    """The incidents of one server, and every change of them so far."""

    incidents: Incidents = field(default_factory=lambda: Incidents(POLICY))
    changes: list[Change] = field(default_factory=list)

    def look(self, at: float, *findings: Finding, **more: object) -> list[ChangeKind]:
        """Look once; return what that changed."""
        changes = self.incidents.look(Look(at, findings, **more))  # type: ignore[arg-type]  # by name
        self.changes += changes
        return [change.kind for change in changes]

    def looks(self, since: float, until: float, *findings: Finding, **more: object) -> None:
        """Look every 10 seconds, both ends included."""
        at = since
        while at <= until:
            self.look(at, *findings, **more)
            at += 10

    @property
    def kinds(self) -> list[ChangeKind]:
        """What happened so far."""
        return [change.kind for change in self.changes]

    @property
    def only(self) -> Incident:
        """The one incident that there is."""
        (incident,) = self.incidents.all
        return incident

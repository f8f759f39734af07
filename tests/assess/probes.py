"""Probes and what their stages found."""

from custom_components.ha_mcp_sre.assess.observation import (
    SKIPPED,
    EndpointMethod,
    FailureKind,
    Identity,
    Outcome,
    Position,
    Probe,
    StageResult,
    ToolCall,
    ToolCallReading,
)

OK = StageResult(Outcome.OK, 0.02)
FAILED = StageResult(Outcome.FAILED, 0.02, FailureKind.TIMEOUT)
REFUSED = StageResult(Outcome.INCONCLUSIVE, 0.02, FailureKind.TOOL_REFUSED, "READ_ONLY_MODE")
STALLED = StageResult(Outcome.INCONCLUSIVE, None, FailureKind.STALLED)


def probe(
    endpoint: StageResult = OK,
    websocket: StageResult = SKIPPED,
    rest: StageResult = SKIPPED,
    *,
    at: float = 0,
    identity: Identity | None = None,
    method: EndpointMethod = EndpointMethod.SETTINGS_INFO,
) -> Probe:
    """Return a probe, by default of the endpoint only."""
    return Probe(at, endpoint, websocket, rest, identity, method)


def reading(*calls: ToolCall, lost: bool = False, duration: float = 0.5) -> ToolCallReading:
    """Return a reading that showed these calls."""
    return ToolCallReading(duration, calls, Position(0), lost=lost)

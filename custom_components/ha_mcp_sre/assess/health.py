"""Whether the server works, from what the last probe showed."""

from dataclasses import dataclass, replace
from enum import StrEnum

from .observation import Outcome, Probe, StageResult


class Health(StrEnum):
    """What a person wants to know first."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


UNWELL = frozenset({Health.DOWN, Health.DEGRADED})


@dataclass(frozen=True, slots=True)
class Proof:
    """The last thing that a stage proved, and when."""

    result: StageResult
    at: float


@dataclass(frozen=True, slots=True)
class Link:
    """What is known of the server's two ways to Home Assistant."""

    websocket: Proof | None = None
    rest: Proof | None = None

    def after(self, probe: Probe) -> Link:
        """Return what is known after a probe.

        Behind a dead endpoint nothing is; a skipped or inconclusive stage changes nothing.
        """
        if probe.endpoint.outcome is Outcome.FAILED:
            return Link()
        return Link(
            websocket=_newer(self.websocket, probe.websocket, probe.at),
            rest=_newer(self.rest, probe.rest, probe.at),
        )

    def connected(self, at: float) -> Link:
        """Return what is known after the server itself reported a REST answer."""
        if self.rest is not None and self.rest.result.outcome is Outcome.FAILED:
            return self
        return replace(self, rest=Proof(StageResult(Outcome.OK), at))

    def works(self, now: float, lifetime: float) -> bool | None:
        """Return whether both ways work; None while neither is proven and none is broken.

        A success speaks for its lifetime, a failure until something proves otherwise.
        """
        known = [proof for proof in (self.websocket, self.rest) if proof is not None]
        if any(proof.result.outcome is Outcome.FAILED for proof in known):
            return False
        return True if any(now - proof.at <= lifetime for proof in known) else None


def _newer(known: Proof | None, result: StageResult, at: float) -> Proof | None:
    if result.outcome in (Outcome.OK, Outcome.FAILED):
        return Proof(result, at)
    return known


def health_of(endpoint: StageResult, link: bool | None) -> Health:
    """Return the health that an endpoint stage and the state of the link amount to."""
    if endpoint.outcome is Outcome.FAILED:
        return Health.DOWN
    if endpoint.outcome is not Outcome.OK or link is None:
        return Health.UNKNOWN
    return Health.HEALTHY if link else Health.DEGRADED


def cause(endpoint: StageResult, link: Link) -> tuple[str, StageResult] | None:
    """Return the stage that failed, with its result, or None if none did."""
    if endpoint.outcome is Outcome.FAILED:
        return "endpoint", endpoint
    for name, proof in (("websocket", link.websocket), ("rest", link.rest)):
        if proof is not None and proof.result.outcome is Outcome.FAILED:
            return name, proof.result
    return None

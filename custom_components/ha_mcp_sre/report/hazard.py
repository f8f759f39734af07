"""What a rule of the report finds: a risk that does not know yet whose it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..assess.finding import Severity


@dataclass(frozen=True, slots=True)
class Hazard:
    """One thing that may go wrong, as in `Risk`.

    `subject` is what it holds of where a rule can hold of several things: a tool, an objective.
    """

    severity: Severity
    title: str
    current_state: str
    risk: str
    mitigation: str
    evidence: Mapping[str, str | int | float] = field(default_factory=dict)
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Partly:
    """What holds, where it could be told of some subjects only: those `judged`."""

    hazards: Sequence[Hazard]
    judged: frozenset[str]


type Answer = Sequence[Hazard] | Partly | None
"""What holds; None says that nobody can tell."""

CLEAR: Answer = ()

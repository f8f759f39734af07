"""What may go wrong, what to do about it, and what is expected: the types.

All texts are plain sentences, to be escaped where they are written down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..assess.finding import Severity


@dataclass(frozen=True, slots=True)
class Risk:
    """One operational risk, with what shows it.

    `key` is the same from week to week as long as it is the same risk of the same server.
    `server` is the name of the server it is one of, None if of the whole home or the project.
    """

    key: str
    severity: Severity
    server: str | None
    title: str
    current_state: str
    risk: str
    mitigation: str
    evidence: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hazard:
    """What a rule finds: a `Risk` that does not know yet whose it is.

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


@dataclass(frozen=True, slots=True)
class BacklogItem:
    """A proposal that answers a risk. Weeks are the ISO dates of the Mondays that began them.

    `weeks` is in how many reported weeks its evidence was there. `judged_week` is the last one in
    which somebody could tell whether it is: if that is long ago, so is what the item says. `done`
    says that its evidence is gone since `done_week`.
    """

    key: str
    severity: Severity
    server: str | None
    title: str
    current_state: str
    risk: str
    mitigation: str
    first_week: str
    weeks: int
    judged_week: str
    done_week: str | None = None

    @property
    def done(self) -> bool:
        """Whether its evidence is gone."""
        return self.done_week is not None


@dataclass(frozen=True, slots=True)
class Prediction:
    """A trend said aloud, to be held against what came: confirmed, refuted, or open (None).

    `made` and `due` are ISO dates. `measured` is the value when it was judged, or now.
    """

    key: str
    server: str | None
    statement: str
    unit: str
    threshold: float
    value: float
    made: str
    due: str
    confirmed: bool | None = None
    measured: float | None = None
    judged: str | None = None


def scope_of(key: str) -> str:
    """Return whose a risk or a prediction with this key is: the id of a server, or no server's."""
    return key.split(":")[1]

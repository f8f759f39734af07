"""What the rules said at one moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .finding import Finding, RuleKey


@dataclass(frozen=True, slots=True)
class Look:
    """What the rules said at one moment, and what else decides what becomes of it.

    `unknown` are the rules that could not tell. A `quiet` time is one in which Home Assistant's
    own start or a reload explains what is found. It `began` some seconds before `at`. `resumed`
    says that nobody looked for a while before. `came_up` is when the server started last.
    """

    at: float
    findings: Sequence[Finding] = ()
    unknown: frozenset[RuleKey] = frozenset()
    began: float | None = None
    resumed: bool = False
    quiet: bool = False
    maintenance: bool = False
    came_up: float | None = None
    hint: Callable[[float], str | None] = field(default=lambda _started: None)

    @property
    def since(self) -> float:
        """When what was seen was so: at the latest when it began to be looked for."""
        return self.at if self.began is None else self.began

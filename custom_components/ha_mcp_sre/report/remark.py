"""What a report remarks on: the type."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Remark:
    """One statement; the smaller its rank the weightier. `evidence` are the figures in it."""

    rank: int
    key: str
    statement: str
    evidence: Mapping[str, float | int | str | None] = field(default_factory=dict)

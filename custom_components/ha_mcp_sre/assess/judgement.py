"""What is believed of a server's incidents and objectives at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .finding import Severity
from .incident import Incident
from .objectives import Budget, Objective


@dataclass(frozen=True, slots=True)
class Judgement:
    """The open incidents, the worst of them first, and how the objectives are met.

    `maintenance_until` is when the maintenance that is on ends, in Unix seconds.
    """

    incidents: tuple[Incident, ...] = ()
    budgets: Mapping[Objective, Budget] = field(default_factory=dict)
    maintenance_until: float | None = None

    @property
    def news(self) -> object:
        """What must not wait for the next publication: not the evidence, new with every look."""
        incidents = [(i.id, i.rule, i.severity, i.told, i.acknowledged_at) for i in self.incidents]
        return incidents, self.maintenance_until

    @property
    def severity(self) -> Severity | None:
        """The severity of the worst open incident; None without one."""
        return min((incident.severity for incident in self.incidents), default=None)

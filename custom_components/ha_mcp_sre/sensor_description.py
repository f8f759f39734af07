"""What the tables of sensors are made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.helpers.typing import StateType

from .assess.assessment import Assessment
from .assess.signals import Mode


@dataclass(frozen=True, kw_only=True)
class SreSensorDescription(SensorEntityDescription):
    """A sensor, and where its value and attributes stand in the assessment.

    `modes` are the install modes in which something can show it.
    """

    value: Callable[[Assessment], StateType | datetime]
    attributes: Callable[[Assessment], Mapping[str, Any]] | None = None
    modes: frozenset[Mode] = frozenset(Mode)

"""How changes of incidents reach whoever tells of them."""

from dataclasses import dataclass

from homeassistant.util.signal_type import SignalType

from .assess.finding import Severity
from .assess.incident import Change
from .const import DOMAIN


@dataclass(frozen=True, slots=True)
class IncidentNews:
    """Something happened to an incident of the server with this config entry.

    `before` and `after` are the severity of the server: that of its worst open incident. A
    `drill` is no incident at all, but a test of the ways in which one would be told.
    """

    entry_id: str
    change: Change
    before: Severity | None
    after: Severity | None
    drill: bool = False


INCIDENT_NEWS: SignalType[IncidentNews] = SignalType(f"{DOMAIN}_incident")

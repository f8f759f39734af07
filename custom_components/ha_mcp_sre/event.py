"""The event entity of a server: what happens to its incidents."""

from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .assess.incident import Change, ChangeKind
from .assess.repair import time_out
from .coordinator import SreConfigEntry
from .entity import SreEntity
from .news import INCIDENT_NEWS, IncidentNews
from .shown import moment

PARALLEL_UPDATES = 0

INCIDENT = EventEntityDescription(
    key="incident",
    event_types=[kind for kind in ChangeKind if kind is not ChangeKind.REOPENED],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SreConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of a server."""
    async_add_entities([IncidentEvent(entry.runtime_data, INCIDENT)])


class IncidentEvent(SreEntity, EventEntity):
    """Tells each change of the server's incidents, and fire drills."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen."""
        await super().async_added_to_hass()
        self.async_on_remove(async_dispatcher_connect(self.hass, INCIDENT_NEWS, self._tell))

    @callback
    def _tell(self, news: IncidentNews) -> None:
        if news.entry_id != self.coordinator.config_entry.entry_id:
            return
        kind = news.change.kind
        # One that comes back soon is the same incident, and for whoever listens one more begins.
        event = ChangeKind.OPENED if kind is ChangeKind.REOPENED else kind
        self._trigger_event(event, _attributes(news.change, drill=news.drill))
        self.async_write_ha_state()


def _attributes(change: Change, *, drill: bool) -> dict[str, Any]:
    """Return what is told of a change, as it can be restored from JSON; duration in seconds."""
    incident = change.incident
    since = moment(incident.started_at)
    return {
        "incident_id": incident.id,
        "rule": incident.rule,
        "severity": incident.severity,
        "since": None if since is None else since.isoformat(),
        **({} if incident.subject is None else {"subject": incident.subject}),
        **({} if incident.is_open else {"duration": round(time_out(incident, change.at))}),
        **({"reopened": True} if change.kind is ChangeKind.REOPENED else {}),
        **({"drill": True} if drill else {}),
    }

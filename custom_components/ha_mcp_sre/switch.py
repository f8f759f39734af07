"""The switch of a server: maintenance."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .clock import wall_clock
from .coordinator import SreConfigEntry
from .entity import SreEntity
from .shown import moment

PARALLEL_UPDATES = 1

MAINTENANCE = SwitchEntityDescription(
    key="maintenance",
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SreConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switch of a server."""
    async_add_entities([MaintenanceSwitch(entry.runtime_data, MAINTENANCE)])


class MaintenanceSwitch(SreEntity, SwitchEntity):
    """Whether somebody works on the server, so that nobody need be told of trouble.

    It goes off by itself: a switch that was forgotten would hide the next outage.
    """

    @property
    @override
    def is_on(self) -> bool:
        """Return whether a maintenance is on."""
        return self._until is not None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return when the maintenance ends by itself."""
        return {"ends": moment(self._until)}

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Begin a maintenance, or have the one that is on last as long from now."""
        self.coordinator.set_maintenance(wall_clock() + self.coordinator.policy.maintenance_time)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """End the maintenance."""
        self.coordinator.set_maintenance(None)

    @property
    def _until(self) -> float | None:
        return self.coordinator.data.judgement.maintenance_until

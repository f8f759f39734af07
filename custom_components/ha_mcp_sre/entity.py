"""What all entities of a server share."""

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .assess.signals import Mode
from .const import DOMAIN
from .coordinator import SreCoordinator

_MODELS = {
    Mode.IN_PROCESS: "Inside Home Assistant",
    Mode.APP: "App",
    Mode.HTTP: "HTTP server",
}


class SreEntity(CoordinatorEntity[SreCoordinator]):
    """An entity of one server."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: SreCoordinator, description: EntityDescription) -> None:
        """Belong to the server's device."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_translation_key = description.key
        entry_id = coordinator.config_entry.entry_id
        self._attr_unique_id = f"{entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry_id)})


@callback
def keep_device_current(coordinator: SreCoordinator) -> None:
    """Create the server's device, and follow its version."""
    entry = coordinator.config_entry
    registry = dr.async_get(coordinator.hass)
    device = registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer="homeassistant-ai",
        model=_MODELS[coordinator.mode],
        entry_type=DeviceEntryType.SERVICE,
        sw_version=coordinator.data.version,
    )

    @callback
    def follow_version() -> None:
        registry.async_update_device(device.id, sw_version=coordinator.data.version)

    entry.async_on_unload(coordinator.async_add_listener(follow_version))

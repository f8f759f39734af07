"""Binary sensors of a server."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .assess.assessment import Assessment
from .coordinator import SreConfigEntry
from .entity import SreEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SreBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor and where its value stands in the assessment."""

    is_on: Callable[[Assessment], bool | None]


BINARY_SENSORS = (
    SreBinarySensorDescription(
        key="reachable",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        is_on=lambda assessment: assessment.reachable,
    ),
    SreBinarySensorDescription(
        key="home_assistant_link",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        is_on=lambda assessment: assessment.home_assistant_link,
    ),
    SreBinarySensorDescription(
        key="websocket_session",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on=lambda assessment: assessment.session.is_open,
    ),
    SreBinarySensorDescription(
        key="token_accepted",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on=lambda assessment: assessment.credential.accepted,
    ),
    SreBinarySensorDescription(
        key="restart_needed",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on=lambda assessment: assessment.restart_needed,
    ),
    SreBinarySensorDescription(
        key="read_only_mode",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on=lambda assessment: assessment.about.read_only,
    ),
    SreBinarySensorDescription(
        key="websocket_enabled",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on=lambda assessment: assessment.about.websocket_enabled,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SreConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a server."""
    async_add_entities(
        SreBinarySensor(entry.runtime_data, description) for description in BINARY_SENSORS
    )


class SreBinarySensor(SreEntity, BinarySensorEntity):
    """A binary sensor of one server."""

    entity_description: SreBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the state, None if nobody knows."""
        return self.entity_description.is_on(self.coordinator.data)

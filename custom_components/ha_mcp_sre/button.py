"""Buttons of a server."""

from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SreConfigEntry
from .entity import SreEntity
from .reporter import reporter_of

PARALLEL_UPDATES = 1

PROBE_NOW = ButtonEntityDescription(
    key="probe_now",
    entity_category=EntityCategory.DIAGNOSTIC,
)
WRITE_REPORT = ButtonEntityDescription(
    key="write_report",
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SreConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of a server."""
    async_add_entities(
        [
            ProbeNowButton(entry.runtime_data, PROBE_NOW),
            WriteReportButton(entry.runtime_data, WRITE_REPORT),
        ]
    )


class ProbeNowButton(SreEntity, ButtonEntity):
    """Looks at everything at once, and publishes what it finds."""

    @override
    async def async_press(self) -> None:
        """Look."""
        await self.coordinator.async_probe_now()


class WriteReportButton(SreEntity, ButtonEntity):
    """Writes the report of the last week, on every server."""

    @override
    async def async_press(self) -> None:
        """Write."""
        await reporter_of(self.hass).async_write_now()

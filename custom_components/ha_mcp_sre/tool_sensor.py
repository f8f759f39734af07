"""One sensor per tool in use: its error rate."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.sensor import (
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform, UnitOfRatio
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .assess.ledger import Totals
from .const import DEFAULT_TOOL_SENSORS, OPTION_TOOL_SENSORS
from .coordinator import SreConfigEntry, SreCoordinator
from .entity import SreEntity

_PREFIX = "tool:"
_TOP_CODES = 3


@callback
def async_setup_tool_sensors(
    hass: HomeAssistant,
    entry: SreConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Have a sensor for every tool in use, and none for others."""
    coordinator = entry.runtime_data
    wanted = entry.options.get(OPTION_TOOL_SENSORS, DEFAULT_TOOL_SENSORS)
    added: set[str] = set()

    @callback
    def follow_tools_in_use() -> None:
        if entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
            # Nobody would take the sensor away again.
            return
        tool_calls = coordinator.data.tool_calls
        in_use = tool_calls.in_use if wanted else frozenset[str]()
        if tool_calls.knows_unused or not wanted:
            _remove_sensors(hass, entry, but=in_use)
            added.intersection_update(in_use)
        async_add_entities(ToolErrorRate(coordinator, tool) for tool in sorted(in_use - added))
        added.update(in_use)

    entry.async_on_unload(coordinator.async_add_listener(follow_tools_in_use))
    follow_tools_in_use()


def _remove_sensors(hass: HomeAssistant, entry: SreConfigEntry, but: frozenset[str]) -> None:
    registry = er.async_get(hass)
    start = f"{entry.entry_id}_{_PREFIX}"
    for known in er.async_entries_for_config_entry(registry, entry.entry_id):
        if known.domain != Platform.SENSOR or not known.unique_id.startswith(start):
            continue
        if known.unique_id.removeprefix(start) not in but:
            registry.async_remove(known.entity_id)


class ToolErrorRate(SreEntity, SensorEntity):
    """How often one tool fails by the server's or its link's fault."""

    # The state is what history is for; the rest would grow the recorder with every call.
    _unrecorded_attributes = frozenset({"calls", "errors", "top_codes", "p95"})

    def __init__(self, coordinator: SreCoordinator, tool: str) -> None:
        """Follow one tool."""
        super().__init__(
            coordinator,
            SensorEntityDescription(
                key=f"{_PREFIX}{tool}",
                state_class=SensorStateClass.MEASUREMENT,
                native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
                suggested_display_precision=1,
            ),
        )
        self._tool = tool
        self._attr_translation_key = "error_rate_of_tool"
        self._attr_translation_placeholders = {"tool": tool}

    @property
    @override
    def native_value(self) -> float | None:
        """Return the rate, None if the tool was not called lately."""
        return self._lately.error_rate

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return the counts behind the rate; p95 in milliseconds."""
        lately = self._lately
        if not self.coordinator.data.tool_calls.visible:
            return {"calls": None, "errors": None, "top_codes": None, "p95": None}
        p95 = lately.p95(self.coordinator.policy.min_calls_for_p95)
        return {
            "calls": lately.calls,
            "errors": lately.errors,
            "top_codes": dict(lately.codes[:_TOP_CODES]),
            "p95": None if p95 is None else round(p95 * 1000),
        }

    @property
    def _lately(self) -> Totals:
        return self.coordinator.data.tool_calls.by_tool.get(self._tool, Totals())

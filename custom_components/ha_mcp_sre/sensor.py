"""Sensors of a server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfRatio, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .assess.assessment import Assessment
from .assess.health import Health
from .coordinator import SreConfigEntry
from .entity import SreEntity
from .tool_sensor import async_setup_tool_sensors

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SreSensorDescription(SensorEntityDescription):
    """A sensor, and where its value and attributes stand in the assessment."""

    value: Callable[[Assessment], StateType | datetime]
    attributes: Callable[[Assessment], Mapping[str, Any]] | None = None


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def _moment(at: float | None) -> datetime | None:
    return None if at is None else dt_util.utc_from_timestamp(at)


def _why(assessment: Assessment) -> dict[str, Any]:
    shown: dict[str, Any] = {"since": _moment(assessment.since)}
    if (cause := assessment.cause) is not None:
        shown |= {"failed_stage": cause.stage, "reason": cause.kind}
        if cause.code is not None:
            shown["code"] = cause.code
    return shown


SENSORS = (
    SreSensorDescription(
        key="health",
        translation_key="health",
        device_class=SensorDeviceClass.ENUM,
        options=list(Health),
        value=lambda assessment: assessment.health,
        attributes=_why,
    ),
    SreSensorDescription(
        key="response_time",
        translation_key="response_time",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        value=lambda assessment: _milliseconds(assessment.response_time),
    ),
    SreSensorDescription(
        key="version",
        translation_key="version",
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda assessment: assessment.server.version,
    ),
    SreSensorDescription(
        key="started",
        translation_key="started",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda assessment: _moment(assessment.server.started_at),
    ),
    SreSensorDescription(
        key="tool_calls",
        translation_key="tool_calls",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda assessment: assessment.tool_calls.counters.calls,
    ),
    SreSensorDescription(
        key="tool_errors",
        translation_key="tool_errors",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda assessment: assessment.tool_calls.counters.errors,
    ),
    SreSensorDescription(
        key="tool_error_rate",
        translation_key="tool_error_rate",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=1,
        value=lambda assessment: assessment.tool_calls.recent.error_rate,
    ),
    SreSensorDescription(
        key="tool_latency_p95",
        translation_key="tool_latency_p95",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        value=lambda assessment: _milliseconds(assessment.tool_calls.p95),
    ),
    SreSensorDescription(
        key="restarts",
        translation_key="restarts",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda assessment: assessment.server.restarts,
    ),
    SreSensorDescription(
        key="startup_time",
        translation_key="startup_time",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda assessment: assessment.server.startup_time,
    ),
    SreSensorDescription(
        key="caller_error_rate",
        translation_key="caller_error_rate",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        value=lambda assessment: assessment.tool_calls.recent.caller_error_rate,
    ),
    SreSensorDescription(
        key="last_cycle",
        translation_key="last_cycle",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda assessment: _moment(assessment.last_cycle),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SreConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a server, and those of its tools as they come into use."""
    async_add_entities(SreSensor(entry.runtime_data, description) for description in SENSORS)
    async_setup_tool_sensors(hass, entry, async_add_entities)


class SreSensor(SreEntity, SensorEntity):
    """A sensor of one server."""

    entity_description: SreSensorDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the value, None if nobody knows."""
        return self.entity_description.value(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what explains the value."""
        if (attributes := self.entity_description.attributes) is None:
            return None
        return attributes(self.coordinator.data)

"""Sensors of a server, and of ha-mcp's own project."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EntityCategory, UnitOfInformation, UnitOfRatio, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .assess.health import Health
from .assess.signals import Mode
from .coordinator import SreCoordinator
from .entity import SreEntity
from .entries import is_project
from .judgement_sensors import JUDGEMENT_SENSORS
from .project_sensors import setup_project_sensors
from .sensor_description import SreSensorDescription
from .shown import (
    around_startup,
    cause,
    expected,
    host,
    log_size,
    mebibytes,
    milliseconds,
    moment,
    own_part,
    why,
)
from .tool_sensor import async_setup_tool_sensors

PARALLEL_UPDATES = 0


_hidden = partial(
    SreSensorDescription,
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
)
_hidden_moment = partial(_hidden, device_class=SensorDeviceClass.TIMESTAMP)
_hidden_size = partial(
    _hidden,
    device_class=SensorDeviceClass.DATA_SIZE,
    native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
)

SENSORS = (
    SreSensorDescription(
        key="health",
        device_class=SensorDeviceClass.ENUM,
        options=list(Health),
        value=lambda assessment: assessment.health,
        attributes=why,
    ),
    SreSensorDescription(
        key="response_time",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        value=lambda assessment: milliseconds(assessment.response_time),
    ),
    SreSensorDescription(
        key="version",
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda assessment: assessment.version,
    ),
    SreSensorDescription(
        key="started",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda assessment: moment(assessment.server.started_at),
    ),
    SreSensorDescription(
        key="tool_calls",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda assessment: assessment.tool_calls.counters.calls,
    ),
    SreSensorDescription(
        key="tool_errors",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda assessment: assessment.tool_calls.counters.errors,
    ),
    SreSensorDescription(
        key="tool_error_rate",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=1,
        value=lambda assessment: assessment.tool_calls.recent.error_rate,
    ),
    SreSensorDescription(
        key="tool_latency_p95",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        value=lambda assessment: milliseconds(assessment.tool_calls.p95),
    ),
    _hidden(
        key="restarts",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda assessment: assessment.server.restarts,
    ),
    _hidden(
        key="startup_time",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=1,
        value=lambda assessment: assessment.server.startup_time,
    ),
    SreSensorDescription(
        key="caller_error_rate",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        value=lambda assessment: assessment.tool_calls.recent.caller_error_rate,
    ),
    SreSensorDescription(
        key="websocket_reconnects",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda assessment: assessment.session.reconnects,
        attributes=expected,
    ),
    SreSensorDescription(
        key="memory",
        device_class=SensorDeviceClass.DATA_SIZE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=0,
        value=host(lambda host: mebibytes(host.memory)),
        modes=frozenset({Mode.APP, Mode.HTTP}),
    ),
    SreSensorDescription(
        key="memory_with_home_assistant",
        device_class=SensorDeviceClass.DATA_SIZE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=0,
        value=host(lambda host: mebibytes(host.memory)),
        attributes=around_startup,
        modes=frozenset({Mode.IN_PROCESS}),
    ),
    SreSensorDescription(
        key="monitoring_gaps",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda assessment: None if assessment.gaps is None else len(assessment.gaps),
        attributes=lambda assessment: {"gaps": [gap.key for gap in assessment.gaps or ()]},
    ),
    _hidden_moment(
        key="session_opened",
        value=lambda assessment: moment(assessment.session.opened_at),
    ),
    _hidden_moment(
        key="last_disconnect",
        value=lambda assessment: moment(assessment.session.last_disconnect),
        attributes=cause,
    ),
    _hidden(
        key="cpu",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=1,
        value=host(lambda host: host.cpu),
    ),
    _hidden_size(
        key="network_received",
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=1,
        value=host(lambda host: mebibytes(host.network_received)),
        modes=frozenset({Mode.APP}),
    ),
    _hidden_size(
        key="network_sent",
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=1,
        value=host(lambda host: mebibytes(host.network_sent)),
        modes=frozenset({Mode.APP}),
    ),
    _hidden_moment(
        key="token_expires",
        value=lambda assessment: moment(assessment.credential.expires_at),
        modes=frozenset({Mode.IN_PROCESS, Mode.HTTP}),
    ),
    _hidden(
        key="installed_version",
        value=lambda assessment: assessment.about.installed_version,
    ),
    _hidden(
        key="component_version",
        value=lambda assessment: assessment.about.component_version,
    ),
    _hidden_size(
        key="usage_log_size",
        native_unit_of_measurement=UnitOfInformation.KIBIBYTES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value=log_size,
        attributes=own_part,
        modes=frozenset({Mode.IN_PROCESS}),
    ),
    _hidden_moment(
        key="last_cycle",
        value=lambda assessment: moment(assessment.last_cycle),
    ),
    *JUDGEMENT_SENSORS,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a server, and those of its tools as they come into use."""
    if is_project(entry):
        setup_project_sensors(entry, async_add_entities)
        return
    coordinator: SreCoordinator = entry.runtime_data
    async_add_entities(
        SreSensor(coordinator, each) for each in SENSORS if coordinator.mode in each.modes
    )
    async_setup_tool_sensors(hass, entry, async_add_entities)


class SreSensor(SreEntity, SensorEntity):
    """A sensor of one server."""

    entity_description: SreSensorDescription
    # These lists may be long, and their length is the state.
    _unrecorded_attributes = frozenset({"gaps", "incidents"})

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

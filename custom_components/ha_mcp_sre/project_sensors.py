"""Sensors of ha-mcp's own project."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfInformation, UnitOfRatio, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .assess.release_review import ImageSize
from .assess.upstream import Part
from .const import DOMAIN
from .project_coordinator import Project, ProjectConfigEntry, ProjectCoordinator
from .shown import mebibytes, moment

OK: Final = "ok"
FAILING: Final = "failing"

_SHOWN_ARCHITECTURE = "amd64"


@dataclass(frozen=True, kw_only=True)
class ProjectSensorDescription(SensorEntityDescription):
    """A sensor, the part of the project that it is of, and where its value and attributes stand."""

    part: Part
    value: Callable[[Project], StateType]
    attributes: Callable[[Project], Mapping[str, Any]] | None = None


def _pass_rate(project: Project) -> float | None:
    overall = project.ci.overall
    return None if overall is None else _rounded(overall.achieved)


def _default_branch(project: Project) -> str | None:
    """Return whether the default branch is green; None if nobody knows."""
    if project.branch.ok is None:
        return None
    return OK if project.branch.ok else FAILING


def _failing(project: Project) -> dict[str, Any]:
    """Return since when the default branch fails, and which workflows do."""
    branch = project.branch
    if not branch.failing:
        return {}
    return {
        "failing_since": moment(branch.failing_since),
        "workflows": [each.name for each in branch.failing],
    }


def _of_runs(project: Project) -> dict[str, Any]:
    """Return what the pass rate is made of, and the time of which the runs are known."""
    ci = project.ci
    shown: dict[str, Any] = {"from": moment(ci.covered_since), "until": moment(ci.covered_until)}
    if ci.overall is not None:
        shown |= {"passed": ci.overall.good, "failed": ci.overall.bad}
    return shown


def _whole_days(project: Project) -> int | None:
    age = project.releases.age_days
    return None if age is None else int(age)


def _of_bugs(project: Project) -> dict[str, Any]:
    """Return how many bugs the time to repair is of, and since when they are known."""
    issues = project.issues
    return {
        "bugs": issues.mttr_bugs,
        "from": moment(issues.month_since),
        "until": moment(issues.covered_until),
    }


def _image(project: Project) -> ImageSize | None:
    """Return the image that most homes run: that for amd64, else the largest."""
    sizes = project.images.sizes
    named = (each for each in sizes if each.architecture == _SHOWN_ARCHITECTURE)
    return next(named, max(sizes, key=lambda each: each.size, default=None))


def _image_size(project: Project) -> float | None:
    return None if (image := _image(project)) is None else mebibytes(image.size)


def _images(project: Project) -> dict[str, Any]:
    """Return of which release and architecture the size is, and those of the others in MiB."""
    if (image := _image(project)) is None:
        return {}
    return {
        "release": project.images.tag,
        "architecture": image.architecture,
        "sizes": {each.architecture: mebibytes(each.size) for each in project.images.sizes},
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 1)


_hidden = partial(ProjectSensorDescription, entity_registry_enabled_default=False)

PROJECT_SENSORS = (
    ProjectSensorDescription(
        key="ci_pass_rate",
        part=Part.RUNS,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=1,
        value=_pass_rate,
        attributes=_of_runs,
    ),
    ProjectSensorDescription(
        key="default_branch",
        part=Part.RUNS,
        device_class=SensorDeviceClass.ENUM,
        options=[OK, FAILING],
        value=_default_branch,
        attributes=_failing,
    ),
    ProjectSensorDescription(
        key="latest_release",
        part=Part.RELEASES,
        value=lambda project: project.releases.current,
        attributes=lambda project: {"published": moment(project.releases.published_at)},
    ),
    _hidden(
        key="days_since_release",
        part=Part.RELEASES,
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.DAYS,
        suggested_display_precision=0,
        value=_whole_days,
    ),
    _hidden(
        key="open_bugs",
        part=Part.ISSUES,
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda project: project.issues.open_bugs,
    ),
    _hidden(
        key="upstream_mttr",
        part=Part.ISSUES,
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
        value=lambda project: _rounded(project.issues.mttr_hours),
        attributes=_of_bugs,
    ),
    _hidden(
        key="image_size",
        part=Part.IMAGES,
        device_class=SensorDeviceClass.DATA_SIZE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=1,
        value=_image_size,
        attributes=_images,
    ),
)


@callback
def setup_project_sensors(
    entry: ProjectConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the project."""
    async_add_entities(ProjectSensor(entry.runtime_data, each) for each in PROJECT_SENSORS)


class ProjectSensor(CoordinatorEntity[ProjectCoordinator], SensorEntity):
    """A sensor of the project."""

    entity_description: ProjectSensorDescription
    _attr_has_entity_name = True
    # Of interest now; the state is what history is for.
    _unrecorded_attributes = frozenset({"updated", "from", "until", "sizes", "workflows"})

    def __init__(
        self, coordinator: ProjectCoordinator, description: ProjectSensorDescription
    ) -> None:
        """Belong to the project's device."""
        super().__init__(coordinator)
        entry = coordinator.config_entry
        self.entity_description = description
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            name=entry.title,
            manufacturer=coordinator.data.upstream.repository,
            entry_type=DeviceEntryType.SERVICE,
        )

    @property
    @override
    def available(self) -> bool:
        """Return True: what was read last is shown, with its age."""
        return True

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the value, None if nobody knows."""
        return self.entity_description.value(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what explains the value, and when it was read."""
        project, description = self.coordinator.data, self.entity_description
        shown = {} if description.attributes is None else description.attributes(project)
        return {**shown, "updated": moment(project.upstream.read_at.get(description.part))}

"""Which ha-mcp installs can be found from here, so that nobody has to know an address."""

from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata

from homeassistant.core import HomeAssistant

from .assess.observation import FailureKind
from .assess.signals import Mode
from .observe import component, supervisor

IN_PROCESS_KEY = "server"
"""There is at most one server inside a Home Assistant."""

_PACKAGES = ("ha-mcp", "ha-mcp-dev")


class InstallState(StrEnum):
    """What an install is doing, in the words of the one who runs it."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPED = "stopped"
    FAILED = "failed"
    DISABLED = "disabled"


_BY_FATE = {
    None: InstallState.RUNNING,
    FailureKind.STARTING: InstallState.STARTING,
    FailureKind.STOPPED: InstallState.STOPPED,
    FailureKind.NOT_LOADED: InstallState.FAILED,
    FailureKind.CRASHED: InstallState.FAILED,
    FailureKind.DISABLED: InstallState.DISABLED,
}


@dataclass(frozen=True, slots=True)
class Install:
    """One install of ha-mcp. `key` tells those of one mode apart, also when they move."""

    mode: Mode
    key: str
    name: str
    state: InstallState
    version: str | None = None
    url: str | None = field(default=None, repr=False)

    @property
    def unique_id(self) -> str:
        """What tells a config entry that watches this install from all others."""
        return f"{self.mode}_{self.key}"


async def async_detect(hass: HomeAssistant) -> tuple[Install, ...]:
    """Return every install that Home Assistant itself or its Supervisor runs."""
    found = [
        Install(Mode.APP, app.slug, app.name, _BY_FATE[supervisor.fate(app)], app.version, app.url)
        for app in supervisor.apps(hass)
    ]
    if (entry := component.server_entry(hass)) is not None:
        found.insert(
            0,
            Install(
                Mode.IN_PROCESS,
                IN_PROCESS_KEY,
                entry.title,
                _BY_FATE[component.fate(hass)],
                await hass.async_add_executor_job(_installed_version),
                component.server_url(hass),
            ),
        )
    return tuple(found)


def _installed_version() -> str | None:
    for package in _PACKAGES:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return None

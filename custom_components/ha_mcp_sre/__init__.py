"""HA-MCP SRE: watches ha-mcp servers and says how reliable they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL, EVENT_CORE_CONFIG_UPDATE, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError, UnsupportedStorageVersionError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .actions import async_setup_actions
from .address import unique_id
from .alerts import async_setup_alerts
from .assess.policy import Policy
from .clock import wall_clock
from .const import DOMAIN
from .coordinator import SreConfigEntry, SreCoordinator
from .discovery import async_make_offers
from .entity import keep_device_current
from .entries import hand_on_report_options, is_project, server_entries
from .folder import StorageFolder
from .observe.websocket import session_listener
from .options import policy_of, targets_of
from .project_coordinator import ProjectConfigEntry, async_load_project
from .record import async_load_record, journal_of
from .reporter import reporter_of

PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
    Platform.SWITCH,
)
PROJECT_PLATFORMS = (Platform.SENSOR,)
POLICY = Policy()

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Listen to what no entry can hear again, and look for more servers."""
    session_listener(hass)
    async_make_offers(hass)
    async_setup_actions(hass)
    reporter_of(hass).start()
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Start to watch a server, whether it is up or not; or to follow the project."""
    with _told_if_too_new():
        await (_async_follow if is_project(entry) else _async_watch)(hass, entry)
    return True


@contextmanager
def _told_if_too_new() -> Iterator[None]:
    try:
        yield
    except UnsupportedStorageVersionError as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="storage_too_new"
        ) from err


async def _async_follow(hass: HomeAssistant, entry: ProjectConfigEntry) -> None:
    entry.runtime_data = coordinator = await async_load_project(hass, entry, POLICY)
    await hass.config_entries.async_forward_entry_setups(entry, PROJECT_PLATFORMS)
    coordinator.start()


async def _async_watch(hass: HomeAssistant, entry: SreConfigEntry) -> None:
    journal = journal_of(hass, unique_id(entry.data[CONF_URL]))
    policy, targets = policy_of(POLICY, entry.options), targets_of(entry.options)
    record = await async_load_record(hass, entry.entry_id, journal, policy, targets, wall_clock())
    entry.runtime_data = coordinator = SreCoordinator(hass, entry, record, policy)
    keep_device_current(coordinator)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await async_setup_alerts(hass, entry, coordinator)
    coordinator.start()
    _reload_in_another_time_zone(hass, entry)


@callback
def _reload_in_another_time_zone(hass: HomeAssistant, entry: SreConfigEntry) -> None:
    """Have days begin where they do for a person."""
    zone = hass.config.time_zone

    @callback
    def changed(_event: Event) -> None:
        if hass.config.time_zone != zone:
            hass.config_entries.async_schedule_reload(entry.entry_id)

    entry.async_on_unload(hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, changed))


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Stop watching and keep what was learnt."""
    if is_project(entry):
        if unloaded := await hass.config_entries.async_unload_platforms(entry, PROJECT_PLATFORMS):
            await entry.runtime_data.async_close()
        return unloaded
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.async_shutdown()
        await entry.runtime_data.record.async_close()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove what was remembered, and with the last server what listens."""
    await StorageFolder(hass, entry.entry_id).async_remove()
    if not server_entries(hass):
        session_listener(hass).stop()
        await reporter_of(hass).async_forget()
    else:
        hand_on_report_options(hass, entry)
        await reporter_of(hass).async_forget_server(entry.entry_id)

"""HA-MCP SRE: watches ha-mcp servers and says how reliable they are."""

from homeassistant.const import CONF_URL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError, UnsupportedStorageVersionError

from .address import unique_id
from .assess.policy import Policy
from .const import DOMAIN
from .coordinator import SreConfigEntry, SreCoordinator, wall_clock
from .entity import keep_device_current
from .record import async_load_record, journal_of
from .store import ServerStore

PLATFORMS = (Platform.BINARY_SENSOR, Platform.BUTTON, Platform.SENSOR)
POLICY = Policy()


async def async_setup_entry(hass: HomeAssistant, entry: SreConfigEntry) -> bool:
    """Start to watch a server, whether it is up or not."""
    journal = journal_of(hass, unique_id(entry.data[CONF_URL]))
    try:
        record = await async_load_record(hass, entry.entry_id, journal, POLICY, wall_clock())
    except UnsupportedStorageVersionError as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="storage_too_new"
        ) from err
    entry.runtime_data = coordinator = SreCoordinator(hass, entry, record, POLICY)
    keep_device_current(coordinator)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    coordinator.start()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SreConfigEntry) -> bool:
    """Stop watching and keep what was learnt."""
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.async_shutdown()
        await entry.runtime_data.record.async_close()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: SreConfigEntry) -> None:
    """Remove what was remembered about a server."""
    await ServerStore(hass, entry.entry_id, POLICY).async_remove()

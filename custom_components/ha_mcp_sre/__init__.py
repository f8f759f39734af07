"""HA-MCP SRE: watches ha-mcp servers and says how reliable they are."""

from homeassistant.const import CONF_URL, Platform
from homeassistant.core import HomeAssistant
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
from .discovery import async_offer_installs
from .entity import keep_device_current
from .observe.websocket import session_listener
from .options import policy_of, targets_of
from .record import async_load_record, journal_of
from .store import ServerStore

PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
    Platform.SWITCH,
)
POLICY = Policy()

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Listen to what no entry can hear again, and look for more servers."""
    session_listener(hass)
    async_offer_installs(hass)
    async_setup_actions(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SreConfigEntry) -> bool:
    """Start to watch a server, whether it is up or not."""
    journal = journal_of(hass, unique_id(entry.data[CONF_URL]))
    policy, targets = policy_of(POLICY, entry.options), targets_of(entry.options)
    try:
        record = await async_load_record(
            hass, entry.entry_id, journal, policy, targets, wall_clock()
        )
    except UnsupportedStorageVersionError as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="storage_too_new"
        ) from err
    entry.runtime_data = coordinator = SreCoordinator(hass, entry, record, policy)
    keep_device_current(coordinator)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await async_setup_alerts(hass, entry, coordinator)
    coordinator.start()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SreConfigEntry) -> bool:
    """Stop watching and keep what was learnt."""
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.async_shutdown()
        await entry.runtime_data.record.async_close()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: SreConfigEntry) -> None:
    """Remove what was remembered about a server, and with the last one what listens."""
    await ServerStore(hass, entry.entry_id, POLICY).async_remove()
    if not hass.config_entries.async_entries(DOMAIN):
        session_listener(hass).stop()

"""Offers to watch an ha-mcp that appears while another one is being watched already.

Before the first one is, nothing of this integration runs.
"""

from datetime import datetime, timedelta

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.discovery_flow import async_create_flow
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started

from .const import CONF_INSTALL, DOMAIN
from .detect import async_detect
from .observe import component

_INTERVAL = timedelta(minutes=15)
"""Time between two looks for apps, which tell nobody when they are installed."""


@callback
def async_offer_installs(hass: HomeAssistant) -> None:
    """Offer every install that nobody watches, now and when another one appears."""
    offered: set[str] = set()

    async def look(_: datetime | HomeAssistant | None = None) -> None:
        entries = hass.config_entries.async_entries(DOMAIN)
        known = {entry.unique_id for entry in entries}
        found = {install.unique_id for install in await async_detect(hass)}
        # One that went and came back is offered again.
        offered.intersection_update(found)
        for unique_id in sorted(found - known - offered) if entries else ():
            offered.add(unique_id)
            async_create_flow(
                hass,
                DOMAIN,
                context={"source": SOURCE_INTEGRATION_DISCOVERY},
                data={CONF_INSTALL: unique_id},
            )

    @callback
    def changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == component.DOMAIN and change is ConfigEntryChange.ADDED:
            hass.async_create_task(look(), f"{DOMAIN} discovery")

    async_at_started(hass, look)
    async_track_time_interval(hass, look, _INTERVAL, cancel_on_shutdown=True)
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)

"""Offers to watch an ha-mcp that appears while another one is being watched already.

Before the first one is, nothing of this integration runs.
"""

import asyncio
from datetime import datetime, timedelta

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.discovery_flow import async_create_flow
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started

from .address import unique_id
from .const import CONF_INSTALL, DOMAIN
from .detect import InstallState, async_detect
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
        # One that does not answer yet may be watched already, by its address.
        found = {
            each.unique_id
            for each in await async_detect(hass)
            if each.state is InstallState.RUNNING and each.url is not None
            if unique_id(each.url) not in known
        }
        # One that went and came back is offered again.
        offered.intersection_update(found)
        for install in sorted(found - known - offered) if entries else ():
            offered.add(install)
            async_create_flow(
                hass,
                DOMAIN,
                context={"source": SOURCE_INTEGRATION_DISCOVERY},
                data={CONF_INSTALL: install},
            )

    async def look_when_up() -> None:
        if (bringup := component.bringup(hass)) is not None:
            await asyncio.wait([bringup])
        await look()

    @callback
    def changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == component.DOMAIN and entry.state is ConfigEntryState.LOADED:
            hass.async_create_background_task(look_when_up(), f"{DOMAIN} discovery")

    async_at_started(hass, look)
    async_track_time_interval(hass, look, _INTERVAL, cancel_on_shutdown=True)
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)

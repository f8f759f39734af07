"""Offers to watch another ha-mcp that appears, and ha-mcp's own project, beside the first server.

Before that is watched, nothing of this integration runs.
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
from .const import CONF_INSTALL, CONF_REPOSITORY, DEFAULT_REPOSITORY, DOMAIN
from .detect import InstallState, async_detect
from .entries import is_project, server_entries
from .observe import component

_INTERVAL = timedelta(minutes=15)
"""Time between two looks for apps, which tell nobody when they are installed."""


@callback
def async_make_offers(hass: HomeAssistant) -> None:
    """Offer every install that nobody watches and the project, now and when one appears."""
    offered: set[str] = set()

    async def look(_: datetime | HomeAssistant | None = None) -> None:
        entries = hass.config_entries.async_entries(DOMAIN)
        known = {entry.unique_id for entry in entries}
        if any(map(is_project, entries)):
            # Who removes it later knows that it can be had.
            offered.add(DEFAULT_REPOSITORY)
        # One that does not answer yet may be watched already, by its address.
        found = {
            each.unique_id
            for each in await async_detect(hass)
            if each.state is InstallState.RUNNING and each.url is not None
            if unique_id(each.url) not in known
        }
        # One that went and came back is offered again.
        offered.intersection_update({*found, DEFAULT_REPOSITORY})
        if not server_entries(hass):
            return
        for name in sorted({*found, DEFAULT_REPOSITORY} - known - offered):
            offered.add(name)
            async_create_flow(
                hass,
                DOMAIN,
                context={"source": SOURCE_INTEGRATION_DISCOVERY},
                data={CONF_INSTALL if name in found else CONF_REPOSITORY: name},
            )

    async def look_when_up() -> None:
        if (bringup := component.bringup(hass)) is not None:
            await asyncio.wait([bringup])
        await look()

    @callback
    def changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == component.DOMAIN and entry.state is ConfigEntryState.LOADED:
            hass.async_create_background_task(look_when_up(), f"{DOMAIN} discovery")
        elif entry.domain == DOMAIN and change is ConfigEntryChange.ADDED:
            hass.async_create_background_task(look(), f"{DOMAIN} discovery")

    async_at_started(hass, look)
    async_track_time_interval(hass, look, _INTERVAL, cancel_on_shutdown=True)
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)

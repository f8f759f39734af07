"""The two kinds of config entries: a server under watch, and ha-mcp's own project."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .const import CONF_REPOSITORY, DOMAIN


def is_project(entry: ConfigEntry[Any]) -> bool:
    """Return whether an entry is ha-mcp's own project, not a server."""
    return CONF_REPOSITORY in entry.data


def server_entries(hass: HomeAssistant) -> list[ConfigEntry[Any]]:
    """Return the entries of servers, loaded or not, the oldest first."""
    # What somebody ignored was only offered, and says nothing of what it is.
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    return sorted(
        (entry for entry in entries if not is_project(entry)), key=lambda each: each.created_at
    )


def loaded_servers(hass: HomeAssistant) -> list[ConfigEntry[Any]]:
    """Return the entries of the servers that are watched now."""
    entries = hass.config_entries.async_loaded_entries(DOMAIN)
    return [entry for entry in entries if not is_project(entry)]


def project_entry(hass: HomeAssistant) -> ConfigEntry[Any] | None:
    """Return the entry of ha-mcp's own project, if it is watched now."""
    entries = hass.config_entries.async_loaded_entries(DOMAIN)
    return next((entry for entry in entries if is_project(entry)), None)


def follows_project(hass: HomeAssistant) -> bool:
    """Return whether ha-mcp's own project is to be watched, be it now or once it is loaded."""
    entries = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    return any(map(is_project, entries))


def first_server(hass: HomeAssistant) -> ConfigEntry[Any] | None:
    """Return the server that stands for all in what there is only one of: the oldest enabled."""
    return next((each for each in server_entries(hass) if each.disabled_by is None), None)

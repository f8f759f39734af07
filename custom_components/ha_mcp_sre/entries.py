"""The two kinds of config entries: a server under watch, and ha-mcp's own project."""

from collections.abc import Iterable
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .const import (
    CONF_REPOSITORY,
    DOMAIN,
    OPTION_REPORT_AI_TASK,
    OPTION_REPORT_DAY,
    OPTION_REPORT_HOUR,
)

_REPORT = frozenset({OPTION_REPORT_DAY, OPTION_REPORT_HOUR, OPTION_REPORT_AI_TASK})


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


def report_options(servers: Iterable[ConfigEntry[Any]]) -> dict[str, Any]:
    """Return what was chosen about the report, which is one for all servers.

    It is the choice of the oldest server that has one: of an enabled one, if there is any.
    """
    choosing = [each for each in servers if _REPORT & each.options.keys()]
    choosing.sort(key=lambda each: (each.disabled_by is not None, each.created_at))
    chosen = choosing[0].options if choosing else {}
    return {key: chosen[key] for key in _REPORT & chosen.keys()}


@callback
def hand_on_report_options(hass: HomeAssistant, gone: ConfigEntry[Any]) -> None:
    """Keep what was chosen about the report when a server is removed, and others are left."""
    servers = server_entries(hass)
    heir = first_server(hass) or servers[0]
    if chosen := report_options([gone, *servers]):
        own = {key: value for key, value in heir.options.items() if key not in _REPORT}
        hass.config_entries.async_update_entry(heir, options=own | chosen)

"""Which vantage shows which server."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant

from .app import AppVantage
from .assess.policy import Policy
from .assess.signals import Mode
from .clock import wall_clock
from .const import CONF_INSTALL, CONF_MODE
from .in_process import InProcessVantage
from .observe import component
from .record import Record
from .vantage import HttpVantage, Vantage


def vantage_of(
    hass: HomeAssistant, entry: ConfigEntry[Any], record: Record, policy: Policy
) -> Vantage:
    """Return the vantage from which the server of a config entry is seen."""
    url: str = entry.data[CONF_URL]
    match Mode(entry.data[CONF_MODE]):
        case Mode.IN_PROCESS:
            return InProcessVantage(hass, url, wall_clock)
        case Mode.APP:
            slug = entry.data[CONF_INSTALL]
            return AppVantage(hass, slug, url, record.app_log, policy, wall_clock)
        case Mode.HTTP:
            return HttpVantage(url)


def usage_log_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Path | None:
    """Return where the usage log of a server is, None if it is not on this machine."""
    return component.usage_log(hass) if entry.data[CONF_MODE] == Mode.IN_PROCESS else None

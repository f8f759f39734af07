"""What watches a server, by its install mode."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant

from .app import AppVantage
from .app_sessions import AppSessions
from .assess.policy import Policy
from .assess.signals import Mode
from .bound_sessions import BoundSessions
from .const import CONF_INSTALL, CONF_MODE
from .in_process import InProcessVantage
from .observe import component
from .observe.mcp import McpClient
from .record import Record
from .session_source import SessionSource
from .vantage import HttpVantage, Vantage


@dataclass(frozen=True, slots=True)
class Watchers:
    """What sees a server apart from its MCP endpoint.

    `usage_log` is where ha-mcp writes its calls down, None where that is not on this machine.
    """

    vantage: Vantage
    sessions: SessionSource
    usage_log: Path | None = None


def watchers_of(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    client: McpClient,
    record: Record,
    policy: Policy,
) -> Watchers:
    """Return what sees the server of a config entry."""
    url: str = entry.data[CONF_URL]
    entry_id = entry.entry_id
    match Mode(entry.data[CONF_MODE]):
        case Mode.IN_PROCESS:
            return Watchers(
                InProcessVantage(hass, url),
                BoundSessions(hass, entry_id, client, record, policy, named=True),
                component.usage_log(hass),
            )
        case Mode.APP:
            vantage = AppVantage(hass, entry.data[CONF_INSTALL], url, record, policy)
            return Watchers(vantage, AppSessions(record, vantage))
        case Mode.HTTP:
            return Watchers(HttpVantage(url), BoundSessions(hass, entry_id, client, record, policy))

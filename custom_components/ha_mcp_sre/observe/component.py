"""The ha-mcp that runs inside Home Assistant, as its integration `ha_mcp_tools` leaves it.

Another release of that integration may leave something else: whatever has not the expected
shape counts as not there.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from yarl import URL

from ..assess.observation import FailureKind
from .offered_update import offered_update
from .process import server_thread_alive

DOMAIN = "ha_mcp_tools"

_PORT = 9584
_EVERY_INTERFACE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, never listened on.

_ON_THE_WAY = frozenset({ConfigEntryState.SETUP_IN_PROGRESS, ConfigEntryState.UNLOAD_IN_PROGRESS})
_FAILED = frozenset(ConfigEntryState) - _ON_THE_WAY - {ConfigEntryState.LOADED}


def server_entry(hass: HomeAssistant) -> ConfigEntry | None:
    """Return the config entry that runs a server, of which there is at most one."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return next((each for each in entries if each.data.get("entry_type") == "server"), None)


def server_url(hass: HomeAssistant) -> str | None:
    """Return the server's address on this machine, secret path included; None if nobody says."""
    webhook = _data(hass).get("webhook")
    target = webhook.get("target_url") if isinstance(webhook, Mapping) else None
    if isinstance(target, str) and _is_address(target):
        return target
    entry = server_entry(hass)
    return None if entry is None else _rebuilt(entry)


def credential(entry: ConfigEntry) -> str | None:
    """Return the id of the refresh token from which the server's access tokens come."""
    named = entry.data.get("refresh_token_id")
    return named if isinstance(named, str) else None


def bringup(hass: HomeAssistant) -> asyncio.Task[Any] | None:
    """Return the task that brings the server up, also when it is over."""
    task = _data(hass).get("bringup_task")
    return task if isinstance(task, asyncio.Task) else None


def fate(hass: HomeAssistant) -> FailureKind | None:
    """Return why the server cannot answer; None if nothing speaks against it.

    The entry stays loaded when its server is dead, so the thread is looked for as well.
    """
    entry = server_entry(hass)
    if entry is None:
        return FailureKind.NOT_INSTALLED
    if entry.disabled_by is not None:
        return FailureKind.DISABLED
    if entry.state in _FAILED:
        return FailureKind.NOT_LOADED
    task = bringup(hass)
    if entry.state in _ON_THE_WAY or (task is not None and not task.done()):
        return FailureKind.STARTING
    return None if server_thread_alive() else FailureKind.CRASHED


def update_available(hass: HomeAssistant) -> str | None:
    """Return the version of the server that could be installed; None if none is offered."""
    entry = server_entry(hass)
    if entry is None:
        return None
    return offered_update(hass, DOMAIN, f"{entry.entry_id}_server_update")


def usage_log(hass: HomeAssistant) -> Path:
    """Return where the server writes its usage log."""
    return Path(hass.config.path(".ha_mcp", "logs", "mcp_usage.jsonl"))


def _data(hass: HomeAssistant) -> Mapping[str, Any]:
    data = hass.data.get(DOMAIN)
    return data if isinstance(data, Mapping) else {}


def _rebuilt(entry: ConfigEntry) -> str | None:
    path = entry.data.get("secret_path")
    settings = {**entry.data, **entry.options}
    host, port = settings.get("bind_host", ""), settings.get("server_port", _PORT)
    if not isinstance(path, str) or not path.startswith("/") or not isinstance(host, str):
        return None
    if host in _EVERY_INTERFACE:
        host = "127.0.0.1"
    try:
        return str(URL.build(scheme="http", host=host, port=port, path=path))
    except TypeError, ValueError:
        return None


def _is_address(text: str) -> bool:
    try:
        url = URL(text)
        return url.scheme in ("http", "https") and bool(url.host)
    except ValueError:
        return False

"""Stand-in for ha-mcp's own component, which no package registry has.

What it leaves in Home Assistant is what the real one leaves: config entry, shared data, user,
token, thread, files. Installing, updating, the remote webhook and the tools are left out.
"""

import asyncio
import logging
import os
import secrets
import sys
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.typing import ConfigType

from .const import (
    DOMAIN,
    OPTION_BIND_HOST,
    OPTION_PIP_SPEC,
    OPTION_SECRET_PATH,
    OPTION_SERVER_PORT,
    OPTION_SERVER_URL,
)
from .credentials import async_access_token, async_revoke
from .server import Server, ServerError, Settings

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
START_FAILED = "server_start_failed"
_LOGGER = logging.getLogger(__name__)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Listen for the order to crash: no action, because ha-mcp looks at which ones there are."""

    async def crash(_order: Event) -> None:
        await hass.async_add_executor_job(hass.data[DOMAIN]["manager"].crash)

    hass.bus.async_listen(f"{DOMAIN}_lab_crash", crash)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Begin to bring the server up; the entry is loaded whatever becomes of it."""
    _ensure_secrets(hass, entry)
    shared = _shared(hass)
    # What changes in `data` while the server comes up is no reason to reload.
    shared["last_options"] = dict(entry.options)
    shared["bringup_task"] = entry.async_create_background_task(
        hass, _bring_up(hass, entry), f"{DOMAIN}_bring_up"
    )
    entry.async_on_unload(entry.add_update_listener(_reload_for_new_options))
    return True


async def async_unload_entry(hass: HomeAssistant, _entry: ConfigEntry) -> bool:
    """Stop the server; its credential stays for the next start."""
    shared = _shared(hass)
    bringup: asyncio.Task[None] = shared.pop("bringup_task")
    bringup.cancel()
    await asyncio.wait([bringup])
    shared.pop("webhook", None)
    if server := shared.pop("manager", None):
        await hass.async_add_executor_job(server.stop)
    del shared["last_options"]
    return True


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take the server's user and token away."""
    await async_revoke(hass, entry)
    ir.async_delete_issue(hass, DOMAIN, START_FAILED)


async def _bring_up(hass: HomeAssistant, entry: ConfigEntry) -> None:
    shared, options = _shared(hass), entry.options
    ir.async_delete_issue(hass, DOMAIN, START_FAILED)
    # Another version is imported anew; the real component takes any version asked for by name for
    # another one. Otherwise the modules stay, with all they remember of earlier runs.
    if options.get(OPTION_PIP_SPEC):
        for name in [each for each in sys.modules if each.partition(".")[0] == "ha_mcp"]:
            del sys.modules[name]
    api = hass.config.api
    port = api.port if api else 8123
    settings = Settings(
        host=options.get(OPTION_BIND_HOST, "0.0.0.0"),  # noqa: S104 - as the real one does.
        port=options.get(OPTION_SERVER_PORT, 9584),
        path=entry.data["secret_path"],
        home_assistant_url=options.get(OPTION_SERVER_URL, f"http://127.0.0.1:{port}"),
        token=await async_access_token(hass, entry),
    )
    os.environ |= {
        "HA_MCP_CONFIG_DIR": hass.config.path(".ha_mcp"),
        "HA_MCP_EMBEDDED": "1",
        # Otherwise it asks the package index for its newest version.
        "HA_MCP_DISABLE_UPDATE_CHECK": "true",
    }
    shared["manager"] = server = Server(settings)
    try:
        await hass.async_add_executor_job(server.start)
    except ServerError:
        _LOGGER.error("HA-MCP in-process server failed to start")  # noqa: TRY400 - as the real one.
        del shared["manager"]
        ir.async_create_issue(
            hass,
            DOMAIN,
            START_FAILED,
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=START_FAILED,
        )
        return
    shared["webhook"] = {
        "webhook_id": entry.data["webhook_id"],
        "target_url": f"http://127.0.0.1:{settings.port}{settings.path}",
        "auth_mode": "none",
    }


async def _reload_for_new_options(hass: HomeAssistant, entry: ConfigEntry) -> None:
    if _shared(hass)["last_options"] != dict(entry.options):
        await hass.config_entries.async_reload(entry.entry_id)


def _ensure_secrets(hass: HomeAssistant, entry: ConfigEntry) -> None:
    made = {
        "webhook_id": f"mcp_{secrets.token_hex(16)}",
        "secret_path": f"/private_{secrets.token_urlsafe(16)}",
        "dcr_signing_key": secrets.token_hex(32),
    }
    spec = entry.options.get(OPTION_PIP_SPEC) or "ha-mcp"
    data = {**made, **entry.data, "last_pip_spec": spec}
    if path := entry.options.get(OPTION_SECRET_PATH):
        data["secret_path"] = path
    hass.config_entries.async_update_entry(entry, data=data)


def _shared(hass: HomeAssistant) -> dict[str, Any]:
    shared: dict[str, Any] = hass.data.setdefault(DOMAIN, {})
    return shared

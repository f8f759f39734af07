"""Adding the one server entry, and changing its options."""

from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.core import callback
import probatio as vol

from .const import (
    DOMAIN,
    NAME,
    OPTION_BIND_HOST,
    OPTION_PIP_SPEC,
    OPTION_SECRET_PATH,
    OPTION_SERVER_PORT,
    OPTION_SERVER_URL,
)

_OPTIONS = vol.Schema(
    {
        vol.Optional(OPTION_BIND_HOST): str,
        vol.Optional(OPTION_PIP_SPEC): str,
        vol.Optional(OPTION_SECRET_PATH): str,
        vol.Optional(OPTION_SERVER_PORT): int,
        vol.Optional(OPTION_SERVER_URL): str,
    }
)


class HaMcpToolsFlow(ConfigFlow, domain=DOMAIN):
    """The server entry; the lab gives its options at once."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow behind “Configure”."""
        return HaMcpToolsOptions()

    async def async_step_user(self, answers: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add the server."""
        await self.async_set_unique_id(f"{DOMAIN}-server")
        self._abort_if_unique_id_configured()
        if answers is None:
            return self.async_show_form(step_id="user", data_schema=_OPTIONS)
        return self.async_create_entry(title=NAME, data={"entry_type": "server"}, options=answers)


class HaMcpToolsOptions(OptionsFlow):
    """New options, for which the entry reloads itself."""

    async def async_step_init(self, answers: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Replace all options."""
        if answers is None:
            return self.async_show_form(step_id="init", data_schema=_OPTIONS)
        return self.async_create_entry(data=answers)

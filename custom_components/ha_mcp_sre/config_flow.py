"""Adding a server: say where it is, have it tried, then watch it."""

from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio as vol

from .address import normalised, unique_id
from .assess.observation import FailureKind
from .const import (
    CONF_MODE,
    DEFAULT_TOOL_SENSORS,
    DOMAIN,
    MODE_HTTP,
    OPTION_TOOL_SENSORS,
)
from .coordinator import SreConfigEntry
from .trial import Doubt, Trial, async_try

_ADDRESS = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
_ADD = vol.Schema(
    {
        vol.Required(CONF_URL): _ADDRESS,
        vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
    }
)
# The stored address is a secret and is not shown again: left empty, it stays.
_RECONFIGURE = vol.Schema(
    {
        vol.Optional(CONF_URL): _ADDRESS,
        vol.Required(CONF_VERIFY_SSL): BooleanSelector(),
    }
)
_OPTIONS = vol.Schema(
    {vol.Required(OPTION_TOOL_SENSORS, default=DEFAULT_TOOL_SENSORS): BooleanSelector()}
)

_EXAMPLE = {"example": "http://192.168.1.10:8086/private_…"}
_CERTIFICATE = {FailureKind.TLS: CONF_VERIFY_SSL}


class SreConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds or moves one server. The HTTP form is the way for servers that cannot be found."""

    _data: dict[str, Any]
    _code: str

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow for the options."""
        return SreOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the address of a server."""
        return await self._async_step_address("user", _ADD, user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another address of the same server."""
        entry = self._get_reconfigure_entry()
        schema = self.add_suggested_values_to_schema(
            _RECONFIGURE, {CONF_VERIFY_SSL: entry.data[CONF_VERIFY_SSL]}
        )
        return await self._async_step_address("reconfigure", schema, user_input)

    async def async_step_no_link(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Warn that the server does not reach Home Assistant."""
        if user_input is not None:
            return self._finish()
        return self.async_show_form(
            step_id=Doubt.NO_LINK, description_placeholders={"code": self._code}
        )

    async def async_step_other_home(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Warn that the server seems to serve another Home Assistant."""
        if user_input is not None:
            return self._finish()
        return self.async_show_form(step_id=Doubt.OTHER_HOME)

    async def _async_step_address(
        self, step_id: str, schema: vol.Schema, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            typed = dict(user_input)
            user_input = self._stored_address() | user_input
            try:
                url = normalised(user_input[CONF_URL])
            except ValueError:
                errors[CONF_URL] = "malformed"
            else:
                await self.async_set_unique_id(unique_id(url))
                self._abort_if_known()
                verify_ssl = user_input[CONF_VERIFY_SSL]
                self._data = {CONF_MODE: MODE_HTTP, CONF_URL: url, CONF_VERIFY_SSL: verify_ssl}
                trial = await async_try(
                    self.hass, url, verify_ssl=verify_ssl, watched=self._watched()
                )
                if trial.known:
                    return self.async_abort(reason="already_configured")
                if trial.failure is None:
                    return await self._async_conclude(trial)
                errors[_CERTIFICATE.get(trial.failure, CONF_URL)] = trial.failure
            schema = self.add_suggested_values_to_schema(schema, typed)
        return self.async_show_form(
            step_id=step_id,
            data_schema=schema,
            errors=errors,
            description_placeholders=_EXAMPLE,
        )

    async def _async_conclude(self, trial: Trial) -> ConfigFlowResult:
        self._code = trial.code or ""
        match trial.doubt:
            case Doubt.NO_LINK:
                return await self.async_step_no_link()
            case Doubt.OTHER_HOME:
                return await self.async_step_other_home()
            case _:
                return self._finish()

    def _stored_address(self) -> dict[str, Any]:
        """Return what an address that was left empty stands for."""
        if self.source != SOURCE_RECONFIGURE:
            return {}
        return {CONF_URL: self._get_reconfigure_entry().data[CONF_URL]}

    def _watched(self) -> frozenset[str]:
        """Return the instances of the servers that other entries watch."""
        moved = self._get_reconfigure_entry() if self.source == SOURCE_RECONFIGURE else None
        entries: list[SreConfigEntry] = self.hass.config_entries.async_loaded_entries(DOMAIN)
        instances = (e.runtime_data.record.server.instance for e in entries if e is not moved)
        return frozenset(filter(None, instances))

    def _abort_if_known(self) -> None:
        known = self.hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, self.unique_id or ""
        )
        if self.source == SOURCE_RECONFIGURE and known is self._get_reconfigure_entry():
            return
        self._abort_if_unique_id_configured()

    def _finish(self) -> ConfigFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_reload_and_abort(
                self._get_reconfigure_entry(), unique_id=self.unique_id, data=self._data
            )
        # A name without the address, which is a secret; the person can choose a better one.
        others = len(self._async_current_entries())
        title = "ha-mcp" if not others else f"ha-mcp {others + 1}"
        return self.async_create_entry(title=title, data=self._data)


class SreOptionsFlow(OptionsFlowWithReload):
    """What a person can choose about a server that is watched."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        schema = self.add_suggested_values_to_schema(_OPTIONS, self.config_entry.options)
        return self.async_show_form(step_id="init", data_schema=schema)

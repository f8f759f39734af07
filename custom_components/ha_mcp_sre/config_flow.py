"""Adding a server: find it or say where it is, have it tried, then watch it."""

from itertools import chain, count
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.typing import DiscoveryInfoType
import probatio as vol

from .address import normalised, unique_id
from .assess.observation import FailureKind
from .assess.signals import Mode
from .choice import OTHER, PROJECT, choice_of
from .const import CONF_INSTALL, CONF_MODE, CONF_REPOSITORY, DOMAIN
from .detect import Install, async_detect
from .entries import is_project, server_entries
from .options_flow import SreOptionsFlow
from .project_flow import ProjectFlow
from .texts import async_texts
from .trial import Doubt, Trial, async_is_watched, async_try, watched_instances

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

_EXAMPLE = {"example": "http://192.168.1.10:8086/private_…"}
_CERTIFICATE = {FailureKind.TLS: CONF_VERIFY_SSL}


class SreConfigFlow(ProjectFlow, domain=DOMAIN):
    """Adds or moves one server, one that was found or any other by its address; or the project."""

    _data: dict[str, Any]
    _code: str
    _install: Install
    _instance: str | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow for the options."""
        return SreOptionsFlow()

    @classmethod
    @callback
    @override
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """Return whether there is anything to choose: not of the project."""
        return not is_project(config_entry)

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the servers that were found, any other by its address, and the project."""
        found = {each.unique_id: each for each in await self._async_new_installs()}
        others = [OTHER] if self.is_followed else [OTHER, PROJECT]
        if user_input is None and not found and self.is_followed:
            return await self.async_step_http()
        errors: dict[str, str] = {}
        if user_input is not None:
            chosen = user_input[CONF_INSTALL]
            if chosen == OTHER:
                return await self.async_step_http()
            if chosen == PROJECT:
                return await self.async_step_project()
            if (install := found.get(chosen)) is None:
                errors[CONF_INSTALL] = FailureKind.NOT_INSTALLED
            else:
                return await self._async_take(install)
        texts = await async_texts(self.hass)
        field = vol.Required(CONF_INSTALL, default=vol.UNDEFINED if found else OTHER)
        return self.async_show_form(
            step_id="user",
            data_schema=vol.Schema({field: choice_of(found.values(), others, texts)}),
            errors=errors,
        )

    async def async_step_http(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the address of a server."""
        return await self._async_step_address("http", _ADD, user_input)

    @override
    async def async_step_integration_discovery(
        self, discovery_info: DiscoveryInfoType
    ) -> ConfigFlowResult:
        """Offer a server that appeared after another one was added, or the project."""
        if CONF_REPOSITORY in discovery_info:
            return await self.async_offer_project(discovery_info[CONF_REPOSITORY])
        for install in await self._async_new_installs():
            if install.unique_id == discovery_info[CONF_INSTALL]:
                await self.async_set_unique_id(install.unique_id)
                self._abort_if_unique_id_configured()
                if await async_is_watched(self.hass, install.url):
                    return self.async_abort(reason="already_configured")
                self._install = install
                self.context["title_placeholders"] = {"name": install.name}
                return await self.async_step_discovered()
        return self.async_abort(reason="not_found")

    async def async_step_discovered(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to watch the server that appeared."""
        if user_input is not None:
            return await self._async_take(self._install)
        texts = await async_texts(self.hass)
        shown = {"name": self._install.name, "mode": texts.option("mode", self._install.mode)}
        return self.async_show_form(step_id="discovered", description_placeholders=shown)

    async def async_step_not_answering(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Warn that the server does not answer now."""
        if user_input is not None:
            return self._finish()
        texts = await async_texts(self.hass)
        shown = {"name": self._install.name, "state": texts.option("state", self._install.state)}
        return self.async_show_form(step_id=Doubt.NOT_ANSWERING, description_placeholders=shown)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another address of the same server, or of the project."""
        entry = self._get_reconfigure_entry()
        if is_project(entry):
            return await self.async_step_reconfigure_project()
        if entry.data[CONF_MODE] != Mode.HTTP:
            return self.async_abort(reason="address_follows")
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
        texts = await async_texts(self.hass)
        shown = {"code": self._code, "advice": texts.option("link_advice", self._data[CONF_MODE])}
        return self.async_show_form(step_id=Doubt.NO_LINK, description_placeholders=shown)

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
                # A flow that was left halfway is no reason to refuse this one, nor is an offer.
                await self.async_set_unique_id(unique_id(url), raise_on_progress=False)
                self._abort_if_known()
                verify_ssl = user_input[CONF_VERIFY_SSL]
                self._data = {CONF_MODE: Mode.HTTP, CONF_URL: url, CONF_VERIFY_SSL: verify_ssl}
                trial = await self._async_try(url, verify_ssl=verify_ssl)
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

    async def _async_new_installs(self) -> list[Install]:
        known = {entry.unique_id for entry in self._async_current_entries()}
        return [each for each in await async_detect(self.hass) if each.unique_id not in known]

    async def _async_take(self, install: Install) -> ConfigFlowResult:
        """Try a server that was found; one that is down can be watched all the same."""
        await self.async_set_unique_id(install.unique_id, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        if install.url is None:
            return self.async_abort(reason="no_address")
        self._install = install
        self._data = {
            CONF_MODE: install.mode,
            CONF_INSTALL: install.key,
            CONF_URL: install.url,
            CONF_VERIFY_SSL: True,
        }
        trial = await self._async_try(install.url, verify_ssl=True)
        if trial.failure is not None:
            trial = Trial(doubt=Doubt.NOT_ANSWERING)
        return await self._async_conclude(trial)

    async def _async_try(self, url: str, *, verify_ssl: bool) -> Trial:
        watched = self._watched_instances()
        return await async_try(self.hass, url, verify_ssl=verify_ssl, watched=watched)

    def _watched_instances(self) -> frozenset[str]:
        """Return the instances of the other servers that are watched."""
        moved = self._get_reconfigure_entry() if self.source == SOURCE_RECONFIGURE else None
        return watched_instances(self.hass, but=moved)

    async def _async_conclude(self, trial: Trial) -> ConfigFlowResult:
        if trial.known:
            return self.async_abort(reason="already_configured")
        self._code, self._instance = trial.code or "", trial.instance
        match trial.doubt:
            case Doubt.NOT_ANSWERING:
                return await self.async_step_not_answering()
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

    def _abort_if_known(self) -> None:
        known = self.hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, self.unique_id or ""
        )
        if self.source == SOURCE_RECONFIGURE and known is self._get_reconfigure_entry():
            return
        self._abort_if_unique_id_configured()

    def _finish(self) -> ConfigFlowResult:
        # Another flow may have been quicker while this one tried the server, or waited.
        self._abort_if_known()
        if self._instance in self._watched_instances():
            return self.async_abort(reason="already_configured")
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_reload_and_abort(
                self._get_reconfigure_entry(), unique_id=self.unique_id, data=self._data
            )
        return self.async_create_entry(title=self._free_title(), data=self._data)

    def _free_title(self) -> str:
        """Return a name without the address, which is a secret; the person can choose a better."""
        taken = {entry.title for entry in server_entries(self.hass)}
        name = self._install.name if taken and self._data[CONF_MODE] != Mode.HTTP else "ha-mcp"
        numbered = (f"{name} {number}" for number in count(2))
        return next(title for title in chain([name], numbered) if title not in taken)

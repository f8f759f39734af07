"""Adding ha-mcp's own project: have its repository tried, then follow it."""

from collections.abc import Mapping
import re
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_TOKEN
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio as vol

from .assess.upstream import UpstreamFailure
from .const import CONF_REPOSITORY, DEFAULT_REPOSITORY, DOMAIN
from .entries import is_project
from .observe.github import is_repository
from .project_coordinator import async_try_project

TITLE = "ha-mcp project"

KEEP_TOKEN = "keep_token"  # noqa: S105 - the name of a field.

_TOKEN = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
ADD = vol.Schema(
    {
        vol.Required(CONF_REPOSITORY, default=DEFAULT_REPOSITORY): TextSelector(),
        vol.Optional(CONF_TOKEN): _TOKEN,
    }
)
# The stored token is a secret and is not shown again.
RECONFIGURE = vol.Schema(
    {
        vol.Required(CONF_REPOSITORY): TextSelector(),
        vol.Optional(CONF_TOKEN): _TOKEN,
        vol.Required(KEEP_TOKEN, default=True): BooleanSelector(),
    }
)
REAUTH = vol.Schema({vol.Optional(CONF_TOKEN): _TOKEN})

_TOKEN_SHAPE = re.compile(r"[\x21-\x7e]+", re.ASCII)
_PAGE = re.compile(r"(?:https?://|git@)?(?:www\.)?github\.com[/:]([^/]+/[^/?#]+).*", re.IGNORECASE)

MALFORMED = "repository_malformed"
ERRORS: Mapping[UpstreamFailure, tuple[str, str]] = {
    UpstreamFailure.NOT_FOUND: (CONF_REPOSITORY, "repository_not_found"),
    UpstreamFailure.FORBIDDEN: (CONF_REPOSITORY, "repository_not_found"),
    UpstreamFailure.TOKEN_REJECTED: (CONF_TOKEN, "token_rejected"),
}
"""Which field is wrong, and how. Any other failure passes, and says nothing of what was entered."""


def repository_of(text: str) -> str:
    """Return the repository that a person means, as `owner/name`; raise ValueError for anything else.

    Where its page or a copy of it is, is taken for itself.
    """
    name = _PAGE.sub(r"\1", text.strip()).removesuffix("/").removesuffix(".git")
    if not is_repository(name):
        raise ValueError("not owner/name")
    return name


class ProjectFlow(ConfigFlow):
    """The steps for ha-mcp's own project, of which there is at most one."""

    async def async_step_project(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the repository and, if the person has one, a token."""
        self._abort_if_followed()
        return await self._async_step_repository("project", ADD, user_input)

    async def async_offer_project(self, repository: str) -> ConfigFlowResult:
        """Offer the project beside a server that was added."""
        await self.async_set_unique_id(repository.lower())
        self._abort_if_unique_id_configured(error="project_known")
        self.context["title_placeholders"] = {"name": f"{TITLE} ({repository})"}
        return await self.async_step_project_discovered()

    async def async_step_project_discovered(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to follow the project that is offered."""
        self._abort_if_followed()
        repository = self.unique_id or DEFAULT_REPOSITORY
        if user_input is not None:
            return self.async_create_entry(title=TITLE, data={CONF_REPOSITORY: repository})
        return self.async_show_form(
            step_id="project_discovered", description_placeholders={"repository": repository}
        )

    async def async_step_reauth(self, _: Mapping[str, Any]) -> ConfigFlowResult:
        """Have a token replaced that GitHub rejected."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another token, or for none."""
        entry = self._get_reauth_entry()
        return await self._async_step_repository("reauth_confirm", REAUTH, user_input, entry)

    async def async_step_reconfigure_project(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another repository or token."""
        entry = self._get_reconfigure_entry()
        schema = self.add_suggested_values_to_schema(
            RECONFIGURE, {CONF_REPOSITORY: entry.data[CONF_REPOSITORY]}
        )
        return await self._async_step_repository("reconfigure_project", schema, user_input, entry)

    async def _async_step_repository(
        self,
        step_id: str,
        schema: vol.Schema,
        user_input: dict[str, Any] | None,
        entry: ConfigEntry[Any] | None = None,
    ) -> ConfigFlowResult:
        stored = {} if entry is None else entry.data
        errors: dict[str, str] = {}
        if user_input is not None:
            data, errors = await self._async_checked(user_input, stored)
            if not errors:
                return await self._async_follow(data, entry)
            schema = self.add_suggested_values_to_schema(schema, user_input)
        return self.async_show_form(
            step_id=step_id,
            data_schema=schema,
            errors=errors,
            description_placeholders={CONF_REPOSITORY: stored.get(CONF_REPOSITORY, "")},
        )

    async def _async_checked(
        self, user_input: Mapping[str, Any], stored: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return what to store, and what is wrong with it by field."""
        try:
            repository = repository_of(user_input.get(CONF_REPOSITORY) or stored[CONF_REPOSITORY])
        except ValueError, KeyError:
            return {}, {CONF_REPOSITORY: MALFORMED}
        kept = stored.get(CONF_TOKEN) if user_input.get(KEEP_TOKEN) else None
        token = user_input.get(CONF_TOKEN, "").strip() or kept
        data = {CONF_REPOSITORY: repository} | ({} if token is None else {CONF_TOKEN: token})
        if token is None or _TOKEN_SHAPE.fullmatch(token):
            failure = await async_try_project(self.hass, repository, token)
        else:
            failure = UpstreamFailure.TOKEN_REJECTED  # It could not even be sent.
        if failure is None or failure not in ERRORS:
            return data, {}
        field, error = ERRORS[failure]
        return data, {field: error}

    async def _async_follow(
        self, data: dict[str, Any], entry: ConfigEntry[Any] | None
    ) -> ConfigFlowResult:
        unique_id = data[CONF_REPOSITORY].lower()
        if entry is not None:
            await self._async_forget_ignored(unique_id)
            return self.async_update_reload_and_abort(entry, unique_id=unique_id, data=data)
        # That it is offered at the same time is no reason not to add it by hand.
        await self.async_set_unique_id(unique_id, raise_on_progress=False)
        self._abort_if_unique_id_configured(error="project_known")
        self._abort_if_followed()
        return self.async_create_entry(title=TITLE, data=data)

    async def _async_forget_ignored(self, unique_id: str) -> None:
        """Have a repository followed though its offer was ignored, as adding it would."""
        entries = self.hass.config_entries
        ignored = entries.async_entry_for_domain_unique_id(DOMAIN, unique_id)
        if ignored is not None and ignored.source == SOURCE_IGNORE:
            await entries.async_remove(ignored.entry_id)

    def _abort_if_followed(self) -> None:
        if self.is_followed:
            raise AbortFlow("project_known")

    @property
    def is_followed(self) -> bool:
        """Whether the project has an entry."""
        return any(map(is_project, self._async_current_entries()))

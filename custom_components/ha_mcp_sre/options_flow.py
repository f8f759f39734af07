"""What a person can choose about a server that is watched."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import Platform
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio as vol

from .assess.finding import Severity
from .const import (
    DEFAULT_NOTIFY_SEVERITY,
    DEFAULT_REPORT_DAY,
    DEFAULT_TOOL_SENSORS,
    OPTION_NOTIFY_ENTITIES,
    OPTION_NOTIFY_SEVERITY,
    OPTION_REPORT_AI_TASK,
    OPTION_REPORT_DAY,
    OPTION_TOOL_SENSORS,
    REPORT_DAYS,
    REPORT_NEVER,
)
from .entries import first_server, report_options, server_entries
from .options import OBJECTIVES, PAGING, REPORT, Number


def _fields(numbers: Mapping[str, Number]) -> dict[vol.Marker, NumberSelector]:
    """Return fields for numbers. Their bounds are not the selectors' business.

    What a selector refuses within a section is told in the words of a schema.
    """
    return {
        vol.Required(key, default=number.default): NumberSelector(
            NumberSelectorConfig(
                step=number.step, unit_of_measurement=number.unit, mode=NumberSelectorMode.BOX
            )
        )
        for key, number in numbers.items()
    }


_NOTIFICATIONS = vol.Schema(
    {
        vol.Required(OPTION_NOTIFY_ENTITIES, default=list): EntitySelector(
            EntitySelectorConfig(domain=Platform.NOTIFY, multiple=True)
        ),
        vol.Required(OPTION_NOTIFY_SEVERITY, default=DEFAULT_NOTIFY_SEVERITY): SelectSelector(
            SelectSelectorConfig(
                options=list(Severity),
                translation_key="least_severity",
                mode=SelectSelectorMode.DROPDOWN,
            )
        ),
        **_fields(PAGING),
    }
)
_OBJECTIVES = vol.Schema(_fields(OBJECTIVES))

_REPORT = vol.Schema(
    {
        vol.Required(OPTION_REPORT_DAY, default=DEFAULT_REPORT_DAY): SelectSelector(
            SelectSelectorConfig(
                options=[*REPORT_DAYS, REPORT_NEVER],
                translation_key="report_day",
                mode=SelectSelectorMode.DROPDOWN,
            )
        ),
        **_fields(REPORT),
        vol.Optional(OPTION_REPORT_AI_TASK): EntitySelector(EntitySelectorConfig(domain="ai_task")),
    }
)

SECTIONS = {
    "notifications": section(_NOTIFICATIONS),
    "objectives": section(_OBJECTIVES, {"collapsed": True}),
    "report": section(_REPORT, {"collapsed": True}),
}


def options_schema(*, report: bool) -> vol.Schema:
    """Return the fields; those of the report, which is one for all servers, only if wanted."""
    sections = {name: each for name, each in SECTIONS.items() if name != "report" or report}
    return vol.Schema(
        {
            **{vol.Required(name): each for name, each in sections.items()},
            vol.Required(OPTION_TOOL_SENSORS, default=DEFAULT_TOOL_SENSORS): BooleanSelector(),
        }
    )


class SreOptionsFlow(OptionsFlowWithReload):
    """Asks for the options in sections, and stores them flat."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options."""
        errors: dict[str, str] = {}
        stored = self.config_entry.options
        if user_input is not None:
            errors = _errors(user_input)
            if not errors:
                return self.async_create_entry(data=_flat({**_in_sections(stored), **user_input}))
        known = {**stored, **report_options(server_entries(self.hass))}
        shown = {**known, **_in_sections(known)} if user_input is None else user_input
        schema = options_schema(report=first_server(self.hass) is self.config_entry)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            errors=errors,
        )


def _errors(user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return the first number of each section that is out of bounds.

    An error is shown above the section, so it has a text of its own that names the field.
    """
    numbers = {**PAGING, **OBJECTIVES, **REPORT}
    wrong = {
        name: [
            key
            for key, chosen in user_input[name].items()
            if key in numbers and not numbers[key].allows(chosen)
        ]
        for name in SECTIONS
        if name in user_input
    }
    return {name: keys[0] for name, keys in wrong.items() if keys}


def _flat(user_input: Mapping[str, Any]) -> dict[str, Any]:
    flat = {key: value for key, value in user_input.items() if key not in SECTIONS}
    for name in SECTIONS:
        flat |= user_input[name]
    return flat


def _in_sections(options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: {key: options[key] for key in map(str, each.schema.schema) if key in options}
        for name, each in SECTIONS.items()
    }

"""Conditions: how bad the open incidents are, for automations."""

from typing import Unpack, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition, ConditionCheckParams, ConditionConfig
from homeassistant.helpers.typing import ConfigType
import probatio as vol

from .assess.finding import Severity
from .automation_options import CONF_SEVERITY, checked, means, options_schema
from .entries import loaded_servers

_SCHEMA = options_schema(vol.Required(CONF_SEVERITY))


class SeverityAtLeast(Condition):
    """Whether an open incident of any of the servers that are meant is as bad as that."""

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Return a configuration that is valid."""
        return checked(hass, _SCHEMA, config)

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Take the options, which are valid."""
        super().__init__(hass, config)
        self._options = config.options or {}
        self._least = Severity(self._options[CONF_SEVERITY])

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        # Of a server that is not being watched now nothing is known, and nothing is claimed.
        worst = (
            entry.runtime_data.data.judgement.severity
            for entry in loaded_servers(self._hass)
            if means(self._options, entry.entry_id)
        )
        return any(severity is not None and severity <= self._least for severity in worst)


_CONDITIONS: dict[str, type[Condition]] = {"severity_at_least": SeverityAtLeast}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return _CONDITIONS

"""The options that triggers and conditions have in common."""

from typing import Any, Final

from homeassistant.const import CONF_OPTIONS
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
import probatio as vol

from .assess.finding import Severity
from .const import DOMAIN
from .entries import is_project

CONF_SERVER: Final = "server"
CONF_SEVERITY: Final = "severity"

_SERVERS = vol.All(cv.ensure_list, vol.Length(min=1), [cv.string])
_SEVERITY = vol.All(cv.string, vol.Lower, vol.In([each.value for each in Severity]))


def options_schema(severity: vol.Marker) -> vol.Schema:
    """Return the schema of a trigger or condition, given how it takes its least severity."""
    options = {vol.Optional(CONF_SERVER): _SERVERS, severity: _SEVERITY}
    return vol.Schema({vol.Required(CONF_OPTIONS, default=dict): options})


def checked(hass: HomeAssistant, schema: vol.Schema, config: ConfigType) -> ConfigType:
    """Return a configuration that is valid; raise Invalid with what is wrong with which field."""
    checked: ConfigType = schema(config)
    for entry_id in checked[CONF_OPTIONS].get(CONF_SERVER, ()):
        entry = hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain != DOMAIN or is_project(entry):
            raise vol.Invalid(
                f"{entry_id} is not the config entry of a watched server "
                "(leave it out to mean all of them)",
                path=[CONF_OPTIONS, CONF_SERVER],
            )
    return checked


def means(options: dict[str, Any], entry_id: str) -> bool:
    """Return whether the server with this entry is among those that are meant."""
    return CONF_SERVER not in options or entry_id in options[CONF_SERVER]

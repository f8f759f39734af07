"""Updates that Home Assistant offers."""

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .plain import word


def offered_update(hass: HomeAssistant, platform: str, unique_id: str) -> str | None:
    """Return the version that an update entity of a platform offers; None if it offers none."""
    entity_id = er.async_get(hass).async_get_entity_id("update", platform, unique_id)
    state = entity_id and hass.states.get(entity_id)
    if not state or state.state != STATE_ON:
        return None
    return word(state.attributes.get("latest_version"))

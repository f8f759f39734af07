"""Actions, for automations and scripts."""

from collections.abc import Callable
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio as vol

from .assess.finding import Severity
from .assess.incident import Incident, mean_time_to_repair
from .choice import async_texts
from .clock import wall_clock
from .const import DOMAIN
from .coordinator import SreConfigEntry
from .drill import RULES as DRILLS
from .drill import end_drill, start_drill
from .told import local, told

MOST_INCIDENTS = 1000

_STATUSES: dict[str, Callable[[Incident], bool]] = {
    "all": lambda _incident: True,
    "open": lambda incident: incident.is_open,
    "resolved": lambda incident: not incident.is_open,
}

_ACKNOWLEDGE = vol.Schema({vol.Required("incident_id"): cv.string})
_GET = vol.Schema(
    {
        vol.Optional("server"): cv.string,
        vol.Optional("status", default="all"): vol.In(list(_STATUSES)),
        vol.Optional("since"): cv.datetime,
        vol.Optional("limit", default=50): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=MOST_INCIDENTS)
        ),
    }
)
_TEST = vol.Schema(
    {
        vol.Optional("server"): cv.string,
        vol.Optional("severity", default=Severity.P1.value): vol.All(
            cv.string, vol.Lower, vol.In([each.value for each in DRILLS])
        ),
    }
)


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Offer the actions."""
    register = partial(hass.services.async_register, DOMAIN)
    register("acknowledge_incident", _async_acknowledge, _ACKNOWLEDGE)
    register("get_incidents", _async_get, _GET, SupportsResponse.ONLY)
    register("test_alert", _async_test, _TEST, SupportsResponse.OPTIONAL)


async def _async_acknowledge(call: ServiceCall) -> None:
    """Note that somebody takes care of an incident; end a drill."""
    incident_id: str = call.data["incident_id"]
    if end_drill(call.hass, incident_id):
        return
    for entry in _loaded(call.hass):
        for incident in entry.runtime_data.incidents:
            if incident.id == incident_id:
                _check_unacknowledged(incident)
                entry.runtime_data.acknowledge(incident_id)
                return
    raise _wrong("incident_unknown", incident_id=incident_id)


def _check_unacknowledged(incident: Incident) -> None:
    if incident.resolved_at is not None:
        raise _wrong("incident_resolved", incident_id=incident.id, time=local(incident.resolved_at))
    if incident.acknowledged_at is not None:
        raise _wrong(
            "incident_acknowledged", incident_id=incident.id, time=local(incident.acknowledged_at)
        )


async def _async_get(call: ServiceCall) -> ServiceResponse:
    """Return what is remembered of incidents, the newest first, and their mean time to repair.

    That is in seconds, of the outages (P0 and P1) among all that were asked for; a `limit` does
    not change it.
    """
    entries = (
        [_named(call.hass, call.data["server"])] if "server" in call.data else _loaded(call.hass)
    )
    if not entries:
        raise _wrong("no_server")
    text = await async_texts(call.hass)
    now = wall_clock()
    wanted = _STATUSES[call.data["status"]]
    since = dt_util.as_utc(call.data["since"]).timestamp() if "since" in call.data else None
    found = [
        (entry, incident)
        for entry in entries
        for incident in entry.runtime_data.incidents
        if wanted(incident) and _lasted_until(incident, since)
    ]
    found.sort(key=lambda each: each[1].started_at, reverse=True)
    shown: list[Any] = [
        told(incident, entry, text, now) for entry, incident in found[: call.data["limit"]]
    ]
    outages = [each for _, each in found if each.worst in (Severity.P0, Severity.P1)]
    return {"incidents": shown, "mean_time_to_repair": mean_time_to_repair(outages)}


def _lasted_until(incident: Incident, since: float | None) -> bool:
    return since is None or incident.resolved_at is None or incident.resolved_at >= since


async def _async_test(call: ServiceCall) -> ServiceResponse:
    """Page through every channel, as a drill."""
    hass = call.hass
    entry = _named(hass, call.data["server"]) if "server" in call.data else _only(hass)
    return {"incident_id": start_drill(hass, entry, Severity(call.data["severity"]))}


def _loaded(hass: HomeAssistant) -> list[SreConfigEntry]:
    return hass.config_entries.async_loaded_entries(DOMAIN)


def _only(hass: HomeAssistant) -> SreConfigEntry:
    match _loaded(hass):
        case []:
            raise _wrong("no_server")
        case [entry]:
            return entry
        case several:
            servers = ", ".join(f"{entry.title} ({entry.entry_id})" for entry in several)
            raise _wrong("server_needed", servers=servers)


def _named(hass: HomeAssistant, entry_id: str) -> SreConfigEntry:
    entry: SreConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN:
        raise _wrong("server_unknown", server=entry_id)
    if entry.state is not ConfigEntryState.LOADED:
        raise _wrong("server_not_loaded", server=entry.title)
    return entry


def _wrong(key: str, **about: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=about
    )

"""Actions, for automations and scripts."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
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
from .assess.incident import Incident
from .assess.incidents import MOST_INCIDENTS
from .assess.ledger import DAYS_KEPT
from .assess.repair import mean_time_to_repair
from .clock import wall_clock
from .const import DOMAIN
from .coordinator import SreConfigEntry
from .drill import RULES as DRILLS
from .drill import end_drill, start_drill
from .entries import is_project, loaded_servers
from .report.material import Week
from .reporter import reporter_of
from .texts import async_texts
from .told import local, told

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

_REPORT = vol.Schema(
    {
        vol.Optional("server"): cv.string,
        vol.Optional("week_of"): cv.date,
        vol.Optional("write_file", default=True): cv.boolean,
    }
)


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Offer the actions."""
    register = partial(hass.services.async_register, DOMAIN)
    register("acknowledge_incident", _async_acknowledge, _ACKNOWLEDGE)
    register("get_incidents", _async_get, _GET, SupportsResponse.ONLY)
    register("test_alert", _async_test, _TEST, SupportsResponse.OPTIONAL)
    register("generate_weekly_report", _async_report, _REPORT, SupportsResponse.OPTIONAL)


async def _async_acknowledge(call: ServiceCall) -> None:
    """Note that somebody takes care of an incident; end a drill."""
    incident_id: str = call.data["incident_id"]
    if end_drill(call.hass, incident_id):
        return
    for entry in loaded_servers(call.hass):
        for incident in entry.runtime_data.incidents:
            if incident.id == incident_id:
                _check_unacknowledged(incident)
                entry.runtime_data.acknowledge(incident_id)
                return
    raise _wrong("incident_unknown", incident_id=incident_id)


def _check_unacknowledged(incident: Incident) -> None:
    if incident.resolved_at is not None:
        raise _wrong("incident_resolved", incident_id=incident.id, time=local(incident.resolved_at))
    if incident.is_taken_care_of and incident.acknowledged_at is not None:
        raise _wrong(
            "incident_acknowledged", incident_id=incident.id, time=local(incident.acknowledged_at)
        )


async def _async_get(call: ServiceCall) -> ServiceResponse:
    """Return what is remembered of incidents, the newest first, and their mean time to repair.

    That is in seconds, of the outages (P0 and P1) among all that were asked for, as the report
    counts them: neither brief nor in maintenance, nor part of another. A `limit` does not change it.
    """
    hass = call.hass
    entries = [_named(hass, call.data["server"])] if "server" in call.data else loaded_servers(hass)
    if not entries:
        raise _wrong("no_server")
    texts = await async_texts(hass)
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
        told(incident, entry, texts, now) for entry, incident in found[: call.data["limit"]]
    ]
    repair_time = mean_time_to_repair(incident for _, incident in found)
    return {"incidents": shown, "mean_time_to_repair": repair_time}


def _lasted_until(incident: Incident, since: float | None) -> bool:
    return since is None or incident.resolved_at is None or incident.resolved_at >= since


async def _async_test(call: ServiceCall) -> ServiceResponse:
    """Page through every channel, as a drill."""
    hass = call.hass
    entry = _named(hass, call.data["server"]) if "server" in call.data else _only(hass)
    return {"incident_id": start_drill(hass, entry, Severity(call.data["severity"]))}


async def _async_report(call: ServiceCall) -> ServiceResponse:
    """Write the report of a week, and return it."""
    hass, reporter = call.hass, reporter_of(call.hass)
    only = _named(hass, call.data["server"]) if "server" in call.data else None
    servers = loaded_servers(hass) if only is None else [only]
    if not servers:
        raise _wrong("no_server")
    day: date | None = call.data.get("week_of")
    if day is not None and day - timedelta(days=day.weekday()) > dt_util.now().date():
        raise _wrong("week_in_future", day=day.isoformat())
    week = reporter.week(servers, day)
    if day is not None:
        _check_week(day, week, servers)
    written = await reporter.async_write(week.monday, only=only, to_file=call.data["write_file"])
    if written is None:
        raise _wrong("no_server")
    edition = written.edition
    return {"markdown": edition.markdown, "data": dict(edition.data), "path": written.path}


def _check_week(day: date, week: Week, servers: Sequence[SreConfigEntry]) -> None:
    """Refuse a week of which nothing can be known."""
    oldest = week.local(week.as_of).toordinal() - DAYS_KEPT + 1
    if week.days.start < oldest:
        # The first whole week of which no day was dropped yet.
        earliest = date.fromordinal(oldest + (-(oldest - 1)) % 7)
        raise _wrong("week_too_old", day=day.isoformat(), earliest=earliest.isoformat())
    since = min(entry.runtime_data.record.whole_since for entry in servers)
    if since >= week.end:
        began = week.local(since).date()
        raise _wrong("week_unwatched", day=day.isoformat(), since=began.isoformat())


def _only(hass: HomeAssistant) -> SreConfigEntry:
    match loaded_servers(hass):
        case []:
            raise _wrong("no_server")
        case [entry]:
            return entry
        case several:
            servers = ", ".join(f"{entry.title} ({entry.entry_id})" for entry in several)
            raise _wrong("server_needed", servers=servers)


def _named(hass: HomeAssistant, entry_id: str) -> SreConfigEntry:
    entry: SreConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN or is_project(entry):
        raise _wrong("server_unknown", server=entry_id)
    if entry.state is not ConfigEntryState.LOADED:
        raise _wrong("server_not_loaded", server=entry.title)
    return entry


def _wrong(key: str, **about: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=about
    )

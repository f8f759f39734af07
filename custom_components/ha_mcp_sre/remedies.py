"""What can be done about a finding, by how the server is installed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from enum import StrEnum
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .assess.finding import RuleKey
from .assess.incident import Incident
from .assess.rules import RULES
from .assess.signals import Mode
from .const import CONF_INSTALL, DOMAIN
from .coordinator import SreConfigEntry, SreCoordinator
from .observe import component


class Remedy(StrEnum):
    """Something that a person can have done, or can do."""

    RELOAD = "reload"
    """Reload the config entry that runs the server inside Home Assistant."""
    RESTART_APP = "restart_app"
    PROBE = "probe"
    """Look again: somebody mended it elsewhere."""
    ACKNOWLEDGE = "acknowledge"
    RUNBOOK = "runbook"
    """Read what to do by hand."""


class Outcome(StrEnum):
    """What became of a remedy."""

    MENDED = "mended"
    NOT_MENDED = "not_mended"
    GIVE_IT_TIME = "give_it_time"
    """It was done, and the server answers; the next calls must show whether it helped."""
    ACKNOWLEDGED = "acknowledged"
    NOT_THERE = "not_there"
    """What was to be restarted is not installed, or disabled."""
    REFUSED = "refused"
    """Home Assistant or Supervisor did not do it, or not in time."""
    NOT_WATCHED = "not_watched"
    """The server's entry is not loaded."""


_RESTART = {Mode.IN_PROCESS: Remedy.RELOAD, Mode.APP: Remedy.RESTART_APP}

# An in-process server gets a new access token, and a new refresh token if its own is gone, when
# its entry is loaded; an app gets Supervisor's when it is started. A server that restarts again
# and again is not helped by a restart. Only what pages has a repair.
_MENDS: Mapping[RuleKey, Mapping[Mode, Remedy]] = {
    RuleKey.SERVER_DOWN: _RESTART,
    RuleKey.LINK_BROKEN: _RESTART,
    RuleKey.TOKEN_REJECTED: _RESTART,
    RuleKey.TOOLS_FAILING: _RESTART,
    RuleKey.TOOL_BROKEN: _RESTART,
}
_ALWAYS = (Remedy.PROBE, Remedy.ACKNOWLEDGE, Remedy.RUNBOOK)


def remedies_for(rule: RuleKey, mode: Mode) -> tuple[Remedy, ...]:
    """Return what can be done about a finding, what mends it first."""
    mends = _MENDS.get(rule, {}).get(mode)
    return _ALWAYS if mends is None else (mends, *_ALWAYS)


async def async_apply(
    hass: HomeAssistant, entry: SreConfigEntry, remedy: Remedy, incident_id: str
) -> Outcome:
    """Do something about an incident, and look whether that mended it.

    After a restart that takes as long as the server needs to come up, for about a minute.
    """
    if entry.state is not ConfigEntryState.LOADED:
        return Outcome.NOT_WATCHED
    if remedy is Remedy.ACKNOWLEDGE:
        return _acknowledged(entry.runtime_data, incident_id)
    if (act := _ACTS.get(remedy)) is None:
        return await _look(entry, incident_id, ()) or Outcome.NOT_MENDED
    waits = entry.runtime_data.policy.remedy_waits
    if (failure := await act(hass, entry)) is not None:
        return failure
    return await _look(entry, incident_id, waits, acted=True) or Outcome.NOT_MENDED


def open_incident(coordinator: SreCoordinator, incident_id: str) -> Incident | None:
    """Return an incident if it is open."""
    incidents = coordinator.data.judgement.incidents
    return next((each for each in incidents if each.id == incident_id), None)


def _acknowledged(coordinator: SreCoordinator, incident_id: str) -> Outcome:
    coordinator.acknowledge(incident_id)
    still_open = open_incident(coordinator, incident_id) is not None
    return Outcome.ACKNOWLEDGED if still_open else Outcome.MENDED


async def _look(
    entry: SreConfigEntry, incident_id: str, waits: tuple[float, ...], *, acted: bool = False
) -> Outcome | None:
    """Look until the finding is gone, waiting in between; None if it never is."""
    for wait in (0, *waits):
        await asyncio.sleep(wait)
        if entry.state is not ConfigEntryState.LOADED:
            return Outcome.NOT_WATCHED
        coordinator = entry.runtime_data
        await coordinator.async_probe_now()
        incident = open_incident(coordinator, incident_id)
        if incident is None or incident.clean_since is not None:
            return Outcome.MENDED
        if acted and RULES[incident.rule].lag and coordinator.data.reachable:
            return Outcome.GIVE_IT_TIME
    return None


async def _reload(hass: HomeAssistant, entry: SreConfigEntry) -> Outcome | None:
    found = component.server_entry(hass)
    if found is None or found.disabled_by is not None:
        return Outcome.NOT_THERE
    return await _ordered(hass, entry, hass.config_entries.async_reload(found.entry_id))


def _app_order(service: str) -> Act:
    async def order(hass: HomeAssistant, entry: SreConfigEntry) -> Outcome | None:
        app = {"app": entry.data[CONF_INSTALL]}
        call = hass.services.async_call("hassio", service, app, blocking=True)
        return await _ordered(hass, entry, call)

    return order


async def _ordered(
    hass: HomeAssistant, entry: SreConfigEntry, order: Coroutine[Any, Any, object]
) -> Outcome | None:
    """Wait for something to be done; return how it failed.

    It goes on when nobody waits any longer: half a reload is worse than none.
    """
    task = hass.async_create_task(order, f"{DOMAIN} remedy")
    try:
        async with asyncio.timeout(entry.runtime_data.policy.order_timeout):
            done = await asyncio.shield(task)
    except HomeAssistantError, TimeoutError:
        return Outcome.REFUSED
    return Outcome.REFUSED if done is False else None


type Act = Callable[[HomeAssistant, SreConfigEntry], Awaitable[Outcome | None]]

_ACTS: Mapping[Remedy, Act] = {
    Remedy.RELOAD: _reload,
    Remedy.RESTART_APP: _app_order("app_restart"),
}

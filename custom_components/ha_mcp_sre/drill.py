"""Fire drills: a page that goes through every channel, marked as what it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from secrets import token_hex

from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from .assess.finding import RuleKey, Severity
from .assess.incident import Change, ChangeKind, Incident, Moment, Spell
from .clock import wall_clock
from .const import DOMAIN
from .coordinator import SreConfigEntry
from .news import INCIDENT_NEWS, IncidentNews

RULES = {Severity.P0: RuleKey.SERVER_DOWN, Severity.P1: RuleKey.LINK_BROKEN}
"""What a drill pretends, for the severities that page."""

_RUNNING: HassKey[dict[str, Callable[[], None]]] = HassKey(f"{DOMAIN}_drills")


@callback
def start_drill(hass: HomeAssistant, entry: SreConfigEntry, severity: Severity) -> str:
    """Have a server paged for, without an incident; return the drill's id.

    It is over after the policy's time, when it is acknowledged or its entry is unloaded. The
    severity of the server stays what it is.
    """
    running = hass.data.setdefault(_RUNNING, {})
    drill = _announced(hass, entry, ChangeKind.OPENED, _begun(severity, wall_clock()))
    drill = replace(drill, paged_at=drill.started_at, told=severity)
    drill = _announced(hass, entry, ChangeKind.PAGED, drill)

    @callback
    def end(_now: datetime | None = None) -> None:
        if running.pop(drill.id, None) is not None:
            cancel()
            over = replace(drill, resolved_at=wall_clock(), told=None)
            _announced(hass, entry, ChangeKind.RESOLVED, over)

    cancel = async_call_later(
        hass, entry.runtime_data.policy.drill_time, HassJob(end, cancel_on_shutdown=True)
    )
    running[drill.id] = end
    entry.async_on_unload(end)
    return drill.id


@callback
def end_drill(hass: HomeAssistant, incident_id: str) -> bool:
    """End a drill; return whether there was one with this id."""
    end = hass.data.get(_RUNNING, {}).get(incident_id)
    if end is not None:
        end()
    return end is not None


def _begun(severity: Severity, now: float) -> Incident:
    return Incident(
        id=f"drill-{token_hex(4)}",
        rule=RULES[severity],
        subject=None,
        severity=severity,
        worst=severity,
        evidence={},
        started_at=now,
        detected_at=now,
        last_bad_at=now,
        bad_times=(Spell(RULES[severity], now),),
        turned_at=now,
    )


def _announced(
    hass: HomeAssistant, entry: SreConfigEntry, kind: ChangeKind, drill: Incident
) -> Incident:
    """Tell what happens to a drill; return it with that in its timeline."""
    now = wall_clock()
    severity = entry.runtime_data.data.judgement.severity
    drill = replace(drill, timeline=(*drill.timeline, Moment(now, kind, drill.rule)))
    change = Change(kind, drill, now, told=drill.paged_at is not None)
    news = IncidentNews(entry.entry_id, change, severity, severity, drill=True)
    async_dispatcher_send(hass, INCIDENT_NEWS, news)
    return drill

"""Incidents as a judge would find them, and ways to have them believed and told."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import Change, ChangeKind, Incident
from custom_components.ha_mcp_sre.assess.judgement import Judgement
from custom_components.ha_mcp_sre.news import INCIDENT_NEWS, IncidentNews

STARTED = 1_795_435_200.0
"""2026-11-23T12:00:00+00:00"""


def incident(**known: Any) -> Incident:
    """Return an incident that began at `STARTED`: an outage, unless said otherwise."""
    return Incident(
        **{
            "id": "one",
            "rule": RuleKey.SERVER_DOWN,
            "subject": None,
            "severity": Severity.P0,
            "worst": Severity.P0,
            "evidence": {},
            "started_at": STARTED,
            "detected_at": STARTED,
            "last_bad_at": STARTED,
            "turned_at": STARTED,
            "spells": (STARTED,),
            **known,
        }
    )


async def judged(hass: HomeAssistant, entry: MockConfigEntry, **known: Any) -> None:
    """Have something believed of the server's incidents and objectives."""
    coordinator = entry.runtime_data
    judgement = Judgement(**known)
    coordinator.async_set_updated_data(replace(coordinator.data, judgement=judgement))
    await hass.async_block_till_done()


async def tell(
    hass: HomeAssistant,
    kind: ChangeKind,
    *,
    at: float = STARTED,
    entry_id: str = "entry",
    drill: bool = False,
    **known: Any,
) -> None:
    """Tell that something happened to an incident."""
    after = incident(**known)
    news = IncidentNews(
        entry_id, Change(kind, after, at), before=None, after=after.severity, drill=drill
    )
    async_dispatcher_send(hass, INCIDENT_NEWS, news)
    await hass.async_block_till_done()

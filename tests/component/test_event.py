"""The event entity: what happened to an incident."""

from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    mock_restore_cache_with_extra_data,
)

from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.incident import ChangeKind
from tests.component.conftest import cycle, state
from tests.component.telling import BEGAN, incident, tell
from tests.fake_ha_mcp import FakeHaMcp

INCIDENT = "event.ha_mcp_incident"


def shown(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is told of the last event."""
    found = hass.states.get(INCIDENT)
    assert found is not None
    general = {"event_types", "friendly_name"}
    return {key: value for key, value in found.attributes.items() if key not in general}


async def test_nothing_has_happened_at_first(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    assert state(hass, INCIDENT) == "unknown"


@pytest.mark.parametrize("kind", set(ChangeKind) - {ChangeKind.REOPENED, ChangeKind.RESOLVED})
async def test_a_change_is_told_with_its_incident(
    hass: HomeAssistant, watched: MockConfigEntry, kind: ChangeKind
) -> None:
    await tell(hass, watched, kind, incident())
    assert shown(hass) == {
        "event_type": kind,
        "incident_id": incident().id,
        "rule": "server_down",
        "severity": "p0",
        "since": "2026-11-23T02:00:00+00:00",
    }


async def test_it_says_of_which_tool(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    broken = incident(RuleKey.TOOL_BROKEN, subject="ha_search")
    await tell(hass, watched, ChangeKind.OPENED, broken)
    assert shown(hass)["subject"] == "ha_search"


async def test_one_that_comes_back_is_opened_once_more(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    await tell(hass, watched, ChangeKind.REOPENED, incident())
    assert (shown(hass)["event_type"], shown(hass)["reopened"]) == ("opened", True)


async def test_the_end_of_an_incident_says_how_long_it_lasted(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    # It is told only after it showed clean for a while.
    await tell(hass, watched, ChangeKind.RESOLVED, incident(resolved_at=BEGAN + 90.4))
    assert (shown(hass)["event_type"], shown(hass)["duration"]) == ("resolved", 90)


async def test_a_drill_is_marked(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    await tell(hass, watched, ChangeKind.PAGED, incident(), drill=True)
    assert (shown(hass)["event_type"], shown(hass)["drill"]) == ("paged", True)


async def test_the_incident_of_another_server_is_not_told_here(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    another = MockConfigEntry(entry_id="another")
    await tell(hass, another, ChangeKind.PAGED, incident(), drill=True)
    assert state(hass, INCIDENT) == "unknown"


async def test_two_changes_at_once_are_two_events(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    rows: list[Event[EventStateChangedData]] = async_capture_events(hass, EVENT_STATE_CHANGED)
    await tell(hass, watched, ChangeKind.OPENED, incident())
    await tell(hass, watched, ChangeKind.PAGED, incident())
    told = [row.data["new_state"] for row in rows if row.data["entity_id"] == INCIDENT]
    assert [each and each.attributes["event_type"] for each in told] == ["opened", "paged"]
    assert len({each and each.state for each in told}) == 2


async def test_nothing_is_told_after_the_entry_was_unloaded(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(watched.entry_id)
    await tell(hass, watched, ChangeKind.PAGED, incident(), drill=True)
    assert state(hass, INCIDENT) == "unavailable"


async def test_an_outage_that_is_seen_is_an_event_at_once_and_the_entities_agree(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    await cycle(hass, watched)
    told = shown(hass)
    assert (told["event_type"], told["rule"], told["severity"]) == ("opened", "server_down", "p0")
    assert state(hass, "sensor.ha_mcp_severity") == "p0"
    assert state(hass, "sensor.ha_mcp_open_incidents") == "1"
    severity = hass.states.get("sensor.ha_mcp_severity")
    assert severity is not None
    assert severity.attributes["incident_id"] == told["incident_id"]


async def test_the_last_event_is_still_shown_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    at = "2026-11-23T12:00:00.000+00:00"
    last = {"last_event_type": "resolved", "last_event_attributes": {"duration": 90}}
    mock_restore_cache_with_extra_data(hass, [(State(INCIDENT, at), last)])
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(hass, INCIDENT) == at
    assert shown(hass) == {"event_type": "resolved", "duration": 90}

"""Fire drills, started and ended by actions."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ha_mcp_sre.assess.finding import Severity
from custom_components.ha_mcp_sre.assess.incident import ChangeKind
from custom_components.ha_mcp_sre.assess.policy import Policy
from tests.component.automations import (
    acknowledge,
    automate,
    call,
    given,
    incidents,
    listen,
    on,
    refusal,
)
from tests.component.conftest import cycle
from tests.fake_ha_mcp import FakeHaMcp


@pytest.mark.parametrize(("data", "severity"), [({}, "p1"), ({"severity": "P0"}, "p0")])
async def test_a_drill_opens_and_pages(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    data: dict[str, str],
    severity: str,
) -> None:
    news = listen(hass)
    drill = (await call(hass, "test_alert", **data))["incident_id"]
    assert drill.startswith("drill-")
    assert [each.change.kind for each in news] == [ChangeKind.OPENED, ChangeKind.PAGED]
    assert {each.change.incident.id for each in news} == {drill}
    assert {each.change.incident.severity for each in news} == {severity}
    assert all(each.drill and each.entry_id == "entry" for each in news)
    assert news[1].change.incident.paged_at is not None


async def test_a_drill_runs_the_automations_that_a_page_would_run(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    runs = await automate(hass, when=on("incident_paged"))
    drill = await call(hass, "test_alert")
    variables = given(runs)
    assert variables["drill"] is True
    assert variables["incident_id"] == drill["incident_id"]


async def test_a_drill_leaves_no_trace_in_what_is_believed(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    news = listen(hass)
    before = watched.runtime_data.data.judgement
    await call(hass, "test_alert", severity="p0")
    await cycle(hass, watched)
    assert watched.runtime_data.data.judgement == before
    assert await incidents(hass) == []
    assert {(each.before, each.after) for each in news} == {(None, None)}


async def test_during_an_incident_a_drill_changes_no_severity(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    await cycle(hass, watched)
    news = listen(hass)
    await call(hass, "test_alert")
    assert {(each.before, each.after) for each in news} == {(Severity.P0, Severity.P0)}


async def test_a_drill_ends_by_itself(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    await call(hass, "test_alert")
    news = listen(hass)
    freezer.tick(Policy().drill_time + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    (over,) = news
    assert (over.change.kind, over.change.told, over.drill) == (ChangeKind.RESOLVED, True, True)
    assert over.change.incident.duration(over.change.at) == Policy().drill_time + 1
    assert [each.kind for each in over.change.incident.timeline] == [
        *(ChangeKind.OPENED, ChangeKind.PAGED, ChangeKind.RESOLVED)
    ]


async def test_a_drill_ends_when_it_is_acknowledged_and_only_once(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    drill = (await call(hass, "test_alert"))["incident_id"]
    news = listen(hass)
    await acknowledge(hass, drill)
    freezer.tick(Policy().drill_time + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert [each.change.kind for each in news] == [ChangeKind.RESOLVED]
    said = await refusal(hass, "acknowledge_incident", incident_id=drill)
    assert said.startswith(f"incident_id: no incident {drill} is known.")


async def test_a_drill_ends_with_the_watching(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    await call(hass, "test_alert")
    news = listen(hass)
    await hass.config_entries.async_unload(watched.entry_id)
    await hass.async_block_till_done()
    assert [each.change.kind for each in news] == [ChangeKind.RESOLVED]

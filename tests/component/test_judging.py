"""A server that fails and recovers, from the first look to the last, in Home Assistant."""

from dataclasses import replace

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.ha_mcp_sre import court
from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import ChangeKind, Incident
from custom_components.ha_mcp_sre.clock import ticks
from custom_components.ha_mcp_sre.news import INCIDENT_NEWS, IncidentNews
from tests.component.conftest import cycle, reload, state
from tests.fake_ha_mcp import FakeHaMcp

SEVERITY = "sensor.ha_mcp_severity"


@pytest.fixture
def news(hass: HomeAssistant) -> list[IncidentNews]:
    """Return everything that is told from now on."""
    heard: list[IncidentNews] = []
    async_dispatcher_connect(hass, INCIDENT_NEWS, heard.append)
    return heard


def kinds(news: list[IncidentNews]) -> list[ChangeKind]:
    return [each.change.kind for each in news]


def incidents(entry: MockConfigEntry) -> tuple[Incident, ...]:
    found: tuple[Incident, ...] = entry.runtime_data.incidents
    return found


async def test_a_server_that_dies_is_an_incident_at_once(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, news: list[IncidentNews]
) -> None:
    await ha_mcp.stop()
    await cycle(hass, watched)

    (incident,) = incidents(watched)
    assert (incident.rule, incident.severity) == (RuleKey.SERVER_DOWN, Severity.P0)
    assert incident.evidence["kind"] == "refused"
    assert state(hass, SEVERITY) == "p0"
    assert [(each.change.kind, each.before, each.after) for each in news] == [
        (ChangeKind.OPENED, None, Severity.P0)
    ]


async def test_an_outage_has_a_beginning_a_page_and_an_end(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    news: list[IncidentNews],
    freezer: FrozenDateTimeFactory,
) -> None:
    port = URL(ha_mcp.url).port or 0
    await ha_mcp.stop()
    await cycle(hass, watched)
    freezer.tick(61)
    await cycle(hass, watched)
    assert kinds(news) == [ChangeKind.OPENED, ChangeKind.PAGED]

    await ha_mcp.start(port)
    freezer.tick(10)
    await cycle(hass, watched)
    freezer.tick(121)
    await cycle(hass, watched)

    assert kinds(news)[2:] == [ChangeKind.RESOLVED]
    assert state(hass, SEVERITY) == "none"
    (incident,) = incidents(watched)
    assert incident.duration(0) == pytest.approx(71, abs=5)


async def test_an_outage_lasts_no_longer_because_the_machine_slept(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    news: list[IncidentNews],
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await ha_mcp.stop()
    await cycle(hass, watched)
    asleep = ticks()
    monkeypatch.setattr(court, "ticks", lambda: asleep)
    freezer.tick(240)
    await cycle(hass, watched)
    assert kinds(news) == [ChangeKind.OPENED]


async def test_an_incident_outlives_a_reload(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, news: list[IncidentNews]
) -> None:
    await ha_mcp.stop()
    await cycle(hass, watched)
    before = incidents(watched)[0]

    await reload(hass, watched)
    await cycle(hass, watched)

    (after,) = incidents(watched)
    assert (after.id, after.started_at) == (before.id, before.started_at)
    assert kinds(news) == [ChangeKind.OPENED]
    assert state(hass, SEVERITY) == "p0"


async def test_an_outage_that_a_reload_may_explain_is_no_incident_yet(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await hass.config_entries.async_unload(watched.entry_id)
    await ha_mcp.stop()
    await hass.config_entries.async_setup(watched.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert watched.state is ConfigEntryState.LOADED
    await cycle(hass, watched)
    assert not incidents(watched)

    freezer.tick(121)
    await cycle(hass, watched)
    assert incidents(watched)[0].rule is RuleKey.SERVER_DOWN


async def test_who_acknowledges_before_the_page_is_not_paged(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    news: list[IncidentNews],
    freezer: FrozenDateTimeFactory,
) -> None:
    await ha_mcp.stop()
    await cycle(hass, watched)

    assert watched.runtime_data.acknowledge(incidents(watched)[0].id)
    assert not watched.runtime_data.acknowledge(incidents(watched)[0].id)
    freezer.tick(3600)
    await cycle(hass, watched)

    assert kinds(news) == [ChangeKind.OPENED, ChangeKind.ACKNOWLEDGED]


async def test_in_maintenance_nobody_is_paged_and_it_ends_by_itself(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    news: list[IncidentNews],
    freezer: FrozenDateTimeFactory,
) -> None:
    watched.runtime_data.set_maintenance(freezer().timestamp() + 7200)
    await ha_mcp.stop()
    freezer.tick(600)
    await cycle(hass, watched)
    freezer.tick(600)
    await cycle(hass, watched)
    assert kinds(news) == [ChangeKind.OPENED]
    assert state(hass, "switch.ha_mcp_maintenance") == "on"

    freezer.tick(6001)
    await cycle(hass, watched)

    assert kinds(news) == [ChangeKind.OPENED, ChangeKind.PAGED]
    assert state(hass, "switch.ha_mcp_maintenance") == "off"


async def test_maintenance_outlives_a_reload(
    hass: HomeAssistant, watched: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    until = freezer().timestamp() + 7200
    watched.runtime_data.set_maintenance(until)

    await reload(hass, watched)

    assert watched.runtime_data.data.judgement.maintenance_until == until


async def test_a_server_that_is_down_is_looked_at_more_often(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    coordinator = watched.runtime_data
    coordinator.policy = coordinator._court._policy = replace(
        coordinator.policy, down_intervals=(1, 2, 4)
    )
    waits = []
    await ha_mcp.stop()
    for _ in range(4):
        await cycle(hass, watched)
        waits.append(coordinator.update_interval.total_seconds())

    assert waits == [1, 2, 4, 4]


async def test_the_budget_knows_of_the_outage(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await ha_mcp.stop()
    for _ in range(5):
        freezer.tick(60)
        await cycle(hass, watched)

    await reload(hass, watched)

    (availability, *_) = watched.runtime_data.data.judgement.budgets.values()
    assert availability.tally.bad == 5
    assert availability.remaining == pytest.approx(100 - 100 * 5 / (0.005 * 28 * 1440))


async def test_a_look_that_ends_late_does_not_undo_a_newer_one(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, news: list[IncidentNews]
) -> None:
    coordinator = watched.runtime_data
    coordinator._newest = float("inf")
    await ha_mcp.stop()

    await cycle(hass, watched)

    assert news == []
    assert state(hass, SEVERITY) == "none"


async def test_after_the_unloading_nothing_is_decided(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, news: list[IncidentNews]
) -> None:
    coordinator = watched.runtime_data
    await hass.config_entries.async_unload(watched.entry_id)
    await ha_mcp.stop()

    assert await coordinator._async_update_data() is coordinator.data
    assert news == []

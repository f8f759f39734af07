"""A red default branch of ha-mcp's own project, told by one server."""

from collections.abc import AsyncIterator
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.address import unique_id
from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.const import DOMAIN
from tests.component.conftest import cycle
from tests.component.project import HOUR, NOW, WatchedGitHub, look, project_entry, set_up
from tests.fake_ha_mcp import FakeHaMcp
from tests.observe.fake_registry import FakeRegistry


@pytest.fixture
def red(
    github: WatchedGitHub, registry: FakeRegistry, freezer: FrozenDateTimeFactory
) -> MockConfigEntry:
    """Return the project, of which a test has failed for 30 hours."""
    freezer.move_to(NOW)
    github.runs.clear()
    github.run(github.now - 50 * HOUR)
    for hours in (30, 2):
        github.run(github.now - hours * HOUR, conclusion="failure")
    return project_entry()


@pytest.fixture
async def other(socket_enabled: None) -> AsyncIterator[FakeHaMcp]:
    """Return another ha-mcp."""
    server = FakeHaMcp()
    await server.start()
    yield server
    await server.stop()


def told(entry: MockConfigEntry) -> list[tuple[RuleKey, Severity]]:
    """Return the open incidents of a server."""
    return [(each.rule, each.severity) for each in entry.runtime_data.incidents if each.is_open]


async def test_a_branch_that_is_red_for_more_than_a_day_is_an_incident_until_it_is_green(
    hass: HomeAssistant,
    red: MockConfigEntry,
    entry: MockConfigEntry,
    github: WatchedGitHub,
    freezer: FrozenDateTimeFactory,
) -> None:
    await set_up(hass, entry)
    assert told(entry) == []

    await set_up(hass, red)
    await cycle(hass, entry)
    assert told(entry) == [(RuleKey.UPSTREAM_RED, Severity.P3)]
    (incident,) = entry.runtime_data.incidents
    assert incident.evidence == {"days": 1, "workflows": 1}

    freezer.tick(timedelta(hours=2))
    github.run(github.now + HOUR)
    await look(hass, red)
    await cycle(hass, entry)
    assert told(entry) == []


async def test_of_two_servers_the_one_that_was_added_first_tells_of_it(
    hass: HomeAssistant, red: MockConfigEntry, entry: MockConfigEntry, other: FakeHaMcp
) -> None:
    await set_up(hass, red)
    await set_up(hass, entry)
    second = MockConfigEntry(
        domain=DOMAIN,
        title="second",
        unique_id=unique_id(other.url),
        data={"mode": "http", "url": other.url, "verify_ssl": True},
    )
    await set_up(hass, second)
    await cycle(hass, entry)
    await cycle(hass, second)
    assert told(entry) == [(RuleKey.UPSTREAM_RED, Severity.P3)]
    assert told(second) == []


@pytest.mark.parametrize("away", ["removed", "disabled"])
async def test_an_incident_ends_when_the_project_is_no_longer_watched(
    hass: HomeAssistant,
    red: MockConfigEntry,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    away: str,
) -> None:
    await set_up(hass, red)
    await set_up(hass, entry)
    await cycle(hass, entry)
    assert told(entry) == [(RuleKey.UPSTREAM_RED, Severity.P3)]
    if away == "removed":
        await hass.config_entries.async_remove(red.entry_id)
    else:
        by = ConfigEntryDisabler.USER
        await hass.config_entries.async_set_disabled_by(red.entry_id, by)
    await cycle(hass, entry)
    freezer.tick(timedelta(hours=1))
    await cycle(hass, entry)
    assert told(entry) == []


async def test_an_incident_stays_while_the_project_is_only_not_loaded(
    hass: HomeAssistant,
    red: MockConfigEntry,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    await set_up(hass, red)
    await set_up(hass, entry)
    await cycle(hass, entry)
    await hass.config_entries.async_unload(red.entry_id)
    await cycle(hass, entry)
    freezer.tick(timedelta(hours=1))
    await cycle(hass, entry)
    assert told(entry) == [(RuleKey.UPSTREAM_RED, Severity.P3)]


async def test_while_the_project_is_not_watched_nothing_is_told_of_it(
    hass: HomeAssistant, red: MockConfigEntry, entry: MockConfigEntry
) -> None:
    await set_up(hass, red)
    await hass.config_entries.async_unload(red.entry_id)
    await set_up(hass, entry)
    assert told(entry) == []

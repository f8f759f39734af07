"""Conditions, through automations."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import async_get_all_descriptions
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.finding import Severity
from custom_components.ha_mcp_sre.condition import _CONDITIONS
from tests.component.automations import automate, is_valid
from tests.component.conftest import cycle
from tests.component.telling import incident, judge
from tests.fake_ha_mcp import FakeHaMcp
from tests.shipped import ICONS, STRINGS

ASKED = {"trigger": "event", "event_type": "asked"}


def at_least(severity: str, **options: Any) -> dict[str, Any]:
    return {
        "condition": "ha_mcp_sre.severity_at_least",
        "options": {"severity": severity, **options},
    }


async def is_met(hass: HomeAssistant, condition: dict[str, Any]) -> bool:
    """Return whether an automation with this condition runs."""
    runs = await automate(hass, when=ASKED, only_if=condition)
    assert is_valid(hass)
    hass.bus.async_fire("asked")
    await hass.async_block_till_done()
    return bool(runs)


@pytest.mark.parametrize("least", Severity)
@pytest.mark.parametrize("worst", Severity)
async def test_an_incident_that_is_as_bad_or_worse_meets_it(
    hass: HomeAssistant, watched: MockConfigEntry, worst: Severity, least: Severity
) -> None:
    judge(watched, incident(severity=worst))
    assert await is_met(hass, at_least(least)) is (worst <= least)


async def test_without_an_incident_it_is_not_met(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    assert not await is_met(hass, at_least("p3"))


@pytest.mark.parametrize("server", ["entry", ["other", "entry"], None])
async def test_any_server_that_is_meant_meets_it(
    hass: HomeAssistant, watched: MockConfigEntry, server: str | list[str] | None
) -> None:
    MockConfigEntry(domain="ha_mcp_sre", entry_id="other").add_to_hass(hass)
    judge(watched, incident())
    options = {} if server is None else {"server": server}
    assert await is_met(hass, at_least("p0", **options))


async def test_another_server_than_the_one_that_is_meant_does_not_meet_it(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    MockConfigEntry(domain="ha_mcp_sre", entry_id="other").add_to_hass(hass)
    judge(watched, incident())
    assert not await is_met(hass, at_least("p3", server="other"))


async def test_a_server_that_is_not_watched_now_does_not_meet_it(
    hass: HomeAssistant, watched: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    judge(watched, incident())
    await hass.config_entries.async_unload(watched.entry_id)
    assert not await is_met(hass, at_least("p3"))
    assert "Error evaluating condition" not in caplog.text


async def test_a_server_that_is_really_down_meets_it(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    await cycle(hass, watched)
    assert await is_met(hass, at_least("p0"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"server": "no_such", "severity": "p1"}, "no_such is not the config entry"),
        ({"severity": "bad"}, "value must be one of ['p0', 'p1', 'p2', 'p3']"),
        ({}, "required key not provided at 'options.severity'"),
    ],
)
async def test_an_option_that_is_wrong_is_named(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    options: dict[str, str],
    said: str,
) -> None:
    condition = {"condition": "ha_mcp_sre.severity_at_least", "options": options}
    await automate(hass, when=ASKED, only_if=condition)
    assert not is_valid(hass)
    assert said in caplog.text


async def test_the_editor_knows_every_condition(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    found = await async_get_all_descriptions(hass)
    for name in _CONDITIONS:
        described = found[f"ha_mcp_sre.{name}"]
        assert described is not None
        assert set(described["fields"]) == set(STRINGS["conditions"][name]["fields"])


def test_every_condition_has_texts_and_an_icon() -> None:
    assert set(STRINGS["conditions"]) == set(ICONS["conditions"]) == set(_CONDITIONS)

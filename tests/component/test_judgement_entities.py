"""What is believed of incidents and objectives, as entities show it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.objectives import BURN_WINDOWS, Budget, Objective
from custom_components.ha_mcp_sre.assess.tally import Tally
from tests.component.conftest import reload, state
from tests.component.telling import BEGAN, incident, judge

SEVERITY = "sensor.ha_mcp_severity"
OPEN = "sensor.ha_mcp_open_incidents"
AVAILABILITY = "sensor.ha_mcp_availability"
REMAINING = "sensor.ha_mcp_error_budget_remaining"
BURN = "sensor.ha_mcp_burn_rate"


def shown(hass: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """Return the attributes of an entity that must exist."""
    found = hass.states.get(entity_id)
    assert found is not None
    return dict(found.attributes)


async def test_without_an_incident_severity_is_none_and_nothing_is_open(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    judge(watched)
    assert (state(hass, SEVERITY), state(hass, OPEN)) == ("none", "0")
    assert shown(hass, OPEN)["incidents"] == []
    assert "rule" not in shown(hass, SEVERITY)


@pytest.mark.parametrize("severity", Severity)
async def test_severity_is_that_of_the_open_incident(
    hass: HomeAssistant, watched: MockConfigEntry, severity: Severity
) -> None:
    judge(watched, incident(severity=severity))
    assert state(hass, SEVERITY) == severity
    assert severity in shown(hass, SEVERITY)["options"]


async def test_severity_says_what_is_wrong_of_what_and_since_when(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    broken = incident(rule=RuleKey.TOOL_BROKEN, subject="ha_search")
    minor = incident(id="two", rule=RuleKey.SLOW_START, severity=Severity.P3)
    judge(watched, broken, minor)
    attributes = shown(hass, SEVERITY)
    assert attributes["rule"] == "tool_broken"
    assert attributes["subject"] == "ha_search"
    assert attributes["incident_id"] == incident().id
    assert attributes["since"] == datetime.fromtimestamp(BEGAN, UTC)


async def test_open_incidents_lists_all_of_them_and_keeps_the_list_out_of_the_database(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    down = incident(acknowledged_at=BEGAN + 60, acknowledged=Severity.P0)
    minor = incident(id="two", rule=RuleKey.SLOW_START, severity=Severity.P3)
    worse = replace(down, id="three", acknowledged=Severity.P1)
    judge(watched, down, minor, worse)
    found = hass.states.get(OPEN)
    assert found is not None
    assert found.state == "3"
    assert [
        (each["id"], each["severity"], each["rule"], each["acknowledged"])
        for each in found.attributes["incidents"]
    ] == [
        (incident().id, "p0", "server_down", True),
        ("two", "p3", "slow_start", False),
        ("three", "p0", "server_down", False),
    ]
    assert found.state_info is not None
    assert "incidents" in found.state_info["unrecorded_attributes"]


@pytest.mark.parametrize(
    "budgets", [{}, {each: Budget(target=99) for each in Objective}], ids=["none", "empty"]
)
async def test_nothing_known_of_an_objective_is_unknown_and_no_zero(
    hass: HomeAssistant, watched: MockConfigEntry, budgets: dict[Objective, Budget]
) -> None:
    judge(watched, budgets=budgets)
    assert {state(hass, each) for each in (AVAILABILITY, REMAINING, BURN)} == {"unknown"}
    values = {
        value
        for each in (REMAINING, BURN)
        for name, value in shown(hass, each).items()
        if name in set(Objective) or name.startswith("last_")
    }
    assert values == {None}


async def test_availability_shows_the_minutes_behind_it(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    budget = Budget(
        target=99.5, tally=Tally(good=40_000, bad=1, excluded=30), achieved=99.9975, unknown=0.72
    )
    judge(watched, budgets={Objective.AVAILABILITY: budget})
    assert float(state(hass, AVAILABILITY)) == pytest.approx(99.998)
    assert {
        "target": 99.5,
        "minutes_down": 1,
        "minutes_excluded": 30,
        "unknown": 0.7,
    }.items() <= shown(hass, AVAILABILITY).items()


async def test_the_error_budget_is_that_of_the_objective_with_the_least_left(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    budgets = {
        Objective.AVAILABILITY: Budget(target=99.5, remaining=87.53, remaining_minutes=176.4),
        Objective.TOOL_SUCCESS: Budget(target=99, remaining=-12.34, exhausted_in=0.0),
        Objective.LATENCY: Budget(target=95),
    }
    judge(watched, budgets=budgets)
    assert state(hass, REMAINING) == "-12.3"
    attributes = shown(hass, REMAINING)
    assert attributes["objective"] == "tool_success"
    assert (attributes["minutes_left"], attributes["exhausted_in_days"]) == (None, 0.0)
    assert {each: attributes[each] for each in Objective} == {
        "availability": 87.5,
        "tool_success": -12.3,
        "latency": None,
        "startup": None,
    }


async def test_the_error_budget_says_how_many_minutes_are_left(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    budget = Budget(target=99.5, remaining=87.53, remaining_minutes=176.4, exhausted_in=12.34)
    judge(watched, budgets={Objective.AVAILABILITY: budget})
    attributes = shown(hass, REMAINING)
    assert attributes["objective"] == "availability"
    assert (attributes["minutes_left"], attributes["exhausted_in_days"]) == (176, 12.3)


async def test_the_burn_rate_is_the_faster_one_of_availability_and_tool_success(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    budgets = {
        Objective.AVAILABILITY: Budget(target=99.5, burn={3600: 0.0, 300: 3.0}),
        Objective.TOOL_SUCCESS: Budget(target=99, burn={3600: 14.456, 300: None}),
        Objective.LATENCY: Budget(target=95, burn={3600: 20.0, 300: 20.0}),
    }
    judge(watched, budgets=budgets)
    assert state(hass, BURN) == "14.46"
    attributes = shown(hass, BURN)
    assert (attributes["last_hour"], attributes["last_5_minutes"]) == (14.46, 3.0)
    assert attributes["last_day"] is None
    assert attributes["unit_of_measurement"] == "\N{MULTIPLICATION SIGN}"


async def test_the_burn_rate_has_every_window_for_which_it_is_known(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    burn = {window: float(number) for number, window in enumerate(BURN_WINDOWS)}
    judge(watched, budgets={Objective.AVAILABILITY: Budget(target=99.5, burn=burn)})
    windows = [value for name, value in shown(hass, BURN).items() if name.startswith("last_")]
    assert windows == [0, 1, 2, 3, 4, 5, 6]


async def test_a_burn_of_zero_is_known(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    budget = Budget(target=99.5, burn={3600: 0.0})
    judge(watched, budgets={Objective.AVAILABILITY: budget})
    assert state(hass, BURN) == "0.0"


@pytest.mark.parametrize("entity_id", [SEVERITY, OPEN, AVAILABILITY, REMAINING, BURN])
async def test_all_of_them_are_there_after_a_reload(
    hass: HomeAssistant, watched: MockConfigEntry, entity_id: str
) -> None:
    await reload(hass, watched)
    assert state(hass, entity_id) != "unavailable"

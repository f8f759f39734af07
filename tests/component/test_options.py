"""The options of a server, as a person chooses them and as they are stored."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.finding import Severity
from custom_components.ha_mcp_sre.assess.objectives import Targets
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.options import (
    OBJECTIVES,
    PAGING,
    REPORT,
    Schedule,
    policy_of,
    schedule_of,
    targets_of,
)

DEFAULTS = {
    "tool_sensors": True,
    "notify_entities": [],
    "notify_severity": "p1",
    "grace_p0": 60,
    "grace_p1": 120,
    "maintenance_hours": 2,
    "target_availability": 99.5,
    "target_tool_success": 99,
    "target_latency": 95,
    "target_latency_seconds": 2,
    "target_startup": 90,
    "target_startup_seconds": 5,
    "report_day": "mon",
    "report_hour": 8,
}
NUMBERS = {**PAGING, **OBJECTIVES, **REPORT}
SECTION_OF = {
    **dict.fromkeys(PAGING, "notifications"),
    **dict.fromkeys(OBJECTIVES, "objectives"),
    **dict.fromkeys(REPORT, "report"),
}


async def ask(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    return await hass.config_entries.options.async_init(entry.entry_id)


async def answer(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    *,
    notifications: dict[str, Any] | None = None,
    objectives: dict[str, Any] | None = None,
    report: dict[str, Any] | None = None,
    **top: Any,
) -> ConfigFlowResult:
    """Fill in the form and send it off; what is not given stays at its default."""
    form = await ask(hass, entry)
    answers = {
        "notifications": notifications or {},
        "objectives": objectives or {},
        "report": report or {},
        **top,
    }
    result = await hass.config_entries.options.async_configure(form["flow_id"], answers)
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


def suggested(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what stands in the fields of a form, all sections together."""
    schema = form["data_schema"]
    assert schema is not None
    found = {}
    for fields in (schema.schema, *(schema.schema[each].schema.schema for each in SECTIONS)):
        for marker in fields:
            if marker.description is not None:
                found[str(marker)] = marker.description["suggested_value"]
    return found


SECTIONS = ("notifications", "objectives", "report")


async def test_a_form_that_is_sent_off_as_it_is_stores_the_defaults(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    result = await answer(hass, watched)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert watched.options == DEFAULTS


async def test_what_was_chosen_is_stored_flat(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    await answer(
        hass,
        watched,
        notifications={"notify_entities": ["notify.phone"], "notify_severity": "p0", "grace_p0": 0},
        objectives={"target_availability": 99.9},
        tool_sensors=False,
    )
    assert watched.options == DEFAULTS | {
        "notify_entities": ["notify.phone"],
        "notify_severity": "p0",
        "grace_p0": 0,
        "target_availability": 99.9,
        "tool_sensors": False,
    }


async def test_the_form_shows_what_was_chosen(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    chosen = DEFAULTS | {"notify_entities": ["notify.phone"], "target_latency": 97.5}
    hass.config_entries.async_update_entry(watched, options=chosen)
    assert suggested(await ask(hass, watched)) == chosen


async def test_options_that_were_saved_before_there_were_more_go_on_working(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(watched, options={"tool_sensors": False})
    form = await ask(hass, watched)
    assert suggested(form) == {"tool_sensors": False}
    assert policy_of(Policy(), watched.options).grace == Policy().grace
    assert targets_of(watched.options) == Targets()


def test_without_options_everything_is_as_the_policy_says() -> None:
    short = Policy(grace={Severity.P0: 1, Severity.P1: 2}, maintenance_time=3)
    assert policy_of(short, {}) == short
    assert targets_of({}) == Targets()


def test_every_option_has_its_effect() -> None:
    policy = policy_of(Policy(), {"grace_p0": 1, "grace_p1": 2, "maintenance_hours": 0.5})
    assert policy.grace == {Severity.P0: 1, Severity.P1: 2}
    assert policy.maintenance_time == 1800
    numbers = dict(zip(OBJECTIVES, (91, 92, 93, 3, 94, 6), strict=True))
    assert targets_of(numbers) == Targets(91, 92, 93, 94, 3, 6)


def test_the_defaults_of_the_form_are_those_of_the_policy_and_the_targets() -> None:
    defaults = {key: number.default for key, number in NUMBERS.items()}
    assert policy_of(Policy(), defaults) == Policy()
    assert targets_of(defaults) == Targets()


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("end", ["lowest", "highest"])
async def test_a_number_may_be_as_low_and_as_high_as_its_bounds(
    hass: HomeAssistant, watched: MockConfigEntry, key: str, end: str
) -> None:
    section = SECTION_OF[key]
    bound = getattr(NUMBERS[key], end)
    result = await answer(hass, watched, **{section: {key: bound}})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert watched.options[key] == bound


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("by", [-0.001, 0.001, float("inf"), float("nan")])
async def test_a_number_out_of_bounds_is_refused_by_its_name_and_stays_in_the_form(
    hass: HomeAssistant, watched: MockConfigEntry, key: str, by: float
) -> None:
    number = NUMBERS[key]
    section = SECTION_OF[key]
    typed = (number.lowest if by < 0 else number.highest) + by
    result = await answer(hass, watched, **{section: {key: typed}})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {section: key}
    assert suggested(result)[key] == pytest.approx(typed, nan_ok=True)
    assert watched.options == {}


async def test_both_sections_can_have_an_error(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    result = await answer(
        hass,
        watched,
        notifications={"grace_p1": -1},
        objectives={"target_latency": 100, "target_startup": 0},
    )
    assert result["errors"] == {"notifications": "grace_p1", "objectives": "target_latency"}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"notify_entities": ["light.lamp"]}, "notify_entities"),
        ({"notify_entities": "everybody"}, "notify_entities"),
        ({"notify_severity": "p9"}, "notify_severity"),
        ({"grace_p0": "soon"}, "grace_p0"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_what_no_form_sends_is_refused_by_its_name(
    hass: HomeAssistant, watched: MockConfigEntry, typed: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidData) as refused:
        await answer(hass, watched, notifications=typed)
    assert field in str(refused.value.schema_errors)
    assert watched.options == {}


def test_without_options_the_report_is_written_on_monday_morning() -> None:
    assert schedule_of({}) == Schedule(weekday=0, hour=8, ai_task=None)


def test_what_was_chosen_about_the_report_has_its_effect() -> None:
    chosen = {"report_day": "sun", "report_hour": 21.0, "report_ai_task": "ai_task.local"}
    assert schedule_of(chosen) == Schedule(weekday=6, hour=21, ai_task="ai_task.local")


def test_the_report_need_not_be_written_by_itself() -> None:
    assert schedule_of({"report_day": "never"}).weekday is None


async def test_only_the_server_that_was_added_first_has_options_of_the_report(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    second = MockConfigEntry(domain="ha_mcp_sre", data=watched.data, unique_id="second")
    second.add_to_hass(hass)
    first, later = await ask(hass, watched), await ask(hass, second)
    assert first["data_schema"] is not None
    assert later["data_schema"] is not None
    assert "report" in first["data_schema"].schema
    assert "report" not in later["data_schema"].schema


async def test_who_takes_the_ai_out_of_the_form_has_it_no_more(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    await answer(hass, watched, report={"report_ai_task": "ai_task.local"})
    await answer(hass, watched)
    assert watched.options == DEFAULTS

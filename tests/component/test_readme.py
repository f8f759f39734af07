"""What the README says of incidents, and the automations that it offers."""

from datetime import datetime, timedelta
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.persistent_notification import _async_get_or_create_notifications
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.history import STARTS_KEPT
from custom_components.ha_mcp_sre.assess.objectives import (
    FAST_BURN,
    SLOW_BURN,
    WINDOW_DAYS,
    Targets,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.rules import RULES
from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.notifier import MOST_MESSAGES
from tests.component.automations import call, incidents
from tests.component.conftest import cycle
from tests.component.supervised import supervised
from tests.fake_ha_mcp import FakeHaMcp
from tests.fake_supervisor import SLUG
from tests.shipped import STRINGS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
MEND, MORNING, TAKE_CARE, DRILL = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)

POLICY, TARGETS = Policy(), Targets()
MINUTE, DAY, MEBIBYTE = 60, 86_400, 1024**2

NUMBERS: dict[RuleKey, set[float]] = {
    RuleKey.SERVER_DOWN: set(),
    RuleKey.LINK_BROKEN: {POLICY.link_failures},
    RuleKey.TOKEN_REJECTED: set(),
    RuleKey.TOOLS_FAILING: {
        FAST_BURN.rate,
        RULES[RuleKey.TOOLS_FAILING].hold / MINUTE,
        FAST_BURN.short / MINUTE,
        TARGETS.tool_success,
        FAST_BURN.rate * (100 - TARGETS.tool_success),
    },
    RuleKey.TOOL_BROKEN: {POLICY.tool_broken_calls},
    RuleKey.RESTART_LOOP: {POLICY.restart_loop},
    RuleKey.SLOW: {
        POLICY.slow_calls,
        POLICY.slow_window / MINUTE,
        100 - TARGETS.latency,
        TARGETS.latency_seconds,
        POLICY.slow_factor,
        POLICY.slow_floor,
        POLICY.baseline_window / DAY,
    },
    RuleKey.BUDGET_BURNING: {SLOW_BURN.rate, SLOW_BURN.long / 3600, SLOW_BURN.short / MINUTE},
    RuleKey.RECONNECT_STORM: {POLICY.reconnect_storm},
    RuleKey.MEMORY_GROWING: {POLICY.memory_growth, POLICY.memory_growth_bytes / MEBIBYTE},
    RuleKey.WORSE_AFTER_UPDATE: {
        POLICY.change_window / DAY,
        POLICY.change_calls,
        100 * POLICY.change_chance,
    },
    RuleKey.SERVER_STOPPED: {RULES[RuleKey.SERVER_STOPPED].hold / MINUTE},
    RuleKey.SLOW_START: {POLICY.slow_start_factor, STARTS_KEPT - 1},
    RuleKey.TOKEN_EXPIRING: {POLICY.token_expiry / DAY},
    RuleKey.RESTART_NEEDED: {RULES[RuleKey.RESTART_NEEDED].hold / MINUTE},
    RuleKey.USAGE_LOG_LARGE: {POLICY.usage_log_limit / 1e6},
    RuleKey.UPDATE_WAITING: {POLICY.update_patience / DAY},
    RuleKey.UPSTREAM_RED: {POLICY.red_patience / 3600},
}
"""The numbers that decide when a rule holds, in the units of its row."""


def rules() -> dict[tuple[str, str, str], str]:
    """Return when each rule holds, by severity, summary and section of the runbooks."""
    row = r"^\| (P\d) \| \[([^\]]+)\]\(docs/runbooks\.md#([\w-]+)\) \| (.+) \|$"
    return {(each[0], each[1], each[2]): each[3] for each in re.findall(row, README, re.MULTILINE)}


def of(key: RuleKey) -> tuple[str, str, str]:
    """Return what a rule's row begins with."""
    summary: str = STRINGS["selector"]["rule"]["options"][key]
    return RULES[key].severity.upper(), summary, RULES[key].runbook


def listed(title: str) -> set[str]:
    """Return what a table lists in its first column, which has this title, without our domain."""
    (table,) = re.findall(rf"^\| {title} \|.*?\n\n", README, re.DOTALL | re.MULTILINE)
    return set(re.findall(rf"^\| `{DOMAIN}\.(\w+)` \|", table, re.MULTILINE))


async def parsed(hass: HomeAssistant, example: str) -> Any:
    """Return an example as Home Assistant reads it."""
    return await hass.async_add_executor_job(parse_yaml, example)


async def automate(hass: HomeAssistant, example: str) -> None:
    """Set up an automation of the README."""
    config = {"alias": "Readme", **await parsed(hass, example)}
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()
    found = hass.states.get("automation.readme")
    assert found is not None
    assert found.state == "on"


async def be_down_for(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
    seconds: float,
) -> None:
    await ha_mcp.stop()
    await cycle(hass, entry)
    freezer.tick(seconds)
    await cycle(hass, entry)


def test_the_table_of_rules_is_that_of_the_code() -> None:
    assert list(rules()) == [of(key) for key in RuleKey]


@pytest.mark.parametrize("key", RuleKey)
def test_the_numbers_of_a_rule_are_those_of_the_code(key: RuleKey) -> None:
    said = {float(each) for each in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", rules()[of(key)])}
    assert sorted(said) == pytest.approx(sorted(NUMBERS[key]))


def test_the_targets_are_those_of_the_code() -> None:
    rows = dict(re.findall(r"^\| ([A-Z][\w -]+) \| ([\d.]+) % \|", README, re.MULTILINE))
    assert {name: float(target) for name, target in rows.items()} == {
        "Availability": TARGETS.availability,
        "Tool success": TARGETS.tool_success,
        "Latency": TARGETS.latency,
        "Start-up": TARGETS.startup,
    }
    assert f"less than {TARGETS.latency_seconds:g} s" in README
    assert f"less than {TARGETS.startup_seconds:g} s" in README


def test_the_error_budget_is_as_long_as_it_says() -> None:
    minutes = round(WINDOW_DAYS * 1440 * (100 - TARGETS.availability) / 100)
    assert f"{minutes // 60} hours and {minutes % 60} minutes in {WINDOW_DAYS} days" in README


def test_the_times_of_an_incident_are_those_of_the_code() -> None:
    p0, p1 = POLICY.grace.values()
    assert f"| {p0:g} s, {p1:g} s |" in README
    assert f"A P0 has lasted {p0:g} s, a P1 {p1:g} s" in README
    (clean,) = {POLICY.clean_time[severity] for severity in POLICY.grace}
    slow = POLICY.clean_time[RuleKey.SLOW]
    assert (
        f"has been clean for {clean / MINUTE:g} minutes, a slow ha-mcp for {slow / MINUTE:g},"
        in README
    )
    assert POLICY.easing == 0.5
    assert "about half as much is enough for an incident to go on" in README
    assert f"come back within {POLICY.reopen_window / MINUTE:g} minutes" in README
    assert f"for {POLICY.suppression:g} s at most" in README
    assert POLICY.brief_outages == 3
    assert "The third of its kind within an hour is paged at once" in README
    assert f"| {POLICY.maintenance_time / 3600:g} h |" in README
    assert f"Of more than {MOST_MESSAGES} within an hour" in README
    assert f"It ends after {POLICY.drill_time / MINUTE:g} minutes" in README


def test_the_looks_at_a_server_that_is_down_are_those_of_the_code() -> None:
    *waits, last = (f"{each:g}" for each in POLICY.down_intervals)
    assert f"while it is down after {', '.join(waits)} and then every {last}," in README


def test_the_requests_to_github_are_those_of_the_code() -> None:
    times = f"{POLICY.github_budget} times"
    assert f"without a token at most {times}" in README
    for step in ("project", "reauth_confirm"):
        assert times in STRINGS["config"]["step"][step]["data_description"]["token"]


@pytest.mark.parametrize(
    ("title", "texts"),
    [("Trigger", "triggers"), ("Condition", "conditions"), ("Action", "services")],
)
def test_every_trigger_condition_and_action_is_listed(title: str, texts: str) -> None:
    assert listed(title) == set(STRINGS[texts])


async def test_the_app_is_restarted_when_it_is_down_for_good(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with supervised(hass, monkeypatch) as supervisor:
        await automate(hass, MEND)
        restart = f"POST /addons/{SLUG}/restart"
        await be_down_for(hass, watched, ha_mcp, freezer, POLICY.grace[Severity.P0] - 1)
        assert restart not in supervisor.requests
        freezer.tick(2)
        await cycle(hass, watched)
        assert supervisor.requests.count(restart) == 1


async def test_a_drill_restarts_nothing(
    hass: HomeAssistant, watched: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with supervised(hass, monkeypatch) as supervisor:
        await automate(hass, MEND)
        await call(hass, "test_alert", severity="p0")
        await hass.async_block_till_done(wait_background_tasks=True)
        assert f"POST /addons/{SLUG}/restart" not in supervisor.requests


# The automation waits for the next morning.
@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.parametrize("down", [True, False])
async def test_what_is_open_is_told_in_the_morning_and_nothing_if_nothing_is(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
    down: bool,
) -> None:
    assert await async_setup_component(hass, "persistent_notification", {})
    await automate(hass, MORNING)
    if down:
        await ha_mcp.stop()
        await cycle(hass, watched)
    told = _async_get_or_create_notifications(hass)
    morning = datetime.combine(dt_util.now().date() + timedelta(days=1), datetime.min.time())
    freezer.move_to(morning.replace(hour=8, tzinfo=dt_util.get_default_time_zone()))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    messages = [each["message"] for each in told.values() if each["title"] == "ha-mcp"]
    assert messages == (["p0: ha-mcp is down"] if down else [])


async def test_the_script_acknowledges_the_worst_incident(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    script = {"script": {"take_care": await parsed(hass, TAKE_CARE)}}
    assert await async_setup_component(hass, "script", script)
    await ha_mcp.stop()
    await cycle(hass, watched)
    await hass.services.async_call("script", "take_care", blocking=True)
    (incident,) = await incidents(hass)
    assert incident["status"] == "acknowledged"


async def test_the_drill_is_paged_and_believed_by_nobody(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    script = {"script": {"drill": {"sequence": [await parsed(hass, DRILL)]}}}
    assert await async_setup_component(hass, "script", script)
    await hass.services.async_call("script", "drill", blocking=True)
    await hass.async_block_till_done()
    told = _async_get_or_create_notifications(hass)
    assert [each["title"] for each in told.values()] == ["Test: ha-mcp is down"]
    assert await incidents(hass) == []

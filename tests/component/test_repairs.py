"""The fix flows, over Home Assistant's own HTTP API, about incidents of a server that is down."""

from collections.abc import Awaitable, Callable
import json
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.ha_mcp_sre as integration
from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.rules import RULES
from custom_components.ha_mcp_sre.assess.signals import Mode
from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.drill import start_drill
from custom_components.ha_mcp_sre.remedies import Outcome, Remedy, remedies_for
from custom_components.ha_mcp_sre.reporter import TROUBLES
from tests.component.conftest import cycle, reload
from tests.component.telling import get_worse, issues, prompt, reading
from tests.fake_ha_mcp import SECRET_PATH, FakeHaMcp
from tests.shipped import STRINGS

type Http = TestClient[Any, Any]
type Step = dict[str, Any]

FIX = "/api/repairs/issues/fix"


@pytest.fixture(autouse=True)
def at_once(short_policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have people told at once."""
    monkeypatch.setattr(integration, "POLICY", prompt(short_policy))


@pytest.fixture
async def http(
    hass: HomeAssistant, watched: MockConfigEntry, hass_client: Callable[[], Awaitable[Http]]
) -> Http:
    """Return a browser."""
    assert await async_setup_component(hass, "repairs", {})
    return await hass_client()


@pytest.fixture
async def down(hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp) -> int:
    """Have the server gone; return the port that it had."""
    assert ha_mcp.server is not None
    port = ha_mcp.server.port
    assert port is not None
    await ha_mcp.stop()
    await cycle(hass, watched)
    return port


async def come_back(
    hass: HomeAssistant,
    ha_mcp: FakeHaMcp,
    watched: MockConfigEntry,
    port: int,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Have the server up again for so long that its incident is over."""
    await ha_mcp.start(port)
    await cycle(hass, watched)
    freezer.tick(121)
    await cycle(hass, watched)
    assert watched.runtime_data.data.judgement.incidents == ()


async def begin(hass: HomeAssistant, http: Http) -> Step:
    """Open the only repair."""
    (issue,) = issues(hass)
    answer = await http.post(FIX, json={"handler": DOMAIN, "issue_id": issue.issue_id})
    assert answer.status == 200
    step: Step = await answer.json()
    return step


async def choose(hass: HomeAssistant, http: Http, step: Step, remedy: Remedy) -> Step:
    """Choose from the menu, and wait as a browser does."""
    page = f"{FIX}/{step['flow_id']}"
    answer = await http.post(page, json={"next_step_id": remedy})
    step = await answer.json()
    while step["type"] == "progress":
        await hass.async_block_till_done()
        step = await (await http.get(page)).json()
    return step


async def test_the_menu_offers_what_helps_there(hass: HomeAssistant, http: Http, down: int) -> None:
    step = await begin(hass, http)
    assert (step["type"], step["step_id"]) == ("menu", "init")
    assert step["menu_options"] == ["probe", "acknowledge", "runbook"]
    assert step["description_placeholders"]["reason"] == "Connection refused"


async def test_what_got_worse_can_be_acknowledged_again(
    hass: HomeAssistant, http: Http, watched: MockConfigEntry, down: int
) -> None:
    get_worse(watched)
    step = await begin(hass, http)
    assert "acknowledge" in step["menu_options"]


async def test_what_is_still_broken_keeps_its_repair(
    hass: HomeAssistant, http: Http, down: int
) -> None:
    step = await choose(hass, http, await begin(hass, http), Remedy.PROBE)
    assert (step["type"], step["reason"]) == ("abort", "not_mended")
    assert len(issues(hass)) == 1


async def test_what_was_mended_elsewhere_is_over_after_a_look(
    hass: HomeAssistant, http: Http, ha_mcp: FakeHaMcp, watched: MockConfigEntry, down: int
) -> None:
    step = await begin(hass, http)
    await ha_mcp.start(down)
    assert (await choose(hass, http, step, Remedy.PROBE))["type"] == "create_entry"
    await cycle(hass, watched)
    assert issues(hass) == []


async def test_what_comes_back_before_its_incident_is_over_has_its_repair_again(
    hass: HomeAssistant, http: Http, ha_mcp: FakeHaMcp, watched: MockConfigEntry, down: int
) -> None:
    step = await begin(hass, http)
    await ha_mcp.start(down)
    await choose(hass, http, step, Remedy.PROBE)
    with reading(hass) as told:
        await ha_mcp.stop()
        await cycle(hass, watched)
    assert len(issues(hass)) == 1
    assert told == {}


async def test_after_a_reload_the_repair_and_the_notification_are_there_again(
    hass: HomeAssistant, watched: MockConfigEntry, down: int
) -> None:
    with reading(hass) as told:
        await reload(hass, watched)
    assert len(issues(hass)) == 1
    assert [each["title"] for each in told.values()] == ["ha-mcp is down"]


async def test_what_somebody_ignores_stays_ignored_after_a_reload(
    hass: HomeAssistant, watched: MockConfigEntry, down: int
) -> None:
    (issue,) = issues(hass)
    ir.async_ignore_issue(hass, DOMAIN, issue.issue_id, ignore=True)
    for _ in range(2):
        await reload(hass, watched)
    (issue,) = issues(hass)
    assert issue.dismissed_version is not None
    ir.async_ignore_issue(hass, DOMAIN, issue.issue_id, ignore=False)
    await reload(hass, watched)
    (issue,) = issues(hass)
    assert issue.dismissed_version is None


async def test_that_somebody_cares_is_noted_once_and_the_repair_stays(
    hass: HomeAssistant, http: Http, watched: MockConfigEntry, down: int
) -> None:
    step = await choose(hass, http, await begin(hass, http), Remedy.ACKNOWLEDGE)
    assert (step["type"], step["reason"]) == ("abort", "acknowledged")
    (incident,) = watched.runtime_data.data.judgement.incidents
    assert incident.acknowledged_at is not None
    assert (await begin(hass, http))["menu_options"] == ["probe", "runbook"]


async def test_what_to_do_by_hand_is_told_and_leads_back(
    hass: HomeAssistant, http: Http, down: int
) -> None:
    step = await choose(hass, http, await begin(hass, http), Remedy.RUNBOOK)
    assert step["type"] == "form"
    assert "start its container" in step["description_placeholders"]["advice"]
    assert step["description_placeholders"]["runbook"].endswith("#server-down")
    answer = await http.post(f"{FIX}/{step['flow_id']}", json={})
    assert (await answer.json())["type"] == "menu"


async def test_what_is_over_meanwhile_needs_no_remedy(
    hass: HomeAssistant,
    http: Http,
    ha_mcp: FakeHaMcp,
    watched: MockConfigEntry,
    down: int,
    freezer: FrozenDateTimeFactory,
) -> None:
    step = await begin(hass, http)
    await come_back(hass, ha_mcp, watched, down, freezer)
    step = await choose(hass, http, step, Remedy.ACKNOWLEDGE)
    assert step["type"] == "create_entry"


@pytest.mark.parametrize("remedy", [Remedy.PROBE, Remedy.ACKNOWLEDGE])
async def test_a_server_that_is_watched_no_longer_cannot_be_mended(
    hass: HomeAssistant, http: Http, watched: MockConfigEntry, down: int, remedy: Remedy
) -> None:
    step = await begin(hass, http)
    await hass.config_entries.async_unload(watched.entry_id)
    step = await choose(hass, http, step, remedy)
    assert (step["type"], step["reason"]) == ("abort", "not_watched")


async def test_who_read_what_to_do_meanwhile_is_told_that_it_is_over(
    hass: HomeAssistant,
    http: Http,
    ha_mcp: FakeHaMcp,
    watched: MockConfigEntry,
    down: int,
    freezer: FrozenDateTimeFactory,
) -> None:
    step = await choose(hass, http, await begin(hass, http), Remedy.RUNBOOK)
    await come_back(hass, ha_mcp, watched, down, freezer)
    answer = await http.post(f"{FIX}/{step['flow_id']}", json={})
    assert (await answer.json())["type"] == "create_entry"


async def test_who_read_what_to_do_meanwhile_is_told_that_nobody_watches(
    hass: HomeAssistant, http: Http, watched: MockConfigEntry, down: int
) -> None:
    step = await choose(hass, http, await begin(hass, http), Remedy.RUNBOOK)
    await hass.config_entries.async_unload(watched.entry_id)
    answer = await http.post(f"{FIX}/{step['flow_id']}", json={})
    assert (await answer.json())["reason"] == "not_watched"


async def test_a_drill_can_be_ended(
    hass: HomeAssistant, http: Http, watched: MockConfigEntry
) -> None:
    with reading(hass) as told:
        start_drill(hass, watched, Severity.P0)
        step = await begin(hass, http)
        assert step["menu_options"] == ["acknowledge"]
        step = await choose(hass, http, step, Remedy.ACKNOWLEDGE)
    assert step["type"] == "create_entry"
    assert issues(hass) == []
    assert [each["title"] for each in told.values()] == ["Test: Over: ha-mcp is down"]


async def test_no_step_tells_the_address(
    hass: HomeAssistant, http: Http, ha_mcp: FakeHaMcp, down: int
) -> None:
    said = [await begin(hass, http)]
    said += [await choose(hass, http, said[0], Remedy.RUNBOOK)]
    said += [await choose(hass, http, await begin(hass, http), Remedy.PROBE)]
    assert SECRET_PATH not in json.dumps(said)
    assert str(down) not in json.dumps(said)


class TestTexts:
    RULES = tuple(rule for rule in RuleKey if RULES[rule].severity <= Severity.P1)

    def test_the_rules_that_page_have_a_repair_each(self) -> None:
        of_report = {f"report_{trouble}" for trouble in TROUBLES.values()}
        assert set(STRINGS["issues"]) == {*self.RULES, "drill", *of_report}

    @pytest.mark.parametrize("trouble", sorted(set(TROUBLES.values())))
    def test_trying_again_to_write_a_report_can_end_in_each_trouble(self, trouble: str) -> None:
        errors = STRINGS["issues"][f"report_{trouble}"]["fix_flow"]["error"]
        assert set(errors) == {f"still_{each}" for each in TROUBLES.values()}

    @pytest.mark.parametrize("rule", RULES)
    def test_each_choice_is_named_and_none_is_left_over(self, rule: RuleKey) -> None:
        offered = {remedy for mode in Mode for remedy in remedies_for(rule, mode)}
        flow = STRINGS["issues"][rule]["fix_flow"]
        assert set(flow["step"]["init"]["menu_options"]) == offered
        assert set(flow["step"]["init"]["menu_option_descriptions"]) == offered
        assert set(flow["progress"]) == offered - {Remedy.RUNBOOK}

    @pytest.mark.parametrize("rule", RULES)
    def test_each_outcome_is_explained(self, rule: RuleKey) -> None:
        restarts = {Outcome.GIVE_IT_TIME, Outcome.NOT_THERE, Outcome.REFUSED}
        possible = set(Outcome) - {Outcome.MENDED}
        if rule is RuleKey.RESTART_LOOP:
            possible -= restarts
        assert set(STRINGS["issues"][rule]["fix_flow"]["abort"]) == possible

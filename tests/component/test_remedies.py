"""What can be done about an incident, and what comes of what Supervisor is asked for."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.ha_mcp_sre as integration
from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.rules import RULES
from custom_components.ha_mcp_sre.assess.signals import Mode
from custom_components.ha_mcp_sre.observe import supervisor as supervisor_source
from custom_components.ha_mcp_sre.remedies import Outcome, Remedy, async_apply, remedies_for
from tests.component.supervised import supervised, until
from tests.component.telling import issues, prompt, the_incident
from tests.component.test_app import watching_app
from tests.component.test_repairs import Http, begin, choose
from tests.fake_ha_mcp import FakeHaMcp
from tests.fake_supervisor import SLUG, FakeSupervisor, Mood

ALWAYS = (Remedy.PROBE, Remedy.ACKNOWLEDGE, Remedy.RUNBOOK)


@pytest.fixture(autouse=True)
def at_once(short_policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have incidents at once."""
    policy = replace(prompt(short_policy), order_timeout=1)
    monkeypatch.setattr(integration, "POLICY", policy)


class TestTable:
    @pytest.mark.parametrize("rule", RuleKey)
    def test_out_of_reach_nothing_can_be_restarted(self, rule: RuleKey) -> None:
        assert remedies_for(rule, Mode.HTTP) == ALWAYS

    @pytest.mark.parametrize(
        ("mode", "restart"),
        [(Mode.IN_PROCESS, Remedy.RELOAD), (Mode.APP, Remedy.RESTART_APP)],
    )
    @pytest.mark.parametrize(
        "rule",
        [
            RuleKey.SERVER_DOWN,
            RuleKey.LINK_BROKEN,
            RuleKey.TOKEN_REJECTED,
            RuleKey.TOOLS_FAILING,
            RuleKey.TOOL_BROKEN,
        ],
    )
    def test_a_restart_comes_first_where_it_helps(
        self, rule: RuleKey, mode: Mode, restart: Remedy
    ) -> None:
        assert remedies_for(rule, mode) == (restart, *ALWAYS)

    @pytest.mark.parametrize("mode", Mode)
    def test_what_restarts_all_the_time_is_not_restarted(self, mode: Mode) -> None:
        assert remedies_for(RuleKey.RESTART_LOOP, mode) == ALWAYS

    @pytest.mark.parametrize("mode", Mode)
    @pytest.mark.parametrize("rule", [rule for rule in RuleKey if RULES[rule].severity > "p1"])
    def test_of_what_has_no_repair_nothing_is_offered_that_a_repair_has_no_words_for(
        self, rule: RuleKey, mode: Mode
    ) -> None:
        assert remedies_for(rule, mode) == ALWAYS


class TestApp:
    @pytest.fixture
    async def supervisor(
        self, hass: HomeAssistant, ha_mcp: FakeHaMcp, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[FakeSupervisor]:
        """Return the Supervisor that runs the server, at the port that this server has."""
        assert ha_mcp.server is not None
        monkeypatch.setattr(supervisor_source, "APP_PORT", ha_mcp.server.port)
        async with AsyncExitStack() as stack:
            yield await stack.enter_async_context(supervised(hass, monkeypatch))

    @pytest.fixture
    async def watched_app(
        self, hass: HomeAssistant, supervisor: FakeSupervisor, ha_mcp: FakeHaMcp
    ) -> AsyncIterator[MockConfigEntry]:
        """Return the config entry that watches the app, which is down."""
        entry = watching_app(ha_mcp)
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await until(lambda: supervisor.following == 1)
        await ha_mcp.stop()
        await entry.runtime_data.async_refresh()
        yield entry
        await hass.config_entries.async_unload(entry.entry_id)

    async def test_supervisor_is_asked_and_the_server_looked_for(
        self,
        hass: HomeAssistant,
        supervisor: FakeSupervisor,
        watched_app: MockConfigEntry,
        ha_mcp: FakeHaMcp,
    ) -> None:
        task = hass.async_create_task(
            async_apply(hass, watched_app, Remedy.RESTART_APP, the_incident(watched_app))
        )
        await until(lambda: f"POST /addons/{SLUG}/restart" in supervisor.requests)
        await ha_mcp.start(supervisor_source.APP_PORT)
        assert await task is Outcome.MENDED

    @pytest.mark.parametrize("mood", [Mood.ERROR, Mood.SLOW, Mood.HANGING_UP])
    async def test_a_supervisor_that_does_not_do_it_refuses(
        self,
        hass: HomeAssistant,
        supervisor: FakeSupervisor,
        watched_app: MockConfigEntry,
        mood: Mood,
    ) -> None:
        supervisor.mood = mood
        incident_id = the_incident(watched_app)
        outcome = await async_apply(hass, watched_app, Remedy.RESTART_APP, incident_id)
        supervisor.mood = Mood.FINE
        assert outcome is Outcome.REFUSED

    @pytest.mark.usefixtures("watched_app")
    async def test_a_repair_offers_it_and_says_that_it_was_refused(
        self,
        hass: HomeAssistant,
        supervisor: FakeSupervisor,
        hass_client: Callable[[], Awaitable[Http]],
    ) -> None:
        assert await async_setup_component(hass, "repairs", {})
        http = await hass_client()
        step = await begin(hass, http)
        assert step["menu_options"][0] == "restart_app"
        supervisor.mood = Mood.ERROR
        step = await choose(hass, http, step, Remedy.RESTART_APP)
        supervisor.mood = Mood.FINE
        assert (step["type"], step["reason"]) == ("abort", "refused")
        assert len(issues(hass)) == 1

    @pytest.mark.usefixtures("supervisor")
    async def test_without_its_integration_there_is_nobody_to_ask(
        self, hass: HomeAssistant, watched_app: MockConfigEntry
    ) -> None:
        hass.services.async_remove("hassio", "app_restart")
        incident_id = the_incident(watched_app)
        outcome = await async_apply(hass, watched_app, Remedy.RESTART_APP, incident_id)
        assert outcome is Outcome.REFUSED


async def test_an_incident_that_is_unknown_is_over(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    for remedy in (Remedy.PROBE, Remedy.ACKNOWLEDGE):
        assert await async_apply(hass, watched, remedy, "unknown") is Outcome.MENDED


async def test_what_is_not_watched_cannot_be_mended(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(watched.entry_id)
    assert await async_apply(hass, watched, Remedy.PROBE, "any") is Outcome.NOT_WATCHED

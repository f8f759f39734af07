"""Who hears of an incident, when, and in which words."""

from collections.abc import Iterator
from dataclasses import replace
import json
import logging

from homeassistant.components.persistent_notification import Notification
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import ChangeKind, Incident, Spell
from custom_components.ha_mcp_sre.assess.rules import RULES
from custom_components.ha_mcp_sre.assess.signals import Mode
from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.drill import end_drill, start_drill
from custom_components.ha_mcp_sre.texts import async_texts
from custom_components.ha_mcp_sre.wording import Telling, Whose, alert
from tests.component.conftest import reload
from tests.component.telling import BEGAN, incident, issues, judge, reading, tell, worse
from tests.fake_ha_mcp import SECRET_PATH, FakeHaMcp

PAGING = [rule for rule in RuleKey if RULES[rule].severity <= Severity.P1]
QUIET = [rule for rule in RuleKey if rule not in PAGING]


@pytest.fixture
def shown(hass: HomeAssistant) -> Iterator[dict[str, Notification]]:
    """Read the notifications."""
    with reading(hass) as shown:
        yield shown


def only(shown: dict[str, Notification]) -> tuple[str, str]:
    (notification,) = shown.values()
    return notification["title"] or "", notification["message"]


class TestRepairs:
    async def test_a_page_is_a_repair_that_says_what_is_wrong_since_when_and_how(
        self, hass: HomeAssistant, watched: MockConfigEntry
    ) -> None:
        await hass.config.async_set_time_zone("Europe/Berlin")
        await tell(hass, watched, ChangeKind.PAGED, incident())
        (issue,) = issues(hass)
        assert (issue.translation_key, issue.severity, issue.is_fixable) == (
            "server_down",
            ir.IssueSeverity.ERROR,
            True,
        )
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["server"] == "ha-mcp"
        assert issue.translation_placeholders["since"] == "2026-11-23 03:00"
        assert issue.translation_placeholders["reason"] == "Connection refused"
        assert issue.learn_more_url is not None
        assert issue.learn_more_url.endswith("/docs/runbooks.md#server-down")

    async def test_the_repair_of_a_tool_names_it(
        self, hass: HomeAssistant, watched: MockConfigEntry
    ) -> None:
        broken = incident(RuleKey.TOOL_BROKEN, subject="ha_search", evidence={})
        await tell(hass, watched, ChangeKind.PAGED, broken)
        (issue,) = issues(hass)
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["tool"] == "ha_search"
        assert issue.translation_placeholders["reason"] == "unknown"

    async def test_what_nobody_was_told_of_has_none(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        brief = incident(told=None)
        await tell(hass, watched, ChangeKind.OPENED, brief)
        assert issues(hass) == []
        await tell(hass, watched, ChangeKind.RESOLVED, brief)
        assert shown == {}

    @pytest.mark.parametrize("rule", QUIET)
    async def test_what_never_pages_has_none(
        self,
        hass: HomeAssistant,
        watched: MockConfigEntry,
        shown: dict[str, Notification],
        rule: RuleKey,
    ) -> None:
        for kind in (ChangeKind.OPENED, ChangeKind.RESOLVED):
            await tell(hass, watched, kind, incident(rule))
        assert issues(hass) == []
        assert shown == {}

    async def test_it_goes_with_its_incident(
        self, hass: HomeAssistant, watched: MockConfigEntry
    ) -> None:
        await tell(hass, watched, ChangeKind.PAGED, incident())
        await tell(hass, watched, ChangeKind.RESOLVED, incident())
        assert issues(hass) == []

    async def test_it_becomes_that_of_what_the_incident_turned_into(
        self, hass: HomeAssistant, watched: MockConfigEntry
    ) -> None:
        await tell(hass, watched, ChangeKind.PAGED, incident(RuleKey.LINK_BROKEN))
        await tell(hass, watched, ChangeKind.ESCALATED, incident())
        (issue,) = issues(hass)
        assert issue.translation_key == "server_down"

    async def test_it_goes_when_what_is_left_never_pages(
        self, hass: HomeAssistant, watched: MockConfigEntry
    ) -> None:
        await tell(hass, watched, ChangeKind.PAGED, incident())
        await tell(hass, watched, ChangeKind.DE_ESCALATED, incident(RuleKey.SLOW, told=Severity.P0))
        assert issues(hass) == []

    async def test_that_somebody_cares_leaves_it_there(
        self, hass: HomeAssistant, watched: MockConfigEntry
    ) -> None:
        await tell(hass, watched, ChangeKind.PAGED, incident())
        await tell(hass, watched, ChangeKind.ACKNOWLEDGED, incident(acknowledged_at=BEGAN + 90))
        assert len(issues(hass)) == 1

    async def test_what_was_finished_stays_away_while_the_server_shows_clean(
        self, hass: HomeAssistant, watched: MockConfigEntry
    ) -> None:
        await tell(hass, watched, ChangeKind.PAGED, incident())
        (issue,) = issues(hass)
        judge(watched, incident(clean_since=BEGAN + 100))
        assert len(issues(hass)) == 1
        ir.async_delete_issue(hass, DOMAIN, issue.issue_id)
        judge(watched, incident(clean_since=BEGAN + 100, last_bad_at=BEGAN + 90))
        assert issues(hass) == []
        judge(watched, incident())
        assert len(issues(hass)) == 1

    async def test_it_is_taken_back_when_nobody_watches_any_longer(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        await tell(hass, watched, ChangeKind.PAGED, incident())
        assert await hass.config_entries.async_unload(watched.entry_id)
        assert issues(hass) == []
        assert shown == {}

    async def test_what_people_know_of_has_it_again_without_being_told_again(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        judge(watched, incident())
        assert len(issues(hass)) == 1
        assert shown == {}


class TestNotifications:
    async def test_a_page_says_what_is_wrong_since_when_and_what_to_do(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        await hass.config.async_set_time_zone("UTC")
        await tell(hass, watched, ChangeKind.PAGED, incident())
        title, message = only(shown)
        assert title == "ha-mcp is down"
        assert message == (
            "It has not answered since 2026-11-23 02:00: assistants can neither see nor control"
            " this home. How it fails: Connection refused.\n\n"
            "On the machine where ha-mcp runs, start its container or program again, and look at"
            " its log. If it is running, check the network between it and Home Assistant."
        )

    async def test_of_several_servers_it_names_the_one(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        MockConfigEntry(domain=DOMAIN, title="ha-mcp 2").add_to_hass(hass)
        await tell(hass, watched, ChangeKind.PAGED, incident())
        assert only(shown)[0] == "ha-mcp is down (ha-mcp)"

    async def test_there_is_one_for_an_incident_whatever_happens_to_it(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        link = incident(RuleKey.LINK_BROKEN)
        await tell(hass, watched, ChangeKind.PAGED, link)
        await tell(hass, watched, ChangeKind.ESCALATED, incident(told=Severity.P1))
        assert only(shown)[0] == "ha-mcp cannot reach Home Assistant"
        await tell(hass, watched, ChangeKind.PAGED, worse())
        assert only(shown)[0] == "It got worse: ha-mcp is down"
        await tell(hass, watched, ChangeKind.DE_ESCALATED, link)
        assert only(shown)[0] == "ha-mcp cannot reach Home Assistant"

    async def test_the_end_is_told_calmly(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        await hass.config.async_set_time_zone("UTC")
        await tell(hass, watched, ChangeKind.PAGED, incident())
        over = incident(resolved_at=BEGAN + 2 * 86_400 + 4000)
        await tell(hass, watched, ChangeKind.RESOLVED, over)
        title, message = only(shown)
        assert title == "Over: ha-mcp is down"
        assert message == (
            "It lasted 2 d 1 h, from 2026-11-23 02:00 to 2026-11-25 03:06."
            " There is nothing left to do."
        )

    @pytest.mark.parametrize(
        ("rule", "said"),
        [
            *[
                (rule, "It lasted 5 min 0 s, from 2026-11-23 03:00 to 2026-11-23 03:05. ")
                for rule in (RuleKey.SERVER_DOWN, RuleKey.LINK_BROKEN)
            ],
            (
                RuleKey.SERVER_STOPPED,
                (
                    "It happened 2 times and lasted 1 h 55 min in all, from 2026-11-23 02:00"
                    " to 2026-11-23 04:00. "
                ),
            ),
        ],
    )
    async def test_the_end_tells_the_time_of_what_is_over_only(
        self, hass: HomeAssistant, rule: RuleKey, said: str
    ) -> None:
        await hass.config.async_set_time_zone("UTC")
        hour, minutes = BEGAN + 3600, 300
        spells = (
            Spell(RuleKey.SERVER_STOPPED, BEGAN, hour),
            Spell(RuleKey.SERVER_DOWN, hour, hour + minutes),
            Spell(RuleKey.SERVER_STOPPED, hour + minutes),
        )
        over = incident(rule, bad_times=spells, worst=Severity.P0, resolved_at=hour + 3600)
        whose = Whose("ha-mcp", alone=True, mode=Mode.APP)
        told = alert(await async_texts(hass), Telling.OVER, over, whose, hour + 3720)
        assert told.message.startswith(said)

    async def test_who_cares_has_read_it(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        await tell(hass, watched, ChangeKind.PAGED, incident())
        await tell(hass, watched, ChangeKind.ACKNOWLEDGED, incident(acknowledged_at=BEGAN + 90))
        assert shown == {}

    async def test_the_news_of_another_server_is_not_told_twice(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        other = MockConfigEntry(domain=DOMAIN, entry_id="other")
        other.runtime_data = watched.runtime_data
        await tell(hass, other, ChangeKind.PAGED, incident())
        assert shown == {}


class TestDrills:
    async def test_everything_about_it_is_marked(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        start_drill(hass, watched, Severity.P0)
        title, message = only(shown)
        assert title == "Test: ha-mcp is down"
        assert message.startswith("This is a test, nothing is wrong.")
        (issue,) = issues(hass)
        assert issue.translation_key == "drill"
        assert issue.is_fixable
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["summary"] == "ha-mcp is down"

    async def test_it_outlives_a_look_at_the_server(
        self, hass: HomeAssistant, watched: MockConfigEntry
    ) -> None:
        start_drill(hass, watched, Severity.P1)
        judge(watched)
        assert len(issues(hass)) == 1

    async def test_its_end_is_told_as_that_of_an_incident(
        self, hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
    ) -> None:
        end_drill(hass, start_drill(hass, watched, Severity.P0))
        assert only(shown)[0] == "Test: Over: ha-mcp is down"
        assert issues(hass) == []

    async def test_it_ends_with_the_watching(
        self, hass: HomeAssistant, watched: MockConfigEntry
    ) -> None:
        start_drill(hass, watched, Severity.P0)
        await reload(hass, watched)
        assert issues(hass) == []


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("rule", RuleKey)
async def test_every_incident_has_words(hass: HomeAssistant, rule: RuleKey, mode: Mode) -> None:
    texts = await async_texts(hass)
    whose = Whose("ha-mcp", alone=True, mode=mode)
    open_ = incident(rule, subject="ha_search")
    over = replace(open_, resolved_at=BEGAN + 1)
    assert "\n\n" in alert(texts, Telling.OPEN, open_, whose, BEGAN).message.strip()
    said = [
        alert(texts, Telling.OPEN, open_, whose, BEGAN),
        alert(texts, Telling.WORSE, open_, whose, BEGAN),
        alert(texts, Telling.OVER, over, replace(whose, drill=True), BEGAN),
    ]
    for each in said:
        assert "2026-" in each.message
        assert {"{", "}", "_"}.isdisjoint(each.title + each.message.replace("ha_search", ""))


async def test_no_text_holds_the_secret(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    shown: dict[str, Notification],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    for rule in PAGING:
        for kind in (ChangeKind.PAGED, ChangeKind.ESCALATED, ChangeKind.RESOLVED):
            about: Incident = incident(rule, id=rule)
            await tell(hass, watched, kind, about)
            said += [repr(issues(hass)), repr(shown)]
    assert SECRET_PATH not in json.dumps(said) + caplog.text
    assert str(ha_mcp.url).split("/")[2] not in json.dumps(said)

"""Messages to the phones that a person chose."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.notify import NotifyEntityFeature
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

import custom_components.ha_mcp_sre as integration
from custom_components.ha_mcp_sre import notifier
from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import ChangeKind, Incident, Moment, Spell
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.const import OPTION_NOTIFY_ENTITIES, OPTION_NOTIFY_SEVERITY
from tests.component.conftest import cycle, own_log, reload
from tests.component.telling import BEGAN, Phone, connect, incident, issues, prompt, tell, worse
from tests.fake_ha_mcp import FakeHaMcp

PAGED, OPENED, RESOLVED = ChangeKind.PAGED, ChangeKind.OPENED, ChangeKind.RESOLVED
DOWN, SLOW = incident(), incident(RuleKey.SLOW)
_DOWN_AT_LAST = (
    Moment(BEGAN, OPENED, RuleKey.SERVER_STOPPED),
    Moment(BEGAN + 30, ChangeKind.ESCALATED, RuleKey.SERVER_DOWN),
    Moment(BEGAN + 60, RESOLVED, RuleKey.SERVER_DOWN),
)


@pytest.fixture
async def phone(hass: HomeAssistant) -> Phone:
    """Return a phone."""
    phone = Phone("Phone")
    await connect(hass, phone)
    return phone


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in own_log(caplog) if each.name == notifier.__name__]


async def choose(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    *entities: str,
    least: str | None = None,
) -> None:
    """Have these entities told of what is at least this bad."""
    options: dict[str, Any] = {OPTION_NOTIFY_ENTITIES: list(entities)}
    if least is not None:
        options[OPTION_NOTIFY_SEVERITY] = least
    hass.config_entries.async_update_entry(entry, options=options)
    await reload(hass, entry)


async def test_nobody_is_told_who_was_not_chosen(
    hass: HomeAssistant, watched: MockConfigEntry, phone: Phone
) -> None:
    await tell(hass, watched, PAGED, DOWN)
    assert phone.said == []


async def test_page_escalation_and_end_are_told_once_each(
    hass: HomeAssistant, watched: MockConfigEntry, phone: Phone
) -> None:
    await choose(hass, watched, "notify.phone")
    link = incident(RuleKey.LINK_BROKEN)
    await tell(hass, watched, OPENED, incident(RuleKey.LINK_BROKEN, told=None))
    await tell(hass, watched, PAGED, link)
    await tell(hass, watched, ChangeKind.ESCALATED, incident(told=Severity.P1))
    await tell(hass, watched, PAGED, worse())
    await tell(hass, watched, ChangeKind.ACKNOWLEDGED, DOWN)
    await tell(hass, watched, ChangeKind.DE_ESCALATED, link)
    await tell(hass, watched, RESOLVED, link)
    assert phone.titles == [
        "ha-mcp cannot reach Home Assistant",
        "It got worse: ha-mcp is down",
        "Over: ha-mcp cannot reach Home Assistant",
    ]
    assert "Since" not in phone.said[2].message
    assert "start its container" in phone.said[1].message


async def test_a_real_outage_is_told_with_its_end(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    phone: Phone,
    short_policy: Policy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ha_mcp.server is not None
    port = ha_mcp.server.port or 0
    monkeypatch.setattr(integration, "POLICY", replace(prompt(short_policy), clean_time={}))
    await choose(hass, watched, "notify.phone")
    await ha_mcp.stop()
    await cycle(hass, watched)
    await ha_mcp.start(port)
    await cycle(hass, watched)
    assert phone.titles == ["ha-mcp is down", "Over: ha-mcp is down"]
    assert "How it fails: Connection refused." in phone.said[0].message
    assert str(port) not in repr(phone.said)
    assert issues(hass) == []


async def test_where_no_title_can_be_shown_the_message_begins_with_it(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    plain = Phone("Plain")
    plain._attr_supported_features = NotifyEntityFeature(0)
    await connect(hass, plain)
    await choose(hass, watched, "notify.plain")
    await tell(hass, watched, PAGED, DOWN)
    (said,) = plain.said
    assert said.title == ""
    assert said.message.startswith("ha-mcp is down\n\nIt has not answered since")


@pytest.mark.parametrize(
    ("least", "kinds", "about", "count"),
    [
        (None, [PAGED, RESOLVED], DOWN, 2),
        (None, [OPENED, RESOLVED], SLOW, 0),
        ("p0", [PAGED, RESOLVED], DOWN, 2),
        ("p0", [PAGED, RESOLVED], incident(RuleKey.LINK_BROKEN), 0),
        ("p2", [OPENED, RESOLVED], SLOW, 2),
        ("p2", [OPENED, ChangeKind.ACKNOWLEDGED], SLOW, 1),
        ("p2", [OPENED, RESOLVED], incident(RuleKey.SLOW_START), 0),
        ("p3", [OPENED, RESOLVED, ChangeKind.REOPENED], incident(RuleKey.SLOW_START), 3),
        ("p3", [OPENED, RESOLVED], incident(RuleKey.SLOW, in_maintenance=True), 0),
        ("p3", [OPENED, RESOLVED], incident(told=None), 0),
    ],
)
async def test_only_what_is_bad_enough_is_told(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    phone: Phone,
    least: str | None,
    kinds: Sequence[ChangeKind],
    about: Incident,
    count: int,
) -> None:
    await choose(hass, watched, "notify.phone", least=least)
    for kind in kinds:
        await tell(hass, watched, kind, about)
    assert len(phone.said) == count


async def test_the_end_of_what_was_bad_enough_once_is_told(
    hass: HomeAssistant, watched: MockConfigEntry, phone: Phone
) -> None:
    await choose(hass, watched, "notify.phone", least="p0")
    paged = Moment(1.0, PAGED, RuleKey.SERVER_DOWN)
    over = incident(RuleKey.SLOW, told=Severity.P0, timeline=(paged,))
    await tell(hass, watched, RESOLVED, over)
    assert phone.titles == ["Over: ha-mcp is slow"]


async def test_of_an_outage_that_was_too_brief_to_be_told_no_end_is_told(
    hass: HomeAssistant, watched: MockConfigEntry, phone: Phone
) -> None:
    await choose(hass, watched, "notify.phone", least="p0")
    paged = Moment(1.0, PAGED, RuleKey.LINK_BROKEN)
    link = incident(RuleKey.LINK_BROKEN, worst=Severity.P0, timeline=(paged,))
    await tell(hass, watched, RESOLVED, link)
    assert phone.said == []


@pytest.mark.parametrize(
    ("first", "told"), [(RuleKey.SLOW, []), (RuleKey.SERVER_DOWN, ["ha-mcp is slow"])]
)
async def test_what_a_brief_outage_leaves_behind_is_told_if_it_is_news(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    phone: Phone,
    first: RuleKey,
    told: list[str],
) -> None:
    await choose(hass, watched, "notify.phone", least="p2")
    timeline = (
        Moment(BEGAN, OPENED, first),
        Moment(BEGAN + 30, ChangeKind.DE_ESCALATED, RuleKey.SLOW),
    )
    await tell(hass, watched, ChangeKind.DE_ESCALATED, incident(RuleKey.SLOW, timeline=timeline))
    assert phone.titles == told


@pytest.mark.parametrize(("least", "told"), [("p3", ["Over: ha-mcp is down"]), ("p2", [])])
async def test_who_heard_of_it_before_it_was_worse_for_a_moment_hears_that_it_is_over(
    hass: HomeAssistant, watched: MockConfigEntry, phone: Phone, least: str, told: list[str]
) -> None:
    await choose(hass, watched, "notify.phone", least=least)
    await tell(hass, watched, RESOLVED, incident(told=None, timeline=_DOWN_AT_LAST))
    assert phone.titles == told


async def test_who_heard_nothing_of_it_in_a_maintenance_does_not_hear_that_it_is_over(
    hass: HomeAssistant, watched: MockConfigEntry, phone: Phone
) -> None:
    await choose(hass, watched, "notify.phone", least="p3")
    spells = (
        Spell("server_stopped", BEGAN, BEGAN + 30, in_maintenance=True),
        Spell("server_down", BEGAN + 30),
    )
    brief = incident(told=None, timeline=_DOWN_AT_LAST, bad_times=spells)
    await tell(hass, watched, RESOLVED, brief)
    assert phone.titles == []


async def test_the_sign_of_another_incident_ends_without_a_word(
    hass: HomeAssistant, watched: MockConfigEntry, phone: Phone
) -> None:
    await choose(hass, watched, "notify.phone", least="p3")
    await tell(hass, watched, OPENED, SLOW)
    await tell(hass, watched, RESOLVED, replace(SLOW, part_of="another"))
    assert phone.titles == ["ha-mcp is slow"]


async def test_a_drill_reaches_the_phone_and_is_marked(
    hass: HomeAssistant, watched: MockConfigEntry, phone: Phone
) -> None:
    # Also the phone of who wants to hear of the worst only.
    await choose(hass, watched, "notify.phone", least="p0")
    link = incident(RuleKey.LINK_BROKEN)
    await tell(hass, watched, PAGED, link, drill=True)
    await tell(hass, watched, RESOLVED, link, drill=True)
    assert phone.titles == [
        "Test: ha-mcp cannot reach Home Assistant",
        "Test: Over: ha-mcp cannot reach Home Assistant",
    ]


class TestTrouble:
    async def test_one_that_fails_hinders_no_other_and_is_logged_once_without_its_text(
        self,
        hass: HomeAssistant,
        watched: MockConfigEntry,
        phone: Phone,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        broken = Phone("Broken", error=RuntimeError("http://user:secret@host"))
        await connect(hass, broken)
        await choose(hass, watched, "notify.broken", "notify.phone")
        await tell(hass, watched, PAGED, DOWN)
        await tell(hass, watched, RESOLVED, DOWN)
        assert len(phone.said) == 2
        assert complaints(caplog) == [
            "notify.broken could not be told of an incident (RuntimeError)"
        ]

    async def test_one_that_works_again_and_fails_again_is_logged_again(
        self,
        hass: HomeAssistant,
        watched: MockConfigEntry,
        phone: Phone,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        await choose(hass, watched, "notify.phone")
        for phone.error in (OSError(), None, OSError()):
            await tell(hass, watched, PAGED, DOWN)
        assert len(complaints(caplog)) == 2

    async def test_one_that_is_gone_or_away_is_logged(
        self, hass: HomeAssistant, watched: MockConfigEntry, caplog: pytest.LogCaptureFixture
    ) -> None:
        away = Phone("Away")
        away._attr_available = False
        await connect(hass, away)
        await choose(hass, watched, "notify.away", "notify.gone")
        await tell(hass, watched, PAGED, DOWN)
        assert len(issues(hass)) == 1
        assert set(complaints(caplog)) == {
            "notify.away could not be told of an incident (unavailable)",
            "notify.gone could not be told of an incident (missing)",
        }

    async def test_one_that_hangs_is_given_up(
        self,
        hass: HomeAssistant,
        watched: MockConfigEntry,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        class Hanging(Phone):
            @override
            async def async_send_message(self, message: str, title: str | None = None) -> None:
                await asyncio.Event().wait()

        monkeypatch.setattr(notifier, "_PATIENCE", 0.01)
        await connect(hass, Hanging("Hanging"))
        await choose(hass, watched, "notify.hanging")
        await tell(hass, watched, PAGED, DOWN)
        assert complaints(caplog) == [
            "notify.hanging could not be told of an incident (TimeoutError)"
        ]


class TestDigest:
    async def test_what_is_too_much_in_an_hour_becomes_one_message_at_its_end(
        self,
        hass: HomeAssistant,
        watched: MockConfigEntry,
        phone: Phone,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        await hass.config.async_set_time_zone("UTC")
        await choose(hass, watched, "notify.phone")
        for _ in range(4):
            await tell(hass, watched, PAGED, DOWN)
            freezer.tick(timedelta(minutes=5))
            await tell(hass, watched, PAGED, DOWN)
            freezer.tick(timedelta(minutes=5))
        assert len(phone.said) == 5
        freezer.tick(timedelta(minutes=20, seconds=1))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        (digest,) = phone.said[5:]
        assert digest.title == "More news of ha-mcp: 3"
        assert digest.message.splitlines()[2:] == [
            "- 2026-11-23 02:07 ha-mcp is down",
            "- 2026-11-23 02:07 ha-mcp is down",
            "- 2026-11-23 02:07 ha-mcp is down",
        ]
        await tell(hass, watched, PAGED, DOWN)
        assert len(phone.said) == 7

    async def test_no_page_waits_behind_lesser_news(
        self, hass: HomeAssistant, watched: MockConfigEntry, phone: Phone
    ) -> None:
        await choose(hass, watched, "notify.phone")
        for _ in range(7):
            await tell(hass, watched, RESOLVED, DOWN)
        assert len(phone.said) == 5
        await tell(hass, watched, PAGED, DOWN)
        assert phone.titles[5:] == ["ha-mcp is down"]

    async def test_what_waits_is_told_before_nobody_watches_any_longer(
        self, hass: HomeAssistant, watched: MockConfigEntry, phone: Phone
    ) -> None:
        await choose(hass, watched, "notify.phone")
        for _ in range(7):
            await tell(hass, watched, PAGED, DOWN)
        assert len(phone.said) == 5
        assert await hass.config_entries.async_unload(watched.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert phone.titles[5:] == ["More news of ha-mcp: 2"]

"""What people read of an incident that comes and goes, turns into another, or got worse."""

from collections.abc import Iterator

from homeassistant.components.persistent_notification import Notification
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import ChangeKind, Incident, Spell
from custom_components.ha_mcp_sre.assess.signals import Mode
from custom_components.ha_mcp_sre.texts import async_texts
from custom_components.ha_mcp_sre.told import told
from custom_components.ha_mcp_sre.wording import Telling, Whose, alert
from tests.component.telling import BEGAN, incident, issues, reading, tell

TWICE = (Spell("server_down", BEGAN, BEGAN + 11), Spell("server_down", BEGAN + 600))


@pytest.fixture
def shown(hass: HomeAssistant) -> Iterator[dict[str, Notification]]:
    """Read the notifications."""
    with reading(hass) as shown:
        yield shown


async def said(hass: HomeAssistant, telling: Telling, about: Incident) -> str:
    """Return what is told of an incident."""
    await hass.config.async_set_time_zone("UTC")
    whose = Whose("ha-mcp", alone=True, mode=Mode.HTTP)
    return alert(await async_texts(hass), telling, about, whose, BEGAN + 900).message


async def test_the_end_tells_how_often_it_happened_and_how_long_it_lasted_in_all(
    hass: HomeAssistant,
) -> None:
    over = incident(bad_times=TWICE, resolved_at=BEGAN + 622)
    assert await said(hass, Telling.OVER, over) == (
        "It happened 2 times and lasted 33 s in all, from 2026-11-23 02:00 to 2026-11-23 02:10."
        " There is nothing left to do."
    )


@pytest.mark.parametrize("telling", [Telling.OPEN, Telling.WORSE])
async def test_what_is_so_without_a_break_is_so_since_it_came_back_or_got_worse(
    hass: HomeAssistant, telling: Telling
) -> None:
    again = incident(bad_times=TWICE, turned_at=BEGAN + 600)
    message = await said(hass, telling, again)
    assert message.startswith("It has not answered since 2026-11-23 02:10:")


async def test_a_loop_of_restarts_is_told_with_when_it_was_noticed(hass: HomeAssistant) -> None:
    message = await said(hass, Telling.OPEN, incident(RuleKey.RESTART_LOOP))
    assert message.startswith(
        "It has restarted at least three times within an hour, noticed 2026-11-23 02:00."
    )


async def test_the_good_times_in_between_are_no_part_of_the_duration(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    over = incident(bad_times=TWICE, resolved_at=BEGAN + 622)
    plain = told(over, watched, await async_texts(hass), BEGAN + 900)
    assert plain["duration"] == 33


async def test_the_notification_of_what_is_part_of_another_goes(
    hass: HomeAssistant, watched: MockConfigEntry, shown: dict[str, Notification]
) -> None:
    broken = incident(RuleKey.TOOL_BROKEN, subject="ha_search")
    await tell(hass, watched, ChangeKind.PAGED, broken)
    assert len(shown) == len(issues(hass)) == 1
    part = incident(RuleKey.TOOL_BROKEN, subject="ha_search", part_of="another", told=None)
    await tell(hass, watched, ChangeKind.RESOLVED, part)
    assert (shown, issues(hass)) == ({}, [])


async def test_what_got_worse_is_not_in_hand(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    about = incident(acknowledged_at=BEGAN + 60, acknowledged=Severity.P1)
    assert told(about, watched, await async_texts(hass), BEGAN)["status"] == "open"


async def test_what_turned_out_to_be_part_of_another_says_of_which(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    part = incident(RuleKey.TOOL_BROKEN, subject="ha_search", part_of="another")
    assert told(part, watched, await async_texts(hass), BEGAN)["part_of"] == "another"

"""The one report of several servers, when one of them goes."""

from threading import Event
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre import reporter
from custom_components.ha_mcp_sre.options import Schedule
from custom_components.ha_mcp_sre.report.edition import Draft, Edition, edition
from custom_components.ha_mcp_sre.report_store import ReportStore
from custom_components.ha_mcp_sre.reporter import reporter_of
from tests.component.test_options import answer, ask, suggested

from .test_remembered import happens, proposing

CHOSEN = {"report_day": "never", "report_hour": 21, "report_ai_task": "ai_task.local"}
NEVER = Schedule(weekday=None, hour=21, ai_task="ai_task.local")


@pytest.fixture
def second(hass: HomeAssistant, home: MockConfigEntry) -> MockConfigEntry:
    """Return a server that was added later."""
    entry = MockConfigEntry(
        domain="ha_mcp_sre",
        title="Second",
        data=home.data,
        unique_id="second",
        entry_id="second",
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def chosen(hass: HomeAssistant, home: MockConfigEntry, second: MockConfigEntry) -> MockConfigEntry:
    """Return the server that was added first, with options of the report."""
    hass.config_entries.async_update_entry(home, options=CHOSEN)
    return home


def schedule(hass: HomeAssistant) -> Schedule:
    return reporter_of(hass)._schedule()


async def disable(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)


async def test_what_was_proposed_for_one_that_goes_while_it_is_written_goes_with_it(
    hass: HomeAssistant,
    home: MockConfigEntry,
    second: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written_down, gone = Event(), Event()

    def edition_slowly(draft: Draft, prose: str | None) -> Edition:
        written_down.set()
        gone.wait(10)
        return edition(draft, prose)

    monkeypatch.setattr(reporter, "edition", edition_slowly)
    await reporter_of(hass)._store.async_save(proposing("entry", "second"))
    report = hass.async_create_task(reporter_of(hass).async_write_now())
    assert await happens(written_down.is_set)
    await hass.config_entries.async_remove("second")
    gone.set()
    written = await report
    assert written is not None
    assert written.path is not None
    known = await ReportStore(hass).async_load()
    assert not [each for each in known.backlog.entries if "second" in each.item.key]


async def test_its_options_stay_when_the_first_is_disabled(
    hass: HomeAssistant, chosen: MockConfigEntry
) -> None:
    await disable(hass, chosen)
    assert schedule(hass) == NEVER


async def test_its_options_stay_when_the_first_is_removed(
    hass: HomeAssistant, chosen: MockConfigEntry
) -> None:
    await hass.config_entries.async_remove(chosen.entry_id)
    assert schedule(hass) == NEVER


async def test_its_options_stay_when_the_next_one_is_saved_as_it_is(
    hass: HomeAssistant, chosen: MockConfigEntry, second: MockConfigEntry
) -> None:
    await disable(hass, chosen)
    shown: dict[str, Any] = suggested(await ask(hass, second))
    assert {key: shown[key] for key in CHOSEN} == CHOSEN
    await answer(hass, second, report={key: shown[key] for key in CHOSEN})
    assert schedule(hass) == NEVER


async def test_what_the_next_one_is_given_replaces_all_of_them(
    hass: HomeAssistant, chosen: MockConfigEntry, second: MockConfigEntry
) -> None:
    await disable(hass, chosen)
    await answer(hass, second, report={"report_day": "fri"})
    assert schedule(hass) == Schedule(weekday=4)


async def test_the_first_has_its_own_again_when_it_is_enabled(
    hass: HomeAssistant, chosen: MockConfigEntry, second: MockConfigEntry
) -> None:
    await disable(hass, chosen)
    await answer(hass, second, report={"report_day": "fri"})
    await hass.config_entries.async_set_disabled_by(chosen.entry_id, None)
    assert schedule(hass) == NEVER


async def test_those_of_a_server_that_does_not_show_them_stay_when_it_is_saved(
    hass: HomeAssistant, home: MockConfigEntry, second: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(second, options=CHOSEN)
    form = await ask(hass, second)
    answers = {"notifications": {}, "objectives": {}, "tool_sensors": False}
    await hass.config_entries.options.async_configure(form["flow_id"], answers)
    assert {key: second.options[key] for key in CHOSEN} == CHOSEN

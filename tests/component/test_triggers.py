"""Triggers, through automations."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.trigger import async_get_all_descriptions
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import Change, ChangeKind, Incident, Moment
from custom_components.ha_mcp_sre.trigger import _KINDS
from tests.component.automations import announce, automate, given, is_valid, on
from tests.component.conftest import cycle
from tests.component.telling import BEGAN, incident
from tests.fake_ha_mcp import FakeHaMcp
from tests.shipped import ICONS, STRINGS

INCIDENTS = ("incident_opened", "incident_paged", "incident_resolved")


@pytest.fixture
async def other(hass: HomeAssistant) -> MockConfigEntry:
    """Return the entry of another server."""
    entry = MockConfigEntry(domain="ha_mcp_sre", title="other", entry_id="other")
    entry.add_to_hass(hass)
    return entry


def changed(kind: ChangeKind, about: Incident) -> Change:
    """Return a change of an incident that was always as it is now."""
    moments = (Moment(BEGAN, ChangeKind.OPENED, about.rule), Moment(BEGAN, kind, about.rule))
    return Change(kind, replace(about, timeline=moments), BEGAN + 420)


def escalated(before: RuleKey) -> Change:
    """Return how an incident became an outage."""
    change = changed(ChangeKind.ESCALATED, incident())
    began, became = change.incident.timeline
    timeline = (replace(began, rule=before), became)
    return replace(change, incident=replace(change.incident, timeline=timeline))


OPENED = changed(ChangeKind.OPENED, incident())


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("incident_opened", {ChangeKind.OPENED, ChangeKind.REOPENED}),
        ("incident_paged", {ChangeKind.PAGED}),
        ("incident_resolved", {ChangeKind.RESOLVED}),
    ],
)
async def test_each_fires_at_its_changes_and_at_no_other(
    hass: HomeAssistant, watched: MockConfigEntry, name: str, kinds: set[ChangeKind]
) -> None:
    runs = await automate(hass, when=on(name))
    fired = set()
    for kind in ChangeKind:
        await announce(hass, changed(kind, incident()))
        if runs:
            fired.add(kind)
            runs.clear()
    assert fired == kinds


async def test_it_gives_everything_about_the_incident_as_plain_data(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    runs = await automate(hass, when=on("incident_resolved"))
    over = incident(
        RuleKey.LINK_BROKEN,
        subject="ha_search",
        evidence={"failed": "rest", "looks": 2},
        last_good_at=BEGAN - 30,
        paged_at=BEGAN + 120,
        resolved_at=BEGAN + 300,
        hint="restart",
        timeline=(Moment(BEGAN, ChangeKind.OPENED, RuleKey.LINK_BROKEN, {"looks": 2}),),
    )
    await announce(hass, Change(ChangeKind.RESOLVED, over, BEGAN + 420))
    variables = given(runs)
    assert variables.pop("description").startswith("ha-mcp: ")
    assert variables.pop("summary") != ""
    assert variables == {
        "id": "0",
        "idx": "0",
        "alias": None,
        "platform": "ha_mcp_sre.incident_resolved",
        "incident_id": "1f2e3d4c",
        "server": "ha-mcp",
        "entry_id": "entry",
        "rule": "link_broken",
        "subject": "ha_search",
        "severity": "p1",
        "worst": "p1",
        "status": "resolved",
        "since": "2026-11-22T18:00:00-08:00",
        "last_good_at": "2026-11-22T17:59:30-08:00",
        "detected_at": "2026-11-22T18:00:00-08:00",
        "paged_at": "2026-11-22T18:02:00-08:00",
        "acknowledged_at": None,
        "resolved_at": "2026-11-22T18:05:00-08:00",
        "duration": 300.0,
        "time_to_detect": 30.0,
        "paged": True,
        "brief": False,
        "in_maintenance": False,
        "part_of": None,
        "unwatched": False,
        "hint": "restart",
        "evidence": {"failed": "rest", "looks": 2},
        "timeline": [
            {
                "at": "2026-11-22T18:00:00-08:00",
                "kind": "opened",
                "rule": "link_broken",
                "evidence": {"looks": 2},
            }
        ],
        "drill": False,
    }


async def test_the_summary_is_in_words(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    runs = await automate(hass, when=on("incident_opened"))
    await announce(hass, OPENED)
    assert given(runs)["summary"] == STRINGS["selector"]["rule"]["options"]["server_down"]


async def test_a_drill_says_so(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    runs = await automate(hass, when=on("incident_paged"))
    await announce(hass, changed(ChangeKind.PAGED, incident()), drill=True)
    assert given(runs)["drill"] is True


@pytest.mark.parametrize("name", INCIDENTS)
async def test_what_is_less_bad_than_wanted_fires_nothing(
    hass: HomeAssistant, watched: MockConfigEntry, name: str
) -> None:
    runs = await automate(hass, when=on(name, severity="p2"))
    for kind in ChangeKind:
        await announce(hass, changed(kind, incident(RuleKey.UPDATE_WAITING)))
    assert runs == []


async def test_what_was_bad_enough_once_fires_at_its_end(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    runs = await automate(hass, when=on("incident_resolved", severity="p0"))
    over = incident(RuleKey.LINK_BROKEN, worst=Severity.P0)
    await announce(hass, changed(ChangeKind.RESOLVED, over))
    assert len(runs) == 1


async def test_a_severity_may_be_written_in_capitals(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    runs = await automate(hass, when=on("incident_opened", severity="P0"))
    await announce(hass, OPENED)
    assert len(runs) == 1


@pytest.mark.parametrize(("least", "fires"), [("p0", True), ("p1", False)])
async def test_an_incident_that_gets_worse_opens_for_those_whom_it_was_not_bad_enough_for(
    hass: HomeAssistant, watched: MockConfigEntry, least: str, fires: bool
) -> None:
    runs = await automate(hass, when=on("incident_opened", severity=least))
    await announce(hass, escalated(RuleKey.LINK_BROKEN))
    assert bool(runs) is fires


async def test_an_incident_that_gets_worse_is_not_paged_before_its_page(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    runs = await automate(hass, when=on("incident_paged", severity="p0"))
    await announce(hass, escalated(RuleKey.LINK_BROKEN))
    assert runs == []


async def test_only_the_servers_that_are_meant_fire(
    hass: HomeAssistant, watched: MockConfigEntry, other: MockConfigEntry
) -> None:
    runs = await automate(hass, when=on("incident_opened", server="other"))
    await announce(hass, OPENED)
    await announce(hass, OPENED, entry_id="other")
    assert given(runs)["server"] == "other"


async def test_several_servers_can_be_meant(
    hass: HomeAssistant, watched: MockConfigEntry, other: MockConfigEntry
) -> None:
    runs = await automate(hass, when=on("incident_opened", server=["entry", "other"]))
    for entry_id in ("entry", "other"):
        await announce(hass, OPENED, entry_id=entry_id)
    assert [run.data["trigger"]["server"] for run in runs] == ["ha-mcp", "other"]


async def test_every_server_is_meant_if_none_is_named(
    hass: HomeAssistant, watched: MockConfigEntry, other: MockConfigEntry
) -> None:
    runs = await automate(hass, when=on("incident_opened"))
    for entry_id in ("entry", "other"):
        await announce(hass, OPENED, entry_id=entry_id)
    assert len(runs) == 2


async def test_a_changed_severity_gives_both(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    runs = await automate(hass, when=on("severity_changed"))
    await announce(hass, OPENED, after=Severity.P2)
    variables = given(runs)
    assert (variables["from_severity"], variables["to_severity"]) == ("none", "p2")
    assert (variables["server"], variables["entry_id"]) == ("ha-mcp", "entry")


@pytest.mark.parametrize(
    ("before", "after", "fires"),
    [
        (None, None, False),
        (Severity.P1, Severity.P1, False),
        (None, Severity.P2, False),
        (Severity.P3, Severity.P2, False),
        (None, Severity.P1, True),
        (Severity.P2, Severity.P0, True),
        (Severity.P0, Severity.P1, True),
        (Severity.P1, Severity.P2, True),
        (Severity.P0, None, True),
    ],
)
async def test_a_severity_changes_to_or_from_one_that_is_bad_enough(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    before: Severity | None,
    after: Severity | None,
    fires: bool,
) -> None:
    runs = await automate(hass, when=on("severity_changed", severity="p1"))
    await announce(hass, OPENED, before=before, after=after)
    assert bool(runs) is fires


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"server": "no_such"}, "no_such is not the config entry of a watched server"),
        ({"server": ["entry", "foreign"]}, "foreign is not the config entry of a watched server"),
        ({"server": []}, "length of value must be at least 1"),
        ({"severity": "p4"}, "value must be one of ['p0', 'p1', 'p2', 'p3']"),
        ({"colour": "red"}, "not a valid option"),
    ],
)
async def test_an_option_that_is_wrong_is_named(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    options: dict[str, Any],
    said: str,
) -> None:
    MockConfigEntry(domain="sun", entry_id="foreign").add_to_hass(hass)
    await automate(hass, when=on("incident_opened", **options))
    assert not is_valid(hass)
    assert said in caplog.text
    assert f"'options.{next(iter(options))}'" in caplog.text


async def test_an_automation_that_is_turned_off_hears_nothing_more(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    runs = await automate(hass, when=on("incident_opened"))
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "automation.test"}, blocking=True
    )
    await announce(hass, OPENED)
    assert runs == []


async def test_a_server_that_dies_fires_at_once(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    runs = await automate(hass, when=on("incident_opened", severity="p0"))
    await ha_mcp.stop()
    await cycle(hass, watched)
    variables = given(runs)
    assert (variables["rule"], variables["severity"]) == ("server_down", "p0")
    assert ha_mcp.url not in str(variables)


async def test_the_editor_knows_every_trigger(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    found = await async_get_all_descriptions(hass)
    assert {name for name in found if name.startswith("ha_mcp_sre.")} == {
        f"ha_mcp_sre.{name}" for name in _KINDS
    }
    assert set(STRINGS["triggers"]) == set(ICONS["triggers"]) == set(_KINDS)
    for name in _KINDS:
        described = found[f"ha_mcp_sre.{name}"]
        assert described is not None
        assert set(described["fields"]) == set(STRINGS["triggers"][name]["fields"])

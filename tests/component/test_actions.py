"""Actions, as scripts call them."""

from datetime import timedelta
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.util import dt as dt_util
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.ha_mcp_sre.assess.finding import Severity
from custom_components.ha_mcp_sre.assess.incident import ChangeKind
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.const import DOMAIN
from tests.component.automations import NOBODY, acknowledge, call, incidents, listen, refusal
from tests.component.conftest import cycle
from tests.component.telling import get_worse
from tests.fake_ha_mcp import FakeHaMcp
from tests.shipped import ICONS, STRINGS

ACTIONS = {"acknowledge_incident", "get_incidents", "test_alert", "generate_weekly_report"}


@pytest.fixture
async def down(hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp) -> str:
    """Return the id of the incident of a server that was killed."""
    await ha_mcp.stop()
    await cycle(hass, watched)
    (incident,) = watched.runtime_data.data.judgement.incidents
    incident_id: str = incident.id
    return incident_id


@pytest.fixture
async def other(hass: HomeAssistant, watched: MockConfigEntry) -> MockConfigEntry:
    """Return the entry of another server, which is down."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="other",
        unique_id="other",
        data=NOBODY,
        entry_id="other",
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


async def recover(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Have the server up again for so long that its incidents are over."""
    await ha_mcp.start(URL(entry.data["url"]).port or 0)
    await cycle(hass, entry)
    freezer.tick(Policy().clean_time[Severity.P0] + 1)
    await cycle(hass, entry)


async def test_an_acknowledged_incident_is_known_to_be_in_hand(
    hass: HomeAssistant, watched: MockConfigEntry, down: str
) -> None:
    news = listen(hass)
    await acknowledge(hass, down)
    assert [each.change.kind for each in news] == [ChangeKind.ACKNOWLEDGED]
    (incident,) = await incidents(hass)
    assert incident["status"] == "acknowledged"
    assert incident["acknowledged_at"] is not None


async def test_an_incident_of_any_server_can_be_acknowledged(
    hass: HomeAssistant, down: str, other: MockConfigEntry
) -> None:
    (incident,) = await incidents(hass, server="other")
    await acknowledge(hass, incident["incident_id"])
    (incident,) = await incidents(hass, server="other")
    assert incident["status"] == "acknowledged"


async def test_an_incident_that_nobody_knows_is_refused(
    hass: HomeAssistant, watched: MockConfigEntry
) -> None:
    said = await refusal(hass, "acknowledge_incident", incident_id="0badbeef")
    assert said == (
        "incident_id: no incident 0badbeef is known. Take the ID from the action Get incidents; "
        "a server that is not loaded knows none"
    )


async def test_an_incident_that_was_acknowledged_is_refused(
    hass: HomeAssistant, watched: MockConfigEntry, down: str, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2026-11-23T12:00:00+00:00")
    await acknowledge(hass, down)
    said = await refusal(hass, "acknowledge_incident", incident_id=down)
    assert said == (
        f"incident_id: incident {down} was acknowledged already, at 2026-11-23T04:00:00-08:00. "
        "Nothing more is needed"
    )


async def test_an_incident_that_is_over_is_refused(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    down: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    await recover(hass, watched, ha_mcp, freezer)
    said = await refusal(hass, "acknowledge_incident", incident_id=down)
    assert said.startswith(f"incident_id: incident {down} is over since ")


async def test_incidents_are_returned_as_plain_data(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp, down: str
) -> None:
    response = await call(hass, "get_incidents")
    assert json.loads(json.dumps(response)) == response
    (incident,) = response["incidents"]
    assert incident["incident_id"] == down
    assert (incident["rule"], incident["severity"]) == ("server_down", "p0")
    assert (incident["server"], incident["status"]) == ("ha-mcp", "open")
    assert [moment["kind"] for moment in incident["timeline"]] == ["opened"]
    assert ha_mcp.url not in str(response)
    assert "private" not in str(response)


async def test_a_quiet_life_has_no_incidents(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    assert await incidents(hass) == []


@pytest.mark.parametrize(
    ("status", "servers"),
    [("all", {"ha-mcp", "other"}), ("open", {"other"}), ("resolved", {"ha-mcp"})],
)
async def test_incidents_can_be_had_by_status(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    down: str,
    other: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    status: str,
    servers: set[str],
) -> None:
    await recover(hass, watched, ha_mcp, freezer)
    assert {each["server"] for each in await incidents(hass, status=status)} == servers


async def test_incidents_can_be_had_by_server(
    hass: HomeAssistant, watched: MockConfigEntry, down: str, other: MockConfigEntry
) -> None:
    assert [each["server"] for each in await incidents(hass, server="entry")] == ["ha-mcp"]


async def test_the_newest_incidents_come_first_and_no_more_than_wanted(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    down: str,
    other: MockConfigEntry,
) -> None:
    assert [each["server"] for each in await incidents(hass)] == ["other", "ha-mcp"]
    assert [each["server"] for each in await incidents(hass, limit=1)] == ["other"]


@pytest.mark.parametrize(
    ("since", "counts"),
    [(timedelta(seconds=-1), True), (timedelta(), True), (timedelta(seconds=1), False)],
)
async def test_incidents_that_were_over_by_then_are_left_out(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    down: str,
    freezer: FrozenDateTimeFactory,
    since: timedelta,
    counts: bool,
) -> None:
    freezer.move_to(dt_util.utcnow().replace(microsecond=0) + timedelta(minutes=1))
    await recover(hass, watched, ha_mcp, freezer)
    (incident,) = await incidents(hass)
    over = dt_util.parse_datetime(incident["resolved_at"], raise_on_error=True)
    # What a person picks has no zone: it is the time of this home.
    picked = (over + since).replace(tzinfo=None).isoformat(sep=" ")
    assert bool(await incidents(hass, since=picked)) is counts


async def test_an_open_incident_is_never_left_out(
    hass: HomeAssistant, watched: MockConfigEntry, down: str
) -> None:
    later = dt_util.now() + timedelta(days=1)
    assert len(await incidents(hass, since=later.isoformat())) == 1


@pytest.mark.parametrize("action", ["get_incidents", "test_alert"])
async def test_a_server_that_is_none_is_refused(
    hass: HomeAssistant, watched: MockConfigEntry, action: str
) -> None:
    MockConfigEntry(domain="sun", entry_id="foreign").add_to_hass(hass)
    for server in ("no_such", "foreign"):
        said = await refusal(hass, action, server=server)
        assert said.startswith(f"server: {server} is not the config entry of a watched server. ")


@pytest.mark.parametrize("action", ["get_incidents", "test_alert"])
async def test_a_server_that_is_not_loaded_is_refused(
    hass: HomeAssistant, watched: MockConfigEntry, action: str
) -> None:
    await hass.config_entries.async_unload(watched.entry_id)
    said = await refusal(hass, action, server="entry")
    assert said.startswith("server: ha-mcp is not being watched at the moment. ")


@pytest.mark.parametrize("action", ["get_incidents", "test_alert"])
async def test_without_any_server_nothing_is_claimed(
    hass: HomeAssistant, watched: MockConfigEntry, action: str
) -> None:
    await hass.config_entries.async_unload(watched.entry_id)
    said = await refusal(hass, action)
    assert said.startswith("server: no server is being watched at the moment. ")


async def test_a_drill_must_say_of_which_of_several_servers(
    hass: HomeAssistant, watched: MockConfigEntry, other: MockConfigEntry
) -> None:
    said = await refusal(hass, "test_alert")
    assert said == (
        "server: several servers are watched. Name one of them: ha-mcp (entry), other (other)"
    )


@pytest.mark.parametrize(
    ("action", "data", "field"),
    [
        ("acknowledge_incident", {}, "incident_id"),
        ("get_incidents", {"status": "closed"}, "status"),
        ("get_incidents", {"since": "yesterday"}, "since"),
        ("get_incidents", {"limit": 0}, "limit"),
        ("get_incidents", {"limit": 1001}, "limit"),
        ("test_alert", {"severity": "p2"}, "severity"),
        ("test_alert", {"colour": "red"}, "colour"),
    ],
)
async def test_a_field_that_is_wrong_is_named(
    hass: HomeAssistant, watched: MockConfigEntry, action: str, data: dict[str, Any], field: str
) -> None:
    with pytest.raises(vol.Invalid, match=field):
        await hass.services.async_call(
            DOMAIN, action, data, blocking=True, return_response=action == "get_incidents"
        )


async def test_the_editor_knows_every_action(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    found = (await async_get_all_descriptions(hass))[DOMAIN]
    assert set(found) == ACTIONS == set(STRINGS["services"]) == set(ICONS["services"])
    for name, action in found.items():
        assert set(action["fields"]) == set(STRINGS["services"][name]["fields"])


async def test_a_brief_outage_does_not_count_for_the_mean_time_to_repair(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    down: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    await recover(hass, watched, ha_mcp, freezer)

    response = await call(hass, "get_incidents")
    assert [each["status"] for each in response["incidents"]] == ["resolved"]
    assert response["mean_time_to_repair"] is None


async def test_the_mean_time_to_repair_is_told_with_the_incidents(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    down: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    assert (await call(hass, "get_incidents"))["mean_time_to_repair"] is None

    freezer.tick(max(each or 0 for each in Policy().grace.values()) + 1)
    await cycle(hass, watched)
    await recover(hass, watched, ha_mcp, freezer)

    response = await call(hass, "get_incidents")
    lasted = response["incidents"][0]["duration"]
    assert response["mean_time_to_repair"] == pytest.approx(lasted, abs=0.5)


async def test_an_incident_that_got_worse_can_be_acknowledged_again(
    hass: HomeAssistant, watched: MockConfigEntry, down: str
) -> None:
    get_worse(watched)
    news = listen(hass)
    await acknowledge(hass, down)
    assert [each.change.kind for each in news] == [ChangeKind.ACKNOWLEDGED]
    assert (await incidents(hass))[0]["status"] == "acknowledged"

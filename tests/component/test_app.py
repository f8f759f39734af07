"""What a person sees of a server that a Supervisor runs as an app."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.log_event import LogEvent
from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.observe import supervisor as supervisor_source
from tests.component.conftest import HEALTH, probe_now, reason, state
from tests.component.sessions import until
from tests.component.supervised import supervised
from tests.fake_ha_mcp import FakeHaMcp
from tests.fake_supervisor import SLUG, FakeApp, FakeSupervisor, Mood

CLIENT = "INFO:ha_mcp.client.websocket_client:"
OPENED = f"{CLIENT}WebSocket connected and authenticated successfully"
LOST = (
    "WARNING:ha_mcp.client.websocket_client:WebSocket connection closed"
    " (connection dropped without a close frame)"
)


@pytest.fixture
async def supervisor(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakeSupervisor]:
    """Return the Supervisor that runs the server, at the port that this server has."""
    assert ha_mcp.server is not None
    monkeypatch.setattr(supervisor_source, "APP_PORT", ha_mcp.server.port)
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(supervised(hass, monkeypatch))


@pytest.fixture
def app(supervisor: FakeSupervisor) -> FakeApp:
    """Return the app."""
    return supervisor.apps[SLUG]


def watching_app(ha_mcp: FakeHaMcp) -> MockConfigEntry:
    """Return the config entry that watches the app."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="ha-mcp",
        unique_id=f"app_{SLUG}",
        data={"mode": "app", "install": SLUG, "url": ha_mcp.url, "verify_ssl": True},
        entry_id="entry",
    )


@pytest.fixture
async def watched_app(
    hass: HomeAssistant, supervisor: FakeSupervisor, ha_mcp: FakeHaMcp
) -> AsyncIterator[MockConfigEntry]:
    """Return the config entry that watches the app, whose log is being followed."""
    entry = watching_app(ha_mcp)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: supervisor.following == 1)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


def gaps(hass: HomeAssistant) -> set[str]:
    found = hass.states.get("sensor.ha_mcp_monitoring_gaps")
    assert found is not None
    return set(found.attributes["gaps"])


async def log(hass: HomeAssistant, entry: MockConfigEntry, app: FakeApp, *lines: str) -> None:
    """Have the app log lines, and wait until they were read."""
    record = entry.runtime_data.record
    before = record.app_log
    await app.journal.append(*lines)
    await until(lambda: record.app_log != before)
    await probe_now(hass)


async def test_an_app_is_found_and_added_without_an_address(
    hass: HomeAssistant, supervisor: FakeSupervisor, ha_mcp: FakeHaMcp
) -> None:
    step = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    schema = step["data_schema"]
    assert schema is not None
    (selector,) = schema.schema.values()
    assert selector.config["options"][0] == {
        "value": f"app_{SLUG}",
        "label": "Home Assistant MCP Server (app, 8.7.0, running)",
    }
    added = await hass.config_entries.flow.async_configure(
        step["flow_id"], {"install": f"app_{SLUG}"}
    )
    assert added["type"] is FlowResultType.CREATE_ENTRY
    assert (added["data"]["mode"], added["data"]["url"]) == ("app", ha_mcp.url)
    await hass.config_entries.async_remove(added["result"].entry_id)


async def test_memory_and_processor_time_are_those_that_supervisor_measured(
    hass: HomeAssistant, watched_app: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    await probe_now(hass)
    assert float(state(hass, "sensor.ha_mcp_memory")) == pytest.approx(126_500_000 / 2**20, abs=1)
    assert entity_registry.async_get("sensor.ha_mcp_network_received") is not None
    assert entity_registry.async_get("sensor.ha_mcp_token_expires") is None


async def test_memory_of_an_app_that_stopped_is_not_shown_on(
    hass: HomeAssistant, watched_app: MockConfigEntry, app: FakeApp, ha_mcp: FakeHaMcp
) -> None:
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_memory") != "unknown"
    app.state = "stopped"
    await ha_mcp.stop()
    await watched_app.runtime_data.async_refresh()
    await until(lambda: watched_app.runtime_data._knowledge.host.memory is None)
    await watched_app.runtime_data.async_refresh()
    assert state(hass, "sensor.ha_mcp_memory") == "unknown"


async def test_what_supervisor_cannot_count_for_it_is_a_gap(
    hass: HomeAssistant, watched_app: MockConfigEntry
) -> None:
    await probe_now(hass)
    assert {"network_host_network", "usage_log_size_in_container"} <= gaps(hass)


@pytest.mark.parametrize("mood", [Mood.SLOW, Mood.ERROR, Mood.GARBAGE, Mood.ODD, Mood.HANGING_UP])
async def test_a_supervisor_in_trouble_is_a_gap_and_the_rest_goes_on(
    hass: HomeAssistant, watched_app: MockConfigEntry, supervisor: FakeSupervisor, mood: Mood
) -> None:
    supervisor.mood = mood
    await probe_now(hass)
    assert state(hass, HEALTH) == "healthy"
    assert state(hass, "sensor.ha_mcp_memory") == "unknown"
    assert {"memory_supervisor_silent", "cpu_supervisor_silent"} <= gaps(hass)


async def test_before_its_log_tells_of_a_session_that_is_a_gap(
    hass: HomeAssistant, watched_app: MockConfigEntry
) -> None:
    await probe_now(hass)
    assert "session_before_listening" in gaps(hass)


async def test_a_connection_that_was_lost_and_opened_again_is_a_reconnect(
    hass: HomeAssistant, watched_app: MockConfigEntry, app: FakeApp
) -> None:
    await log(hass, watched_app, app, OPENED)
    assert "session_before_listening" not in gaps(hass)
    for count in range(1, 4):
        await log(hass, watched_app, app, LOST)
        await log(hass, watched_app, app, OPENED)
        assert state(hass, "sensor.ha_mcp_websocket_reconnects") == str(count)


async def test_a_line_that_changes_nothing_is_not_written_down(
    hass: HomeAssistant, watched_app: MockConfigEntry, app: FakeApp
) -> None:
    vantage, saved = watched_app.runtime_data._vantage, []
    with patch.object(watched_app.runtime_data.record, "save_later", lambda: saved.append(1)):
        for event in (LogEvent.SESSION_OPENED, LogEvent.GATEWAY_ERROR, LogEvent.TOOLS_MISSING):
            vantage._note(event)
    assert saved == [1]


async def test_reconnects_survive_a_reload(
    hass: HomeAssistant, watched_app: MockConfigEntry, app: FakeApp, supervisor: FakeSupervisor
) -> None:
    await app.journal.append(OPENED, LOST, OPENED)
    await until(lambda: watched_app.runtime_data.record.app_log.reconnects == 1)
    await hass.config_entries.async_reload(watched_app.entry_id)
    await probe_now(hass)
    assert state(hass, "sensor.ha_mcp_websocket_reconnects") == "1"


async def test_its_log_shows_how_long_it_took_to_come_up(
    hass: HomeAssistant,
    watched_app: MockConfigEntry,
    app: FakeApp,
    ha_mcp: FakeHaMcp,
) -> None:
    starting = "2026-11-23 04:19:59 [INFO] Starting Home Assistant MCP Server..."
    await log(hass, watched_app, app, starting)
    await log(hass, watched_app, app, "INFO:     Uvicorn running on http://0.0.0.0:9583")
    server = watched_app.runtime_data.record.server
    assert server.startup_time is not None
    assert server.startup_source == "app_log"


@pytest.mark.parametrize(("app_state", "why"), [("stopped", "stopped"), ("error", "crashed")])
async def test_the_state_of_the_app_is_the_reason_for_its_silence(
    hass: HomeAssistant,
    watched_app: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    app_state: str,
    why: str,
) -> None:
    await ha_mcp.stop()
    event = {"event": "addon", "slug": SLUG, "state": app_state}
    async_dispatcher_send(hass, "supervisor_event", event)
    await hass.async_block_till_done()
    await until(lambda: reason(hass) == ("endpoint", why, None))


async def test_a_session_ends_with_the_app(
    hass: HomeAssistant, watched_app: MockConfigEntry, app: FakeApp
) -> None:
    await log(hass, watched_app, app, OPENED)
    event = {"event": "addon", "slug": SLUG, "state": "error"}
    async_dispatcher_send(hass, "supervisor_event", event)
    await hass.async_block_till_done()
    assert watched_app.runtime_data._sessions.facts().is_open is False
    await log(hass, watched_app, app, OPENED)
    assert state(hass, "sensor.ha_mcp_websocket_reconnects") == "0"


async def test_an_app_that_is_starting_is_neither_up_nor_down(
    hass: HomeAssistant, watched_app: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    event = {"event": "addon", "slug": SLUG, "state": "startup"}
    async_dispatcher_send(hass, "supervisor_event", event)
    await hass.async_block_till_done()
    await until(lambda: state(hass, HEALTH) == "unknown")
    assert state(hass, "binary_sensor.ha_mcp_reachable") == "unknown"


async def test_an_app_that_was_removed_is_not_installed(
    hass: HomeAssistant,
    watched_app: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await ha_mcp.stop()
    hass.data["hassio_addons_list"] = []
    await watched_app.runtime_data.async_refresh()
    assert reason(hass) == ("endpoint", "not_installed", None)


async def test_a_line_about_a_crash_starts_a_look_at_once(
    hass: HomeAssistant, watched_app: MockConfigEntry, app: FakeApp, ha_mcp: FakeHaMcp
) -> None:
    await ha_mcp.stop()
    await app.journal.append("2026-11-23 04:19:59 [ERROR] MCP server crashed: boom")
    await until(lambda: state(hass, HEALTH) == "down")


async def test_a_burst_of_lines_about_trouble_is_not_a_burst_of_looks(
    hass: HomeAssistant, watched_app: MockConfigEntry, app: FakeApp, ha_mcp: FakeHaMcp
) -> None:
    await probe_now(hass)
    ha_mcp.requests.clear()
    await app.journal.append(*[LOST] * 200)
    await app.journal.append(OPENED)
    await until(lambda: watched_app.runtime_data.record.app_log.reconnects == 1)
    await hass.async_block_till_done()
    assert ha_mcp.requests.count("info") <= 3


async def test_reconnects_are_unknown_where_the_log_was_never_followed(
    hass: HomeAssistant, supervisor: FakeSupervisor, ha_mcp: FakeHaMcp
) -> None:
    supervisor.log_mood = Mood.ERROR
    entry = watching_app(ha_mcp)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: entry.runtime_data._vantage.log_failure is not None)
    await probe_now(hass)
    assert "session_log_unread" in gaps(hass)
    assert state(hass, "sensor.ha_mcp_websocket_reconnects") == "unknown"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_log_that_cannot_be_followed_is_a_gap(
    hass: HomeAssistant, watched_app: MockConfigEntry, app: FakeApp, supervisor: FakeSupervisor
) -> None:
    await log(hass, watched_app, app, OPENED)
    assert watched_app.runtime_data.data.session.is_open is True
    supervisor.log_mood = Mood.ERROR
    supervisor.cut()
    await until(lambda: watched_app.runtime_data._vantage.log_failure is not None)
    await probe_now(hass)
    assert "session_log_unread" in gaps(hass)
    assert watched_app.runtime_data.data.session.is_open is None


async def test_it_is_looked_for_at_the_path_of_its_options(
    hass: HomeAssistant, watched_app: MockConfigEntry, app: FakeApp, ha_mcp: FakeHaMcp
) -> None:
    app.options["secret_path"] = "/private_another-secret"
    await probe_now(hass)
    assert watched_app.runtime_data._vantage.url().endswith("/private_another-secret")

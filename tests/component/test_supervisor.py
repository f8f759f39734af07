"""What Supervisor shows of an ha-mcp app, asked over a real socket."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from homeassistant.components.hassio import get_addons_info
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind, HostReading
from custom_components.ha_mcp_sre.assess.signals import Source
from custom_components.ha_mcp_sre.observe import supervisor
from tests.component.supervised import PATIENCE, supervised
from tests.fake_supervisor import SECRET_PATH, SLUG, FakeApp, FakeSupervisor, Mood

type Ask = Callable[[HomeAssistant, str, float], Awaitable[object]]

NOW = 1_795_435_200.0

ASKS: dict[str, Ask] = {"app": supervisor.app, "stats": partial(supervisor.stats, now=NOW)}


@pytest.fixture
async def fake(
    hass: HomeAssistant, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakeSupervisor]:
    """Return the Supervisor of a Home Assistant, with ha-mcp installed."""
    async with supervised(hass, monkeypatch) as fake:
        yield fake


@pytest.fixture
def app(fake: FakeSupervisor) -> FakeApp:
    """Return the installed app."""
    return fake.apps[SLUG]


async def test_home_assistant_knows_the_app(hass: HomeAssistant, fake: FakeSupervisor) -> None:
    known = get_addons_info(hass)[SLUG]
    assert known is not None
    assert known["options"] == {"secret_path": SECRET_PATH}
    (entry,) = hass.config_entries.async_entries("hassio")
    assert entry.state is ConfigEntryState.LOADED


class TestApps:
    async def test_they_come_from_memory(self, hass: HomeAssistant, fake: FakeSupervisor) -> None:
        asked = len(fake.requests)
        assert supervisor.apps(hass) == (
            supervisor.App(
                slug=SLUG,
                name="Home Assistant MCP Server",
                state="started",
                version="8.7.0",
                url=f"http://127.0.0.1:9583{SECRET_PATH}",
                watchdog=False,
            ),
        )
        assert len(fake.requests) == asked

    @pytest.mark.usefixtures("fake")
    async def test_a_repr_does_not_show_the_address(self, hass: HomeAssistant) -> None:
        (found,) = supervisor.apps(hass)
        assert found.url is not None
        assert SECRET_PATH not in repr(found)

    @pytest.mark.usefixtures("fake")
    async def test_an_app_of_which_only_the_list_is_known_has_no_address(
        self, hass: HomeAssistant
    ) -> None:
        hass.data["hassio_addons_info"][SLUG] = None
        assert supervisor.apps(hass) == (
            supervisor.App(SLUG, "Home Assistant MCP Server", "started", "8.7.0"),
        )

    @pytest.mark.usefixtures("socket_enabled")
    async def test_there_are_none_before_supervisor_answered(
        self, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with supervised(hass, monkeypatch, Mood.ERROR) as fake:
            assert "GET /supervisor/ping" in fake.requests
            assert supervisor.apps(hass) == ()

    @pytest.mark.parametrize(
        ("slug", "known"),
        [
            ("81f33d0f_ha_mcp", True),
            ("81f33d0f_ha_mcp_dev", True),
            ("local_ha_mcp", True),
            ("local_ha_mcp_dev", True),
            ("local_ha_mcp_test", True),
            ("a0d7b954_ha_mcp", True),
            ("81f33d0f_ha_mcp_webhook_proxy", False),
            ("81f33d0f_ha_mcp_webhook_proxy_dev", False),
            ("local_ha_mcp_webhook_proxy", False),
            ("local_ha_mcp_webhook_proxy_dev", False),
            ("core_mosquitto", False),
            ("ha_mcp", False),
            ("81f33d0f_ha_mcp\n", False),
        ],
    )
    def test_one_is_known_by_its_slug(self, slug: str, known: bool) -> None:
        assert supervisor.is_ha_mcp(slug) is known

    @pytest.mark.parametrize(
        ("state", "fate"),
        [
            ("started", None),
            ("startup", FailureKind.STARTING),
            ("stopped", FailureKind.STOPPED),
            ("error", FailureKind.CRASHED),
            ("unknown", None),
            ("a new word", None),
        ],
    )
    def test_a_state_says_whether_the_server_can_answer(
        self, state: str, fate: FailureKind | None
    ) -> None:
        assert supervisor.fate(supervisor.App(SLUG, "ha-mcp", state)) is fate


class TestOneApp:
    async def test_it_is_fresh(self, hass: HomeAssistant, app: FakeApp) -> None:
        app.state, app.version, app.options = "stopped", "8.8.0", {"secret_path": "/private_new"}
        assert await supervisor.app(hass, SLUG, PATIENCE) == supervisor.App(
            slug=SLUG,
            name="Home Assistant MCP Server",
            state="stopped",
            version="8.8.0",
            url="http://127.0.0.1:9583/private_new",
            watchdog=False,
        )

    @pytest.mark.parametrize(
        "path", [None, "", "private", 7, "/private new", "/private?a", "/private#a", "/"]
    )
    async def test_an_unusable_secret_path_is_no_address(
        self, hass: HomeAssistant, app: FakeApp, path: object
    ) -> None:
        app.options = {"secret_path": path}
        found = await supervisor.app(hass, SLUG, PATIENCE)
        assert isinstance(found, supervisor.App)
        assert found.url is None

    async def test_before_its_first_start_it_has_no_address(
        self, hass: HomeAssistant, app: FakeApp
    ) -> None:
        app.options = {}
        found = await supervisor.app(hass, SLUG, PATIENCE)
        assert isinstance(found, supervisor.App)
        assert found.url is None


class TestStats:
    async def test_they_are_of_the_app(
        self, hass: HomeAssistant, app: FakeApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(supervisor, "_CORES", 4)
        app.uses = {
            "memory_usage": 123_456_789,
            "cpu_percent": 2.5,
            "network_rx": 1000,
            "network_tx": 2000,
        }
        reading = await supervisor.stats(hass, SLUG, PATIENCE, NOW)
        assert isinstance(reading, HostReading)
        assert reading == HostReading(
            at=NOW,
            source=Source.SUPERVISOR,
            memory=123_456_789,
            cpu=10.0,
            network_received=1000,
            network_sent=2000,
        )

    async def test_a_stopped_app_uses_nothing_that_is_known(
        self, hass: HomeAssistant, app: FakeApp
    ) -> None:
        app.state = "stopped"
        reading = await supervisor.stats(hass, SLUG, PATIENCE, NOW)
        assert isinstance(reading, HostReading)
        assert reading == HostReading(at=NOW, source=Source.SUPERVISOR)

    async def test_an_idle_app_uses_no_processor_time(
        self, hass: HomeAssistant, app: FakeApp
    ) -> None:
        app.uses["cpu_percent"] = 0
        reading = await supervisor.stats(hass, SLUG, PATIENCE, NOW)
        assert isinstance(reading, HostReading)
        assert reading.cpu == 0.0

    @pytest.mark.usefixtures("fake")
    async def test_the_network_of_an_app_that_uses_the_machines_own_is_unknown(
        self, hass: HomeAssistant
    ) -> None:
        reading = await supervisor.stats(hass, SLUG, PATIENCE, NOW)
        assert isinstance(reading, HostReading)
        assert reading.memory is not None
        assert (reading.network_received, reading.network_sent) == (None, None)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
class TestFailures:
    @pytest.mark.parametrize(
        ("mood", "kind"),
        [
            (Mood.ERROR, FailureKind.HTTP_ERROR),
            (Mood.GARBAGE, FailureKind.BAD_ANSWER),
            (Mood.ODD, FailureKind.BAD_ANSWER),
            (Mood.HANGING_UP, FailureKind.RESET),
        ],
    )
    async def test_a_bad_answer_has_a_kind_and_leaves_no_text(
        self,
        hass: HomeAssistant,
        fake: FakeSupervisor,
        caplog: pytest.LogCaptureFixture,
        ask: Ask,
        mood: Mood,
        kind: FailureKind,
    ) -> None:
        fake.mood = mood
        caplog.clear()
        assert await ask(hass, SLUG, PATIENCE) is kind
        assert SECRET_PATH not in caplog.text

    async def test_slowness_is_not_waited_for(
        self, hass: HomeAssistant, fake: FakeSupervisor, ask: Ask
    ) -> None:
        fake.mood = Mood.SLOW
        assert await ask(hass, SLUG, 0.1) is FailureKind.TIMEOUT

    async def test_a_supervisor_that_is_gone_refuses(
        self, hass: HomeAssistant, fake: FakeSupervisor, ask: Ask
    ) -> None:
        await fake.stop()
        assert await ask(hass, SLUG, PATIENCE) is FailureKind.REFUSED

    @pytest.mark.usefixtures("fake")
    async def test_an_app_that_is_not_installed_is_not_found(
        self, hass: HomeAssistant, ask: Ask
    ) -> None:
        assert await ask(hass, "81f33d0f_ha_mcp_dev", PATIENCE) is FailureKind.NOT_FOUND

    async def test_a_rejected_token_is_told(
        self, hass: HomeAssistant, fake: FakeSupervisor, ask: Ask
    ) -> None:
        fake.token = "another"
        assert await ask(hass, SLUG, PATIENCE) is FailureKind.SIGN_IN

    async def test_without_a_supervisor_nothing_is_found(
        self, hass: HomeAssistant, ask: Ask
    ) -> None:
        assert await ask(hass, SLUG, PATIENCE) is FailureKind.NOT_FOUND

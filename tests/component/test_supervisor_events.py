"""What Supervisor tells by itself is heard at once; where there is no Supervisor, all is quiet."""

from collections.abc import AsyncIterator, Awaitable, Callable
import subprocess
import sys
from typing import Any

from homeassistant.const import HASSIO_USER_NAME
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.ha_mcp_sre.observe import supervisor
from tests.component.supervised import supervised
from tests.fake_supervisor import SLUG, FakeSupervisor

type Tell = Callable[[dict[str, Any]], Awaitable[None]]


@pytest.fixture
async def fake(
    hass: HomeAssistant, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakeSupervisor]:
    """Return the Supervisor of a Home Assistant, with ha-mcp installed."""
    async with supervised(hass, monkeypatch) as fake:
        yield fake


@pytest.mark.usefixtures("fake")
class TestStateChanges:
    @pytest.fixture
    async def tell(self, hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Tell:
        """Return a way to tell Home Assistant news as Supervisor does: over its WebSocket API."""
        users = await hass.auth.async_get_users()
        (user,) = [user for user in users if user.name == HASSIO_USER_NAME]
        token = await hass.auth.async_create_refresh_token(user)
        client = await hass_ws_client(hass, hass.auth.async_create_access_token(token))

        async def tell(data: dict[str, Any]) -> None:
            await client.send_json_auto_id({"type": "supervisor/event", "data": data})
            assert (await client.receive_json())["success"]
            await hass.async_block_till_done()

        return tell

    async def test_a_change_is_told_at_once(self, hass: HomeAssistant, tell: Tell) -> None:
        heard: list[str] = []
        supervisor.on_state(hass, SLUG, heard.append)
        await tell({"event": "addon", "slug": SLUG, "state": "stopped"})
        assert heard == ["stopped"]
        assert [each.state for each in supervisor.apps(hass)] == ["stopped"]

    async def test_other_news_is_not(self, hass: HomeAssistant, tell: Tell) -> None:
        heard: list[str] = []
        supervisor.on_state(hass, SLUG, heard.append)
        await tell({"event": "addon", "slug": "core_mosquitto", "state": "stopped"})
        await tell({"event": "addon", "slug": SLUG})
        await tell({"event": "addon", "slug": SLUG, "state": None})
        await tell({"event": "something_new", "slug": SLUG, "state": "stopped"})
        assert heard == []

    async def test_nothing_is_told_after_the_end(self, hass: HomeAssistant, tell: Tell) -> None:
        heard: list[str] = []
        supervisor.on_state(hass, SLUG, heard.append)()
        await tell({"event": "addon", "slug": SLUG, "state": "stopped"})
        assert heard == []


class TestWithoutSupervisor:
    async def test_there_are_no_apps(self, hass: HomeAssistant) -> None:
        assert supervisor.apps(hass) == ()

    async def test_nothing_ever_changes(self, hass: HomeAssistant) -> None:
        heard: list[str] = []
        supervisor.on_state(hass, SLUG, heard.append)()
        assert heard == []

    def test_its_library_need_not_be_there(self) -> None:
        import_all = (
            "import sys; sys.modules['aiohasupervisor'] = None;"
            "import custom_components.ha_mcp_sre.observe.supervisor;"
            "import custom_components.ha_mcp_sre.observe.log_stream"
        )
        subprocess.run([sys.executable, "-c", import_all], check=True, timeout=120)

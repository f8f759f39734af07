"""What a person sends along with a bug report."""

import json

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_bytes
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from custom_components.ha_mcp_sre.diagnostics import async_get_config_entry_diagnostics
from tests.component.conftest import cycle, probe_now
from tests.fake_ha_mcp import SECRET_PATH, FakeHaMcp, plain_answer

MEASURED = props(
    *("since", "last_cycle", "calls_read_at", "response_time", "watching_since", "bytes")
)


@pytest.fixture(autouse=True)
async def diagnostics(hass: HomeAssistant) -> None:
    """Set up the download."""
    assert await async_setup_component(hass, "diagnostics", {})


async def test_the_download_tells_everything_but_secrets(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    snapshot: SnapshotAssertion,
) -> None:
    ha_mcp.call("ha_search", parameters={"query": "canary"})
    ha_mcp.call("ha_get_state", code="ENTITY_NOT_FOUND", parameters={"entity_id": "canary"})
    await probe_now(hass)
    download = await get_diagnostics_for_config_entry(hass, hass_client, watched)
    text = json.dumps(download)
    for secret in (SECRET_PATH, ha_mcp.url, "canary", "instance-1", watched.unique_id):
        assert str(secret) not in text
    assert download == snapshot(exclude=MEASURED)


async def test_an_incident_is_told_in_plain_json(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.routes["info"] = plain_answer(500)
    await cycle(hass, watched)
    told = await async_get_config_entry_diagnostics(hass, watched)
    (incident,) = json.loads(json_bytes(told))["assessment"]["judgement"]["incidents"]
    assert incident["absorbed"] == []

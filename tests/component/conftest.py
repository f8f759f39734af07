"""A Home Assistant in the test's process that watches the fake ha-mcp."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

import custom_components.ha_mcp_sre as integration
from custom_components.ha_mcp_sre import project_coordinator, reporter
from custom_components.ha_mcp_sre.address import unique_id
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.const import DOMAIN
from tests.component.project import WatchedGitHub, hold_images, project_entry, set_up
from tests.fake_ha_mcp import FakeHaMcp, Instance, tool_error
from tests.observe.fake_registry import FakeRegistry

HEALTH = "sensor.ha_mcp_health"


@pytest.fixture(autouse=True)
def short_policy(enable_custom_integrations: None, monkeypatch: pytest.MonkeyPatch) -> Policy:
    """Have the integration wait for nothing; cycles are started by the tests."""
    policy = replace(
        Policy(),
        cycle=3600,
        stage_timeout=1,
        suspicion_interval=0,
        look_interval=0,
        confirm_delays=(0,),
        down_intervals=(3600,),
        tool_calls_timeout=1,
        supervisor_timeout=1,
    )
    monkeypatch.setattr(integration, "POLICY", policy)
    # Only where a test is about it, and has a folder for it, a report is written by itself.
    monkeypatch.setattr(reporter, "INTERVAL", timedelta(days=3650))
    return policy


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Write snapshots as Home Assistant does."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def entry(ha_mcp: FakeHaMcp) -> MockConfigEntry:
    """Return the config entry of the fake ha-mcp, not set up yet."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="ha-mcp",
        unique_id=unique_id(ha_mcp.url),
        data={"mode": "http", "url": ha_mcp.url, "verify_ssl": True},
        entry_id="entry",
    )


@pytest.fixture
async def watched(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the config entry after its first look at the server."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


@pytest.fixture
async def other_ha_mcp(socket_enabled: None) -> AsyncIterator[FakeHaMcp]:
    """Return a second server."""
    server = FakeHaMcp()
    server.instance = Instance("instance-other", "worker-other")
    server.tools["ha_get_state"] = tool_error("USER_APPROVAL_REQUIRED")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def all_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable every entity, before anything is set up."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


@pytest.fixture
async def github(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[WatchedGitHub]:
    """Return a GitHub that is asked instead of the real one."""
    server = WatchedGitHub()
    await server.start()
    monkeypatch.setattr(project_coordinator, "BASE_URL", server.url)
    yield server
    await server.stop()


@pytest.fixture
async def registry(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakeRegistry]:
    """Return a registry of images that is asked instead of the real one."""
    server = FakeRegistry()
    await server.start()
    hold_images(server, "8.7.0", amd64=201 * 2**20, arm64=198 * 2**20)
    hold_images(server, "8.6.0", amd64=199 * 2**20)
    monkeypatch.setattr(project_coordinator, "GHCR", server.url)
    yield server
    await server.stop()


async def probe_now(hass: HomeAssistant) -> None:
    """Press the button."""
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.ha_mcp_probe_now"}, blocking=True
    )
    await hass.async_block_till_done()


async def cycle(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let one cycle pass, with what it starts in the background."""
    await entry.runtime_data.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Reload the entry, and let it have its first look."""
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity that must exist."""
    found = hass.states.get(entity_id)
    assert found is not None, f"{entity_id} does not exist"
    return found.state


def own_log(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [r for r in caplog.records if r.name.startswith("custom_components.ha_mcp_sre")]


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what a person finds in the log."""
    return [each.getMessage() for each in own_log(caplog) if each.levelno > logging.DEBUG]


def reason(hass: HomeAssistant) -> tuple[Any, Any, Any]:
    health = hass.states.get(HEALTH)
    assert health is not None
    shown = health.attributes
    return shown.get("failed_stage"), shown.get("reason"), shown.get("code")


@pytest.fixture
async def project(
    hass: HomeAssistant, all_enabled: None, github: WatchedGitHub, registry: FakeRegistry
) -> MockConfigEntry:
    """Return the config entry of the project after its first look."""
    entry = project_entry()
    await set_up(hass, entry)
    return entry

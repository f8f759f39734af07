"""What a project's coordinator learns while it is unloaded, and where it is judged."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread, current_thread

from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre import project_coordinator
from custom_components.ha_mcp_sre.assess.upstream import Upstream
from custom_components.ha_mcp_sre.project_coordinator import Project, judged
from tests.component.disk import real_disk, stored
from tests.component.project import HOUR, NOW, WatchedGitHub, look, project_entry, set_up
from tests.observe.fake_registry import FakeRegistry


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Iterator[Path]:
    with real_disk(hass, tmp_path) as folder:
        yield folder


@pytest.fixture
async def project(
    hass: HomeAssistant,
    folder: Path,
    github: WatchedGitHub,
    registry: FakeRegistry,
    freezer: FrozenDateTimeFactory,
) -> MockConfigEntry:
    """Return the project after its first look, on a clock that stands."""
    freezer.move_to(NOW)
    entry = project_entry()
    await set_up(hass, entry)
    return entry


async def test_a_look_that_is_judged_while_the_project_is_unloaded_leaves_no_hole(
    hass: HomeAssistant,
    project: MockConfigEntry,
    github: WatchedGitHub,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, may_go_on = Event(), Event()

    def judged_slowly(upstream: Upstream, now: float) -> Project:
        begun.set()
        may_go_on.wait(10)
        return judged(upstream, now)

    github.run(github.now + HOUR / 2)
    freezer.tick(HOUR)
    with monkeypatch.context() as patch:
        patch.setattr(project_coordinator, "judged", judged_slowly)
        looking = hass.async_create_task(project.runtime_data.async_refresh())
        await hass.async_add_executor_job(begun.wait, 10)
        await hass.config_entries.async_unload(project.entry_id)
        may_go_on.set()
        await looking
    assert await hass.config_entries.async_setup(project.entry_id)
    freezer.tick(HOUR)
    await look(hass, project)
    assert len(project.runtime_data.data.upstream.runs) == 5


async def test_what_was_asked_when_the_project_was_unloaded_counts_against_the_budget(
    hass: HomeAssistant,
    project: MockConfigEntry,
    github: WatchedGitHub,
    folder: Path,
    freezer: FrozenDateTimeFactory,
) -> None:
    came = asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        came.set()
        await asyncio.sleep(3600)
        raise web.HTTPServiceUnavailable

    freezer.tick(2 * HOUR)
    github.refuses = hang
    looking = hass.async_create_background_task(project.runtime_data.async_refresh(), "a look")
    await came.wait()
    await hass.config_entries.async_unload(project.entry_id)
    looking.cancel()
    kept = stored(folder.parent / "project" / "project")
    assert kept is not None
    assert len([at for at in kept["progress"]["client"]["spent"] if at > github.now + HOUR]) == 1


async def test_the_past_is_judged_beside_the_event_loop(
    hass: HomeAssistant, project: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set[Thread]()

    def judged_somewhere(upstream: Upstream, now: float) -> Project:
        threads.add(current_thread())
        return judged(upstream, now)

    monkeypatch.setattr(project_coordinator, "judged", judged_somewhere)
    await hass.config_entries.async_reload(project.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert threads
    assert current_thread() not in threads

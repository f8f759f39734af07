"""What is remembered of ha-mcp's own project, in a real file."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
import json
from pathlib import Path
from typing import Any

from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import JSONEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.upstream import (
    Image,
    Issue,
    Part,
    Release,
    Run,
    Upstream,
    UpstreamFailure,
)
from custom_components.ha_mcp_sre.observe.github import ClientState
from custom_components.ha_mcp_sre.observe.upstream_progress import Progress
from custom_components.ha_mcp_sre.project_store import ProjectMemory, ProjectStore, decode, encode
from tests.component.conftest import own_log
from tests.component.disk import real_disk, stored
from tests.component.project import HOUR, WatchedGitHub, project_entry, set_up
from tests.fake_github import REPOSITORY, TOKEN, refusal
from tests.observe.fake_registry import FakeRegistry

NOW = 1_795_400_000.0
KNOWN = Upstream(
    REPOSITORY,
    default_branch="master",
    runs=(
        Run(
            id=9_000_000_001,
            workflow="E2E Tests",
            path="e2e-tests.yml",
            event="push",
            on_default=True,
            commit="0" * 40,
            attempt=2,
            conclusion=None,
            created_at=NOW,
            started_at=NOW + 1,
            updated_at=NOW + 2.5,
        ),
    ),
    runs_since=NOW - 1,
    issues=(
        Issue(1, "[Bug] it\nfails | # now", ("bug", "crash"), NOW, None, None, NOW),
        Issue(2, "", (), NOW, NOW + 1, "completed", NOW + 1),
    ),
    releases=(Release("v8.7.0", NOW, prerelease=False),),
    images=(Image("8.7.0", "arm/v7", 2**31, None), Image("8.7.0", "amd64", 1, NOW)),
    read_at={Part.RUNS: NOW, Part.IMAGES: NOW - 1},
    failures={Part.ISSUES: UpstreamFailure.RATE_LIMITED},
)
MEMORY = ProjectMemory(KNOWN, Progress(client=ClientState(REPOSITORY, (NOW,), NOW + 60)))


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Iterator[Path]:
    with real_disk(hass, tmp_path) as folder:
        yield folder


@pytest.fixture
def store(hass: HomeAssistant, folder: Path) -> ProjectStore:
    return ProjectStore(hass, "entry", Policy())


def on_disk(memory: ProjectMemory) -> Any:
    """Return the memory as it comes back from a file."""
    return json.loads(json.dumps(encode(memory), cls=JSONEncoder))


async def test_what_was_learnt_is_known_after_a_restart(
    hass: HomeAssistant, store: ProjectStore
) -> None:
    await store.async_save(MEMORY)
    assert await ProjectStore(hass, "entry", Policy()).async_load(REPOSITORY) == MEMORY


async def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    freezer.tick(Policy().project_save_interval + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def test_of_many_changes_the_last_is_written_and_only_that(
    hass: HomeAssistant, store: ProjectStore, folder: Path, freezer: FrozenDateTimeFactory
) -> None:
    for branch in ("main", "master"):
        store.schedule_save(replace(MEMORY, upstream=replace(KNOWN, default_branch=branch)))
    assert stored(folder / "project") is None
    await wait(hass, freezer)
    assert stored(folder / "project") == on_disk(MEMORY)


async def test_what_was_written_at_once_is_not_written_again(
    hass: HomeAssistant, store: ProjectStore, folder: Path, freezer: FrozenDateTimeFactory
) -> None:
    store.schedule_save(ProjectMemory(KNOWN))
    await store.async_save(MEMORY)
    await wait(hass, freezer)
    assert stored(folder / "project") == on_disk(MEMORY)


async def test_what_is_scheduled_is_written_when_home_assistant_stops(
    hass: HomeAssistant, store: ProjectStore, folder: Path
) -> None:
    store.schedule_save(MEMORY)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert stored(folder / "project") == on_disk(MEMORY)


async def test_a_new_project_has_no_past(store: ProjectStore) -> None:
    assert await store.async_load(REPOSITORY) == ProjectMemory(Upstream(REPOSITORY))


async def test_the_file_is_only_for_home_assistant(store: ProjectStore, folder: Path) -> None:
    await store.async_save(MEMORY)
    assert (folder / "project").stat().st_mode & 0o777 == 0o600


async def test_what_was_learnt_of_another_repository_is_forgotten(store: ProjectStore) -> None:
    await store.async_save(MEMORY)
    assert await store.async_load("someone/ha-mcp") == ProjectMemory(Upstream("someone/ha-mcp"))


async def test_a_repository_is_the_same_in_other_letters(store: ProjectStore) -> None:
    await store.async_save(MEMORY)
    assert (await store.async_load("HomeAssistant-AI/ha-mcp")).upstream == KNOWN


def damaged(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return the file with another value somewhere."""
    content: dict[str, Any] = on_disk(MEMORY)
    *way, last = path
    inner = content
    for key in way:
        inner = inner[key]
    inner[last] = value
    return content


DAMAGE: list[Any] = [
    damaged(("upstream",), None),
    damaged(("upstream",), []),
    damaged(("upstream", "future"), 1),
    damaged(("upstream", "repository"), 7),
    damaged(("upstream", "runs_since"), "yesterday"),
    damaged(("upstream", "runs_since"), 1e30),
    damaged(("upstream", "runs"), [[1]]),
    damaged(("upstream", "runs", "id"), []),
    damaged(("upstream", "runs", "id"), ["1"]),
    damaged(("upstream", "runs", "conclusion"), [None, None]),
    damaged(("upstream", "runs", "future"), [1]),
    damaged(("upstream", "issues", "labels"), ["bug", "crash"]),
    damaged(("upstream", "issues", "closed_at"), [-1, None]),
    damaged(("upstream", "images", "size"), [1.5, 1]),
    damaged(("upstream", "releases", "prerelease"), [0]),
    damaged(("upstream", "read_at"), {"moon": 1}),
    damaged(("upstream", "failures"), {"runs": "bored"}),
    damaged(("section_of_a_later_version",), {}),
    [],
    "text",
]


@pytest.mark.parametrize("content", DAMAGE)
async def test_a_wrong_shape_is_set_aside_and_all_is_learnt_anew(
    store: ProjectStore, folder: Path, content: Any, caplog: pytest.LogCaptureFixture
) -> None:
    write(folder, content)
    assert await store.async_load(REPOSITORY) == ProjectMemory(Upstream(REPOSITORY))
    assert stored(folder / "project_set_aside") == {"project": content}
    (said,) = own_log(caplog)
    assert said.getMessage() == (
        "Part of what was remembered about ha-mcp's own project could not be read and was set "
        "aside in .storage/ha_mcp_sre/entry/project_set_aside: project; the rest goes on"
    )


@pytest.mark.parametrize("content", ["[]", "null", "7", '{"version": 1}'])
async def test_json_that_is_not_ours_is_set_aside(
    store: ProjectStore, folder: Path, content: str
) -> None:
    put(folder, content)
    assert await store.async_load(REPOSITORY) == ProjectMemory(Upstream(REPOSITORY))
    assert stored(folder / "project_set_aside") == {"project": json.loads(content)}


def write(folder: Path, content: Any, version: int = 1) -> None:
    frame = {"version": version, "minor_version": 1, "key": "project", "data": content}
    put(folder, json.dumps(frame))


def put(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / "project").write_text(text)


def times() -> st.SearchStrategy[float]:
    return st.floats(min_value=0, max_value=2e11) | st.integers(min_value=0, max_value=10**11)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    runs=st.lists(st.builds(Run, **dict.fromkeys(("created_at", "started_at"), times()))),
    sizes=st.lists(st.integers(min_value=0), max_size=3),
    titles=st.lists(st.text()),
    read_at=st.dictionaries(st.sampled_from(Part), times()),
)
def test_whatever_was_learnt_comes_back_as_it_was(
    runs: list[Run], sizes: list[int], titles: list[str], read_at: dict[Part, float]
) -> None:
    sane = (replace(run, id=abs(run.id), attempt=abs(run.attempt), updated_at=1.0) for run in runs)
    upstream = Upstream(
        REPOSITORY,
        runs=tuple(sane),
        images=tuple(Image("1", "amd64", size, None) for size in sizes),
        issues=tuple(Issue(0, title, (title,), 1.0, None, None, 1.0) for title in titles),
        read_at=read_at,
    )
    before = ProjectMemory(upstream)
    assert decode(on_disk(before)) == before


async def test_a_file_of_a_newer_version_is_kept_and_told(
    hass: HomeAssistant, folder: Path, github: WatchedGitHub, registry: FakeRegistry
) -> None:
    folder = folder.with_name("project")
    write(folder, {"any": "thing"}, version=2)
    entry = project_entry()
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "storage_too_new"
    assert stored(folder / "project") == {"any": "thing"}


async def test_nothing_is_left_of_a_project_that_was_removed(
    hass: HomeAssistant, folder: Path, github: WatchedGitHub, registry: FakeRegistry
) -> None:
    folder = folder.with_name("project")
    entry = project_entry(token=TOKEN)
    await set_up(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (folder / "project").is_file()
    await hass.config_entries.async_remove(entry.entry_id)
    assert not folder.exists()


async def test_the_token_is_not_in_the_file(
    hass: HomeAssistant, folder: Path, github: WatchedGitHub, registry: FakeRegistry
) -> None:
    entry = project_entry(token=TOKEN)
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    text = (folder.with_name("project") / "project").read_text()
    assert REPOSITORY in text
    assert TOKEN not in text


async def test_an_answer_that_comes_after_the_end_leaves_nothing_behind(
    hass: HomeAssistant,
    folder: Path,
    github: WatchedGitHub,
    registry: FakeRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    asked, removed = asyncio.Event(), asyncio.Event()

    async def late(request: web.Request) -> web.StreamResponse:
        asked.set()
        await removed.wait()
        return refusal(502)

    entry = project_entry()
    await set_up(hass, entry)
    github.refuses = late
    freezer.tick(HOUR)
    looking = asyncio.create_task(entry.runtime_data.async_refresh())
    await asked.wait()
    await hass.config_entries.async_remove(entry.entry_id)
    removed.set()
    await looking
    await wait(hass, freezer)
    assert not folder.with_name("project").exists()

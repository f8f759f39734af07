"""The sizes of the project's images: when they are asked for, and what is shown of them."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.component.conftest import said, state
from tests.component.project import (
    DAY,
    HOUR,
    NOW,
    UNREACHABLE,
    WatchedGitHub,
    an_hour_later,
    attributes,
    hold_images,
    look,
    project_entry,
    set_up,
)
from tests.observe.fake_registry import PATH, FakeRegistry

RELEASE = "sensor.ha_mcp_project_latest_release"
SIZE = "sensor.ha_mcp_project_image_size"


@pytest.fixture(autouse=True)
def still_clock(freezer: FrozenDateTimeFactory) -> None:
    """Stop the clock, before anything is set up."""
    freezer.move_to(NOW)


def tags(registry: FakeRegistry) -> list[str]:
    """Return the tags that were asked for."""
    names = [path.removeprefix(f"{PATH}manifests/") for path in registry.paths]
    return [name for name in names if not name.startswith((PATH, "sha256:"))]


async def test_sizes_are_asked_for_two_releases_at_a_time_the_newest_first_and_once(
    hass: HomeAssistant,
    all_enabled: None,
    github: WatchedGitHub,
    registry: FakeRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    for minor in (5, 4, 3):
        github.release(f"v8.{minor}.0", github.now - 90 * DAY)
        hold_images(registry, f"8.{minor}.0", amd64=10**8)
    entry = project_entry()
    await set_up(hass, entry)
    assert tags(registry) == ["8.7.0", "8.6.0"]
    for _ in range(4):
        await an_hour_later(hass, entry, freezer)
    assert sorted(tags(registry)) == ["8.3.0", "8.4.0", "8.5.0", "8.6.0", "8.7.0"]
    assert state(hass, SIZE) == "201.0"


async def test_a_release_whose_image_is_still_being_built_is_asked_for_again(
    hass: HomeAssistant,
    project: MockConfigEntry,
    github: WatchedGitHub,
    registry: FakeRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    github.release("v8.8.0", github.now + HOUR / 2)
    for _ in range(5):
        await an_hour_later(hass, project, freezer)
    assert tags(registry).count("8.8.0") == 1
    assert attributes(hass, SIZE)["release"] == "8.7.0"
    hold_images(registry, "8.8.0", amd64=210 * 2**20)
    for _ in range(2):
        await an_hour_later(hass, project, freezer)
    assert state(hass, SIZE) == "210.0"


async def test_a_clock_that_was_set_back_does_not_keep_an_image_from_being_asked_for(
    hass: HomeAssistant,
    project: MockConfigEntry,
    github: WatchedGitHub,
    registry: FakeRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    github.release("v8.8.0", github.now + HOUR / 2)
    await an_hour_later(hass, project, freezer)
    hold_images(registry, "8.8.0", amd64=210 * 2**20)
    freezer.move_to(NOW - timedelta(days=30))
    await look(hass, project)
    assert state(hass, SIZE) == "210.0"


async def test_images_that_can_be_read_do_not_hide_that_github_cannot(
    hass: HomeAssistant,
    all_enabled: None,
    github: WatchedGitHub,
    registry: FakeRegistry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    github.release("v8.5.0", github.now - 90 * DAY)
    hold_images(registry, "8.5.0", amd64=10**8)
    entry = project_entry()
    await set_up(hass, entry)
    await github.stop()
    await an_hour_later(hass, entry, freezer)
    assert "8.5.0" in tags(registry)
    assert said(caplog) == [UNREACHABLE]


async def test_without_an_image_for_amd64_the_largest_is_shown(
    hass: HomeAssistant, all_enabled: None, github: WatchedGitHub, registry: FakeRegistry
) -> None:
    hold_images(registry, "8.7.0", arm64=150 * 2**20, riscv64=160 * 2**20)
    await set_up(hass, project_entry())
    assert state(hass, SIZE) == "160.0"
    assert attributes(hass, SIZE)["sizes"] == {"arm64": 150.0, "riscv64": 160.0}


async def test_a_registry_that_fails_leaves_only_the_size_unknown(
    hass: HomeAssistant,
    all_enabled: None,
    github: WatchedGitHub,
    registry: FakeRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await registry.stop()
    await set_up(hass, project_entry())
    assert (state(hass, SIZE), state(hass, RELEASE)) == ("unknown", "v8.7.0")
    assert said(caplog) == []

"""ha-mcp's own project as a home meets it: GitHub and a registry on real loopback ports."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, override

from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.const import DOMAIN
from tests.fake_github import REPOSITORY, TOKEN, FakeGitHub, Handler, refusal
from tests.observe.fake_registry import FakeRegistry

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = 3600, 86_400

UNREACHABLE = (
    "Error fetching ha-mcp project data: "
    "GitHub could not be read (unreachable). What was learnt before stays"
)


@dataclass(slots=True)
class WatchedGitHub(FakeGitHub):
    """GitHub with a project in full life; who shows a token must show the one that is `accepted`.

    If there is one, `refuses` answers everything instead.
    """

    accepted: str = TOKEN
    refuses: Handler | None = None

    def __post_init__(self) -> None:
        """Have four runs, the newest of which failed, two bugs and two releases."""
        self.now = NOW.timestamp()
        self.run(self.now - 3 * HOUR, conclusion="failure")
        for days in (1, 2, 4):
            self.run(self.now - days * DAY)
        self.issue(self.now - 5 * DAY, self.now - 4 * DAY)
        self.issue(self.now - 3 * DAY)
        self.release("v8.7.0", self.now - 9 * DAY)
        self.release("v8.6.0", self.now - 23 * DAY)

    @override
    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.refuses is not None:
            self.asked.append(request.path_qs)
            return await self.refuses(request)
        shown = request.headers.get("Authorization", "").partition(" ")[2]
        if shown and shown != self.accepted:
            return refusal(401, "Bad credentials")
        # With slots, `super` alone would look for the class that the decorator replaced.
        return await FakeGitHub._answer(self, request)


def hold_images(registry: FakeRegistry, tag: str, **sizes: int) -> None:
    """Have the registry hold a release's images, by architecture."""
    index = {
        "manifests": [
            {
                **registry.image(size, architecture=architecture),
                "platform": {"architecture": architecture, "os": "linux"},
            }
            for architecture, size in sizes.items()
        ]
    }
    media_type = "application/vnd.oci.image.index.v1+json"
    registry.hold("manifests", {"schemaVersion": 2, "mediaType": media_type, **index}, tag)


def project_entry(**data: Any) -> MockConfigEntry:
    """Return the config entry of the project, not set up yet."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="ha-mcp project",
        unique_id=REPOSITORY,
        data={"repository": REPOSITORY, **data},
        entry_id="project",
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an entry, and let it have its first look."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def look(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have the project looked at once more."""
    await entry.runtime_data.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)


async def an_hour_later(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Have the project looked at once more, when an hour is over."""
    freezer.tick(3600)
    await look(hass, entry)


def attributes(hass: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """Return the attributes of an entity."""
    found = hass.states.get(entity_id)
    assert found is not None
    return dict(found.attributes)

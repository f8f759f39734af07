"""ha-mcp's own project as a home meets it: a small GitHub and a registry on real loopback ports."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import hashlib
import json
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.const import DOMAIN
from tests.observe.fake_registry import FakeRegistry

REPOSITORY = "homeassistant-ai/ha-mcp"
TOKEN = "ghp_secret-of-a-person"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

_DAY = timedelta(days=1)
_RELEASE = timedelta(days=9)


def _time(ago: timedelta) -> str:
    return (NOW - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


def run(number: int, ago: timedelta, conclusion: str = "success", **changes: Any) -> dict[str, Any]:
    """Return a CI run on the default branch, as GitHub tells it."""
    return {
        "id": number,
        "name": "E2E Tests",
        "path": ".github/workflows/e2e-tests.yml",
        "event": "push",
        "status": "completed",
        "conclusion": conclusion,
        "head_branch": "master",
        "head_sha": f"{number:040x}",
        "run_attempt": 1,
        "created_at": _time(ago),
        "run_started_at": _time(ago),
        "updated_at": _time(ago - timedelta(minutes=10)),
        "repository": {"id": 1},
        "head_repository": {"id": 1},
        **changes,
    }


def bug(number: int, opened: timedelta, closed: timedelta | None = None) -> dict[str, Any]:
    """Return a bug report, as GitHub tells it."""
    return {
        "number": number,
        "title": f"[Bug] ha_search fails with error {number}",
        "labels": [{"name": "bug"}],
        "state": "open" if closed is None else "closed",
        "state_reason": None if closed is None else "completed",
        "created_at": _time(opened),
        "closed_at": None if closed is None else _time(closed),
        "updated_at": _time(opened if closed is None else closed),
    }


def release(tag: str, ago: timedelta) -> dict[str, Any]:
    """Return a release, as GitHub tells it."""
    return {
        "id": int(tag.replace(".", "").strip("v")),
        "tag_name": tag,
        "draft": False,
        "prerelease": False,
        "created_at": _time(ago),
        "published_at": _time(ago),
    }


@dataclass(slots=True)
class FakeGitHub:
    """What GitHub answers; tests change it while it runs.

    `refusal` is what it answers instead, whatever it is asked: a status, headers. Who comes with
    a token must come with the one that is `accepted`.
    """

    runs: list[dict[str, Any]] = field(
        default_factory=lambda: [
            run(4, timedelta(hours=3), "failure"),
            run(3, _DAY),
            run(2, 2 * _DAY),
            run(1, 4 * _DAY),
        ]
    )
    issues: list[dict[str, Any]] = field(
        default_factory=lambda: [
            bug(11, 5 * _DAY, 4 * _DAY),
            bug(12, 3 * _DAY),
        ]
    )
    releases: list[dict[str, Any]] = field(
        default_factory=lambda: [
            release("v8.7.0", _RELEASE),
            release("v8.6.0", 23 * _DAY),
        ]
    )
    refusal: tuple[int, dict[str, str]] | None = None
    accepted: str = TOKEN
    names: set[str] = field(default_factory=lambda: {REPOSITORY})
    asked: list[str] = field(default_factory=list)
    server: TestServer | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.port}"

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_get("/repos/{owner}/{name}{path:.*}", self._answer)
        self.server = TestServer(app, host="127.0.0.1", port=port)
        await self.server.start_server()

    async def stop(self) -> None:
        if self.server is not None:
            await self.server.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.asked.append(path)
        if self.refusal is not None:
            status, headers = self.refusal
            return web.json_response({"message": "refused"}, status=status, headers=headers)
        shown = request.headers.get("Authorization", "").partition(" ")[2]
        if shown and shown != self.accepted:
            return web.json_response({"message": "Bad credentials"}, status=401)
        name = f"{request.match_info['owner']}/{request.match_info['name']}"
        if name.lower() not in self.names:
            return web.json_response({"message": "Not Found"}, status=404)
        return self._found(request, self._content(request, name, path))

    def _content(self, request: web.Request, name: str, path: str) -> Any:
        first = request.query.get("page", "1") == "1"
        match path:
            case "/actions/runs":
                listed = self.runs if first else []
                return {"total_count": len(self.runs), "workflow_runs": listed}
            case "/issues":
                since = request.query.get("since", "")
                listed = [each for each in self.issues if each["updated_at"] >= since]
                return sorted(listed, key=lambda each: each["updated_at"]) if first else []
            case "/releases":
                return self.releases if first else []
            case _:
                return {"full_name": name, "default_branch": "master"}

    def _found(self, request: web.Request, content: Any) -> web.Response:
        body = json.dumps(content).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=body, content_type="application/json", headers={"ETag": tag})


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

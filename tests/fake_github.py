"""A GitHub with one repository, on a real loopback port; its own description is tested elsewhere.

It lists as GitHub does: no more than 100 entries a page, and filtered runs no further than 1,000.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
import json
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

REPOSITORY = "homeassistant-ai/ha-mcp"
NUMBER = 1_031_642_987
MOST = 1000
TOKEN = "github_pat_11ABCDEFG0secret"

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
type Json = dict[str, Any]


@dataclass(slots=True)
class FakeGitHub:
    """What GitHub answers; tests change it while it runs.

    `now` is GitHub's clock in Unix seconds. `full_name` is the repository's name and `former` what
    it was called before. `answers` replace whole answers by the part of the path after the name,
    "" for the repository itself. `asked` are the addresses that came, without the host, and
    `tokens` what was shown. `limit` is how many requests may come yet.
    """

    now: float = 1_795_400_000.0
    full_name: str = REPOSITORY
    former: tuple[str, ...] = ()
    default_branch: str = "master"
    runs: list[Json] = field(default_factory=list)
    issues: list[Json] = field(default_factory=list)
    releases: list[Json] = field(default_factory=list)
    answers: dict[str, Handler] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    unchanged: int = 0
    limit: int = 5000
    url: str = ""
    server: TestServer | None = None

    async def start(self, port: int = 0) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(app, host="127.0.0.1", port=port)
        await self.server.start_server()
        self.url = f"http://127.0.0.1:{self.server.port}"

    async def stop(self) -> None:
        """Stop listening."""
        if self.server is not None:
            await self.server.close()

    def run(self, created: float, **changes: Any) -> Json:
        """Add a run: of a push to the default branch that succeeded after ten minutes."""
        number = 12_000_000_000 + len(self.runs)
        run: Json = {
            "id": number,
            "name": "PR Validation Pipeline",
            "path": ".github/workflows/pr.yml",
            "head_branch": self.default_branch,
            "head_sha": f"{number:040x}",
            "event": "push",
            "status": "completed",
            "conclusion": "success",
            "run_attempt": 1,
            "created_at": iso(created),
            "run_started_at": iso(created),
            "updated_at": iso(created + 600),
            "repository": {"id": NUMBER, "full_name": self.full_name},
            "head_repository": {"id": NUMBER, "full_name": self.full_name},
            **changes,
        }
        self.runs.append(run)
        return run

    def issue(self, opened: float, closed: float | None = None, **changes: Any) -> Json:
        """Add an issue."""
        issue: Json = {
            "number": len(self.issues) + 1,
            "title": "ha_search times out",
            "labels": [{"id": 1, "name": "bug"}],
            "state": "open" if closed is None else "closed",
            "state_reason": None if closed is None else "completed",
            "created_at": iso(opened),
            "closed_at": None if closed is None else iso(closed),
            "updated_at": iso(opened if closed is None else closed),
            **changes,
        }
        self.issues.append(issue)
        return issue

    def release(self, tag: str, published: float, **changes: Any) -> Json:
        """Add a release."""
        release: Json = {
            "id": len(self.releases) + 1,
            "tag_name": tag,
            "draft": False,
            "prerelease": False,
            "created_at": iso(published),
            "published_at": iso(published),
            **changes,
        }
        self.releases.append(release)
        return release

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.tokens.append(request.headers.get("Authorization"))
        if any(request.path.startswith(f"/repos/{name}") for name in self.former):
            return self._moved(request)
        for root in (f"/repos/{self.full_name}", f"/repositories/{NUMBER}"):
            part = request.path.removeprefix(root)
            if part != request.path:
                break
        else:
            return refusal(404, "Not Found")
        if (handler := self.answers.get(part)) is not None:
            return await handler(request)
        if self.limit < 1:
            return refusal(403, "API rate limit exceeded for 127.0.0.1.", **self._limits())
        self.limit -= 1
        return self.listed(part, request)

    def _moved(self, request: web.Request) -> web.Response:
        name = next(each for each in self.former if request.path.startswith(f"/repos/{each}"))
        rest = request.path_qs.removeprefix(f"/repos/{name}")
        address = f"{self.url}/repositories/{NUMBER}{rest}"
        body = {"message": "Moved Permanently", "url": address}
        return web.json_response(body, status=301, headers={"Location": address})

    def listed(self, part: str, request: web.Request) -> web.Response:
        """Answer as GitHub does for a part of the repository."""
        match part:
            case "":
                data: Any = {
                    "id": NUMBER,
                    "full_name": self.full_name,
                    "default_branch": self.default_branch,
                }
            case "/actions/runs":
                data = self._runs(request)
            case "/issues":
                data = self._page(request, self._issues(request))
            case "/releases":
                newest = sorted(self.releases, key=lambda each: each["created_at"], reverse=True)
                data = self._page(request, newest)
            case _:
                return refusal(404, "Not Found")
        body = json.dumps(data).encode()
        etag = f'W/"{sha256(body).hexdigest()}"'
        headers = {"ETag": etag, **self._limits()}
        if request.headers.get("If-None-Match") == etag:
            self.unchanged += 1
            return web.Response(status=304, headers=headers)
        return web.Response(
            body=body, headers=headers, content_type="application/json", charset="utf-8"
        )

    def _runs(self, request: web.Request) -> Json:
        runs = sorted(self.runs, key=lambda run: (run["created_at"], run["id"]), reverse=True)
        if created := request.query.get("created"):
            first, _, last = created.partition("..")
            runs = [run for run in runs if first <= run["created_at"] <= last]
            return {
                "total_count": len(runs),
                "workflow_runs": self._page(request, runs[:MOST]),
            }
        return {"total_count": len(runs), "workflow_runs": self._page(request, runs)}

    def _issues(self, request: web.Request) -> Iterable[Json]:
        state, since = request.query["state"], request.query["since"]
        assert (request.query["sort"], request.query["direction"]) == ("updated", "asc")
        listed = sorted(self.issues, key=lambda each: str(each["updated_at"]))
        return [
            each
            for each in listed
            if state in ("all", each["state"]) and each["updated_at"] >= since
        ]

    def _page(self, request: web.Request, entries: Iterable[Json]) -> list[Json]:
        size = min(100, int(request.query.get("per_page", 30)))
        page = int(request.query.get("page", 1))
        return list(entries)[(page - 1) * size : page * size]

    def _limits(self) -> dict[str, str]:
        return {
            "Date": format_datetime(datetime.fromtimestamp(self.now, UTC), usegmt=True),
            "X-RateLimit-Remaining": str(self.limit),
            "X-RateLimit-Reset": str(int(self.now) + 1800),
        }


def iso(at: float) -> str:
    """Return a time as GitHub writes it."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def refusal(status: int, message: str = "", **headers: str) -> web.Response:
    """Return an answer as GitHub gives it when something is wrong."""
    body = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    return web.json_response(body, status=status, headers=headers)


def always(response: Callable[[], web.StreamResponse]) -> Handler:
    """Return a handler that gives the same answer every time."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        return response()

    return handler

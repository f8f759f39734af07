"""A Supervisor for Home Assistant's own integration `hassio`, on a real loopback port.

It answers what that integration and its library ask for, and keeps the log of each app as
Supervisor does: in a journal, which a request may follow from any line on. It is a program too,
for a Home Assistant that runs by itself:

    python -m tests.fake_supervisor --port 8090 --token secret
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
import re
from typing import Any

from aiohttp import web

from tests.supervisor_answers import SYSTEM, container, details, listed

SLUG = "81f33d0f_ha_mcp"
SECRET_PATH = "/private_test-secret"
TOKEN = "supervisor-token"

_RANGE = re.compile(r"entries=(?:s=0;i=([0-9a-f]+))?:(-?\d+):(\d+)")

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Mood(Enum):
    """How requests are met."""

    FINE = "fine"
    SLOW = "slow"
    ERROR = "error"
    GARBAGE = "garbage"
    ODD = "odd"
    HANGING_UP = "hanging up"


class Journal:
    """The log lines of one app, each named by a cursor. A line may be any bytes."""

    def __init__(self) -> None:
        """Begin without lines."""
        self.lines: list[bytes] = []
        self._more = asyncio.Condition()

    async def append(self, *lines: str | bytes) -> None:
        """Write lines, and wake those who follow."""
        async with self._more:
            self.lines += [line.encode() if isinstance(line, str) else line for line in lines]
            self._more.notify_all()

    async def entries(self, wanted: str, *, follow: bool) -> AsyncIterator[tuple[str, bytes]]:
        """Yield cursor and text of a range of lines, as `systemd-journal-gatewayd` does.

        A range is never empty there while there are lines: it begins at the last line if it
        lies beyond, and one that is counted from the end begins at least two lines before it.
        """
        found = _RANGE.fullmatch(wanted)
        assert found is not None, f"not a range: {wanted}"
        cursor, skip, count = found[1], int(found[2]), int(found[3])
        if follow:
            await self._reach(0)
        start = int(cursor, 16) if cursor else len(self.lines) - 1 if skip < 0 else 0
        at = max(0, min(start + skip, len(self.lines) - 1))
        for index in range(at, at + count):
            if follow:
                await self._reach(index)
            elif index >= len(self.lines):
                return
            yield f"s=0;i={index:x}", self.lines[index]

    async def _reach(self, index: int) -> None:
        async with self._more:
            await self._more.wait_for(lambda: index < len(self.lines))


@dataclass(slots=True)
class FakeApp:
    """An installed app; tests change it while it runs.

    It uses the machine's own network, as ha-mcp's does: Supervisor sees nothing of that.
    """

    slug: str = SLUG
    name: str = "Home Assistant MCP Server"
    state: str = "started"
    version: str = "8.7.0"
    options: dict[str, Any] = field(default_factory=lambda: {"secret_path": SECRET_PATH})
    uses: dict[str, float] = field(
        default_factory=lambda: {"memory_usage": 126_500_000, "cpu_percent": 1.5}
    )
    journal: Journal = field(default_factory=Journal)

    def answers(self) -> dict[str, dict[str, Any]]:
        """Return what Supervisor says of the app: nothing of what it uses while it is stopped."""
        entry = listed(self.slug, self.name, self.state, self.version)
        return {
            "list": entry,
            "info": {**entry, **details(self.slug, self.options)},
            "stats": container(**(self.uses if self.state in {"started", "startup"} else {})),
        }


@dataclass(slots=True)
class FakeSupervisor:
    """What Supervisor answers; tests change it while it runs.

    `mood` is of everything, `log_mood` of the logs alone. `requests` are those that came. Each
    of `tears` is the number of bytes after which one stream of a log breaks.
    """

    apps: dict[str, FakeApp] = field(default_factory=dict)
    token: str = TOKEN
    mood: Mood = Mood.FINE
    log_mood: Mood = Mood.FINE
    requests: list[str] = field(default_factory=list)
    tears: list[int] = field(default_factory=list)
    _runner: web.AppRunner | None = None
    _streams: list[web.Request] = field(default_factory=list)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def install(self, app: FakeApp) -> FakeApp:
        """Add an app."""
        self.apps[app.slug] = app
        return app

    async def start(self, port: int = 0) -> None:
        """Listen."""

        @web.middleware
        async def meet(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._meet(request, handler)

        app = web.Application(middlewares=[meet])
        app.router.add_get("/addons/{slug}/{part:logs|logs/follow}", self._logs)
        app.router.add_get("/addons/{slug}/{part:info|stats}", self._tell)
        app.router.add_post("/addons/{slug}/{order:start|stop|restart}", self._obey)
        app.router.add_post("/lab/{slug}/log", self._write)
        app.router.add_route("*", "/{path:.*}", self._other)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()

    async def stop(self) -> None:
        """Stop listening, and free the port."""
        if self._runner is not None:
            self._over.set()
            self.cut()
            await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._runner is not None
        port: int = self._runner.addresses[0][1]
        return port

    @property
    def environment(self) -> dict[str, str]:
        """What Home Assistant must find in its environment."""
        return {"SUPERVISOR": f"127.0.0.1:{self.port}", "SUPERVISOR_TOKEN": self.token}

    @property
    def following(self) -> int:
        """How many streams of logs are open."""
        return len(self._streams)

    def cut(self) -> None:
        """End every stream of a log, as a restart of Supervisor does."""
        for request in tuple(self._streams):
            _hang_up(request)

    async def _meet(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error(401)
        match self.log_mood if "/logs" in request.path else self.mood:
            case Mood.SLOW:
                await self._over.wait()
            case Mood.ERROR:
                return _error(500)
            case Mood.GARBAGE:
                return web.Response(text=f"{{{SECRET_PATH}\n", content_type="application/json")
            case Mood.ODD:
                return _answer(["something", "else"])
            case Mood.HANGING_UP:
                _hang_up(request)
        return await handler(request)

    async def _other(self, request: web.Request) -> web.Response:
        path = request.path.strip("/")
        if path == "supervisor/update":
            return _error(400)  # There is none.
        if request.method == "POST":
            return _answer({})
        if path == "addons":
            return _answer({"addons": [each.answers()["list"] for each in self.apps.values()]})
        return _answer(SYSTEM[path]) if path in SYSTEM else _error(404)

    async def _tell(self, request: web.Request) -> web.Response:
        app = self.apps.get(request.match_info["slug"])
        return _error(404) if app is None else _answer(app.answers()[request.match_info["part"]])

    async def _obey(self, request: web.Request) -> web.Response:
        app = self.apps[request.match_info["slug"]]
        app.state = "stopped" if request.match_info["order"] == "stop" else "started"
        return _answer({})

    async def _write(self, request: web.Request) -> web.Response:
        """Log what the lab posts; the real one has no such thing."""
        await self.apps[request.match_info["slug"]].journal.append(
            *(await request.read()).splitlines()
        )
        return _answer({})

    async def _logs(self, request: web.Request) -> web.StreamResponse:
        app = self.apps.get(request.match_info["slug"])
        if app is None:
            return _error(404)
        if request.headers.get("Accept", "*/*") not in {"text/plain", "text/x-log", "*/*"}:
            return _error(400)
        follow = request.path.endswith("/follow")
        wanted = request.headers.get("Range", f"entries=:-99:{10**8 if follow else 100}")
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        left = self.tears.pop(0) if follow and self.tears else None
        self._streams.append(request)
        try:
            # It begins to answer with the first line.
            async for cursor, line in app.journal.entries(wanted, follow=follow):
                if not response.prepared:
                    response.headers["X-First-Cursor"] = cursor
                    await response.prepare(request)
                data = line + b"\n"
                await response.write(data[:left])
                if left is not None and (left := left - len(data)) <= 0:
                    _hang_up(request)
        finally:
            self._streams.remove(request)
        return response


def _answer(data: object) -> web.Response:
    return web.json_response({"result": "ok", "data": data})


def _error(status: int) -> web.Response:
    """Answer with an error whose text says what nobody must repeat."""
    return web.json_response({"result": "error", "message": SECRET_PATH}, status=status)


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _serve(port: int, token: str, secret_path: str) -> None:
    supervisor = FakeSupervisor(token=token)
    supervisor.install(FakeApp(options={"secret_path": secret_path}))
    await supervisor.start(port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--secret-path", default=SECRET_PATH)
    given = parser.parse_args()
    asyncio.run(_serve(given.port, given.token, given.secret_path))

"""A registry that answers as no real one can be made to, on a real loopback port."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
import hashlib
import json
import ssl
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "anonymous-token"
PATH = "/v2/homeassistant-ai/ha-mcp/"
AMD64 = {"architecture": "amd64", "os": "linux"}

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Handler:
    """Answer everything so."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=named)

    return handle


@dataclass(slots=True)
class FakeRegistry:
    """What the registry holds by path, and the headers of what it was asked, in order.

    With a `challenge`, its images are only for those who show the token.
    """

    tls: ssl.SSLContext | None = None
    challenge: str | None = None
    held: dict[str, Handler] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    server: TestServer | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server.port}"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [path for path, _ in self.asked]

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(app, host="127.0.0.1")
        await self.server.start_server(ssl=self.tls)

    async def stop(self) -> None:
        if self.server is not None:
            await self.server.close()

    def hold(self, kind: str, content: object, reference: str | None = None) -> dict[str, Any]:
        """Hold a document, under its digest if it has no other name; return what points to it."""
        body = json.dumps(content).encode()
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        self.held[f"{PATH}{kind}/{reference or digest}"] = answer(body=body)
        return {"digest": digest, "size": len(body)}

    def image(self, size: int, reference: str | None = None, **about: object) -> dict[str, Any]:
        """Hold an image of that size; return what an index says of it."""
        config = self.hold("blobs", {**AMD64, "padding": size, **about})
        layer = {"digest": f"sha256:{'0' * 64}", "size": size - config["size"]}
        return self.hold("manifests", {"config": config, "layers": [layer]}, reference)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, request.headers))
        authorization = request.headers.get("Authorization")
        if (
            self.challenge
            and request.path.startswith("/v2/")
            and authorization != f"Bearer {TOKEN}"
        ):
            return web.Response(status=401, headers={"WWW-Authenticate": self.challenge})
        handle = self.held.get(request.path, answer(404))
        return await handle(request)

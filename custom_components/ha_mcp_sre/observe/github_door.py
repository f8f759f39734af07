"""What aiogithubapi takes for aiohttp's session: each request is counted, and what came is kept.

Of a failure aiogithubapi only tells a text with the address, and no status, headers, nor even that
the task was cancelled. It would also follow redirects, and aiohttp send a request twice that was
not answered, without anybody counting.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import json
from typing import Any

import aiohttp
from yarl import URL

from ..assess.upstream import UpstreamFailure

BROKEN = object()
"""What stands for data that cannot be read."""

_LIMIT = 8 * 1024 * 1024
"""Bytes of an answer; a page of a hundred CI runs takes two million."""

_HEADERS = (
    "content-type",
    "date",
    "etag",
    "retry-after",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)
_CHUNK = 64 * 1024
_EXECUTOR_FROM = 64 * 1024
_MOVED = frozenset({301, 302, 307, 308})
_HOPS = 3


class RefusedError(Exception):
    """A request that is not sent, or an answer that is not taken."""

    def __init__(self, kind: UpstreamFailure) -> None:
        """Keep why."""
        super().__init__(kind.value)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: of the headers only what counts, with names in small letters.

    aiogithubapi trusts what is in it, so it gets to see just enough to tell what is wrong.
    """

    status: int
    headers: Mapping[str, str]
    data: Any

    async def json(self, **_: object) -> Mapping[str, str]:
        """Return what GitHub says of a failure."""
        message = self.data.get("message") if isinstance(self.data, dict) else None
        return {"message": message} if isinstance(message, str) else {}

    async def text(self, **_: object) -> str:
        """Return nothing of what was no JSON."""
        return ""


class Door:
    """The way out and back for one question.

    After it, either `reply` holds the answer, or `failure` says why there is none, unless the
    task was `cancelled`. `moved` says that GitHub sent us to another name of the repository.
    """

    def __init__(
        self, session: aiohttp.ClientSession, spend: Callable[[], None], timeout: float
    ) -> None:
        """Ask over a session; `spend` counts a request or raises `RefusedError`."""
        self._session = session
        self._spend = spend
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self.reply: Reply | None = None
        self.failure = UpstreamFailure.BAD_ANSWER
        self.cancelled = False
        self.moved = False

    async def request(
        self,
        *,
        method: str,
        url: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        **_: object,
    ) -> Reply:
        """Send one request, as aiohttp's session would; raises what that would, or `RefusedError`."""
        try:
            self.reply = await self._follow(method, URL(url).update_query(params), headers)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        except RefusedError as err:
            self.failure = err.kind
            raise
        except aiohttp.ClientPayloadError, aiohttp.ClientResponseError, ValueError:
            raise  # It answered, but what?
        except aiohttp.ClientError, TimeoutError, OSError:
            self.failure = UpstreamFailure.UNREACHABLE
            raise
        return self.reply

    async def _follow(self, method: str, url: URL, headers: Mapping[str, str]) -> Reply:
        origin, query = url.origin(), url.query
        for _ in range(_HOPS):
            async with self._session.request(
                method,
                url,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                middlewares=(self._count,),
            ) as response:
                if response.status not in _MOVED:
                    told = {name: response.headers.get(name) for name in _HEADERS}
                    kept = {name: text for name, text in told.items() if text is not None}
                    return Reply(response.status, kept, await _read(response))
                self.moved = True
                url = url.join(URL(response.headers.get("location", "")))
            if url.origin() != origin:
                break  # The token is for GitHub alone.
            url = url if url.query else url.with_query(query)
        raise RefusedError(UpstreamFailure.BAD_ANSWER)

    async def _count(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        self._spend()
        return await send(request)


async def _read(response: aiohttp.ClientResponse) -> Any:
    """Return the decoded JSON of an answer; a large one would hold up the event loop."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > _LIMIT:
            raise RefusedError(UpstreamFailure.BAD_ANSWER)
    if response.content_type != "application/json":
        return BROKEN
    try:
        if len(body) < _EXECUTOR_FROM:
            return json.loads(body)
        return await asyncio.get_running_loop().run_in_executor(None, json.loads, body)
    except ValueError, RecursionError:
        return BROKEN

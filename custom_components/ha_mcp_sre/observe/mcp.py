"""MCP over streamable HTTP, as far as a watcher needs it, on a shared aiohttp session.

ha-mcp is stateless: no session, no stream to keep open, one POST a call. The answer comes
as plain JSON or as server-sent events, whichever the server is set to
(Model Context Protocol 2025-06-18, Transports § Streamable HTTP).
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
import json
from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from ..assess.faults import Fault, classify
from ..assess.observation import FailureKind
from .event_stream import read_events
from .failures import McpError, reading_failures
from .journal import Journal
from .plain import error_code, http_date, word

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

PROTOCOL_VERSION = "2025-06-18"
CLIENT_INFO = {"name": "ha-mcp-sre", "version": "1"}

_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Accept-Encoding": "identity",
    "MCP-Protocol-Version": PROTOCOL_VERSION,
}
_EXECUTOR_FROM = 64 * 1024
_CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered. `code` is ha-mcp's error code, `text` the answer's first text."""

    is_error: bool
    data: Mapping[str, Any]
    text: str
    code: str | None

    @property
    def is_refused(self) -> bool:
        """Whether the call was turned away before the tool ran, so that it proves nothing.

        So it is with arguments that this version of ha-mcp does not take.
        """
        return self.is_error and (
            classify(self.code) is Fault.POLICY
            or (self.code or "").startswith("VALIDATION_")
            or (self.code is None and self.text.startswith("Unknown tool"))
        )


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON object from a plain route, with the server's clock (Unix seconds) if it told it."""

    data: Mapping[str, Any]
    date: float | None


class McpClient:
    """One ha-mcp server, asked one thing at a time.

    Every method raises `McpError` if the answer is not what it should be, and nothing else.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        limit: int,
        clock: Callable[[], float],
        journal: Journal,
    ) -> None:
        """Watch the server at `url`, reading at most `limit` bytes of any answer."""
        self._session = session
        self._url = URL(url)
        self._limit = limit
        self._clock = clock
        self._journal = journal
        self._ids = count(1)
        self.skew = 0.0
        """The server's clock minus ours in seconds, as far as it is known."""

    def move(self, url: str) -> None:
        """Watch the server at another address from now on."""
        self._url = URL(url)

    @reading_failures
    async def settings_info(self, timeout: float) -> Json:
        """Ask who is there, by ha-mcp's own route; it leaves no trace in the usage log."""
        async with self._request("GET", self._url / "api/settings/info", timeout) as response:
            _check_status(response)
            if response.content_type != "application/json":
                raise McpError(FailureKind.NOT_MCP)
            data = await _parse(await self._read(response))
            if not isinstance(data, dict):
                raise McpError(FailureKind.NOT_MCP)
            return Json(data, http_date(response.headers.get("Date")))

    @reading_failures
    async def landing(self, timeout: float) -> str:
        """Return what the MCP path shows a browser; ha-mcp greets it with status 405."""
        async with self._request("GET", self._url, timeout) as response:
            return (await self._read(response)).decode(errors="replace")

    async def initialize(self, timeout: float) -> Json:
        """Open an MCP exchange and return the server's description of itself."""
        return await self.request(
            "initialize",
            {
                "protocolVersion": PROTOCOL_VERSION,
                "capabilities": {},
                "clientInfo": CLIENT_INFO,
            },
            timeout,
        )

    async def call_tool(
        self, name: str, arguments: Mapping[str, Any], timeout: float
    ) -> ToolResult:
        """Call a tool and note in the journal that the call was ours."""
        entry = self._journal.sent(name, arguments, self._clock() + self.skew)
        answer = await self.request(
            "tools/call", {"name": name, "arguments": dict(arguments)}, timeout
        )
        self._journal.answered(entry, self._clock() + self.skew)
        return await _tool_result(answer.data)

    @reading_failures
    async def request(self, method: str, params: Mapping[str, Any], timeout: float) -> Json:
        """Send any MCP request and return its result."""
        call_id = next(self._ids)
        request = {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}
        async with self._request("POST", self._url, timeout, json=request) as response:
            _check_status(response)
            match response.content_type:
                case "application/json":
                    message = await _parse(await self._read(response))
                case "text/event-stream":
                    message = await self._read_event(response, call_id)
                case _:
                    raise McpError(FailureKind.NOT_MCP)
            date = http_date(response.headers.get("Date"))
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            raise McpError(FailureKind.NOT_MCP)
        if not _is_answer(message, call_id):
            raise McpError(FailureKind.BAD_ANSWER)
        if isinstance(error := message.get("error"), dict):
            code = error.get("code")
            raise McpError(
                FailureKind.PROTOCOL_ERROR, word(str(code)) if isinstance(code, int) else None
            )
        if not isinstance(result := message.get("result"), dict):
            raise McpError(FailureKind.BAD_ANSWER)
        return Json(result, date)

    @asynccontextmanager
    async def _request(
        self, method: str, url: URL, timeout: float, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request; a redirect would carry the secret path elsewhere and is not followed."""
        async with self._session.request(
            method,
            url,
            headers=_HEADERS,
            allow_redirects=False,
            middlewares=(_send_once,),
            timeout=aiohttp.ClientTimeout(total=timeout),
            **options,
        ) as response:
            try:
                yield response
            except McpError:
                # What is left unread must not be waited for, or read by the next request.
                response.close()
                raise

    async def _chunks(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes]:
        read = 0
        async for chunk in response.content.iter_chunked(_CHUNK):
            if (read := read + len(chunk)) > self._limit:
                raise McpError(FailureKind.TOO_LARGE)
            yield chunk

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        return b"".join([chunk async for chunk in self._chunks(response)])

    async def _read_event(self, response: aiohttp.ClientResponse, call_id: int) -> Any:
        """Return the message that answers request `call_id`, however long the stream goes on.

        An event that is no message does not matter: a stream may carry whatever else it likes.
        """
        async with (
            aclosing(self._chunks(response)) as chunks,
            aclosing(read_events(chunks)) as events,
        ):
            async for event in events:
                with suppress(McpError):
                    if _is_answer(message := await _parse(event), call_id):
                        response.close()
                        return message
        raise McpError(FailureKind.BAD_ANSWER)


@reading_failures
async def _send_once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request; of the errors that this raises, aiohttp takes none for one to send again.

    It would where a request was not answered, and a look at a server has its price.
    """
    return await send(request)


def _check_status(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status == HTTPStatus.OK:
        return
    match status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            kind = FailureKind.SIGN_IN
        case HTTPStatus.NOT_FOUND:
            kind = FailureKind.NOT_FOUND
        case HTTPStatus.METHOD_NOT_ALLOWED:
            # Pages for people, Home Assistant's own among them; ha-mcp's path takes both methods.
            kind = FailureKind.NOT_MCP
        case _ if 300 <= status < 400:
            kind = FailureKind.REDIRECTED
        case _:
            kind = FailureKind.HTTP_ERROR
    raise McpError(kind, str(status))


def _is_answer(message: object, call_id: int) -> bool:
    """Tell the answer from what else a stream may carry: the server has requests of its own.

    An error without a number is about a request whose number could not be read.
    """
    if not isinstance(message, dict) or "method" in message:
        return False
    number = message.get("id")
    return (type(number) is int and number == call_id) or (number is None and "error" in message)


async def _parse(body: bytes | str) -> Any:
    """Parse JSON; a large body would hold up the event loop, so a thread takes it."""
    try:
        if len(body) < _EXECUTOR_FROM:
            return json.loads(body)
        return await asyncio.get_running_loop().run_in_executor(None, json.loads, body)
    except ValueError, RecursionError:
        raise McpError(FailureKind.BAD_ANSWER) from None


async def _tool_result(result: Mapping[str, Any]) -> ToolResult:
    content = result.get("content")
    texts = content if isinstance(content, list) else []
    text = next((item["text"] for item in texts if _is_text(item)), "")
    data = result.get("structuredContent")
    if not isinstance(data, dict):
        try:
            data = await _parse(text)
        except McpError:
            data = {}
    if not isinstance(data, dict):
        data = {}
    error = data.get("error")
    return ToolResult(
        is_error=result.get("isError") is True,
        data=data,
        text=text,
        code=error_code(error.get("code")) if isinstance(error, dict) else None,
    )


def _is_text(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("text"), str)

"""What the client makes of everything that can go wrong, and what it never gives away."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
import logging
import socket
from typing import Any

import aiohttp
import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.observe.failures import McpError
from custom_components.ha_mcp_sre.observe.mcp import McpClient
from tests.observe.certificate import self_signed
from tests.observe.conftest import PATIENCE, Serve, connect
from tests.rude_server import (
    Behaviour,
    answers,
    answers_and_hangs,
    answers_and_resets,
    answers_at_length,
    drips,
    greets,
    http,
    stream,
)

SECRET = "private_x7Qz"
TEXT = f"http://127.0.0.1/{SECRET}/mcp".encode()
"""Every server here knows its address, and puts it into whatever it says."""

ERROR = b'{"jsonrpc":"2.0","id":1,"error":{"code":%s,"message":"%s"}}'

type Ask = Callable[[McpClient, float], Awaitable[object]]

ASKS: dict[str, Ask] = {
    "settings_info": lambda client, timeout: client.settings_info(timeout),
    "call_tool": lambda client, timeout: client.call_tool("ha_get_state", {}, timeout),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A server's behaviour, and what the client has to call it."""

    behave: Behaviour
    kind: FailureKind
    code: str | None = None
    timeout: float = PATIENCE


def status(line: str, kind: FailureKind, headers: Mapping[str, str] | None = None) -> Case:
    return Case(answers(http(TEXT, status=line, headers=headers)), kind, line[:3])


CASES = {
    "401": status("401 Unauthorized", FailureKind.SIGN_IN, {"WWW-Authenticate": "Bearer"}),
    "403": status("403 Forbidden", FailureKind.SIGN_IN),
    "404": status("404 Not Found", FailureKind.NOT_FOUND),
    "405": status("405 Method Not Allowed", FailureKind.NOT_MCP),
    "500": status("500 Internal Server Error", FailureKind.HTTP_ERROR),
    "202": status("202 Accepted", FailureKind.HTTP_ERROR),
    "redirect": status("302 Found", FailureKind.REDIRECTED, {"Location": TEXT.decode()}),
    "redirect to nowhere": status("307 Temporary Redirect", FailureKind.REDIRECTED),
    "a web page": Case(answers(http(TEXT, content_type="text/html")), FailureKind.NOT_MCP),
    "no content type": Case(answers(http(TEXT, content_type=None)), FailureKind.NOT_MCP),
    "an empty answer": Case(answers(http(b"")), FailureKind.BAD_ANSWER),
    "not JSON": Case(answers(http(TEXT)), FailureKind.BAD_ANSWER),
    "truncated JSON": Case(answers(http(b'{"a": "' + TEXT)), FailureKind.BAD_ANSWER),
    "not UTF-8": Case(answers(http(b'"\xff' + TEXT + b'"')), FailureKind.BAD_ANSWER),
    "nested too deep": Case(answers(http(b"[" * 100_000)), FailureKind.BAD_ANSWER),
    "JSON of another kind": Case(answers(http(b'["' + TEXT + b'"]')), FailureKind.NOT_MCP),
    "truncated body": Case(answers(http(TEXT, length=999)), FailureKind.RESET),
    "reset mid-body": Case(answers_and_resets(http(TEXT, length=999)), FailureKind.RESET),
    "reset at once": Case(answers_and_resets(), FailureKind.RESET),
    "hung up on": Case(answers(), FailureKind.RESET),
    "hang": Case(answers_and_hangs(), FailureKind.TIMEOUT, timeout=0.2),
    "hang mid-body": Case(
        answers_and_hangs(http(TEXT, length=999)), FailureKind.TIMEOUT, timeout=0.2
    ),
    "endless drip": Case(drips(stream("application/json"), TEXT), FailureKind.TIMEOUT, timeout=0.3),
    "endless flood": Case(
        answers_at_length(stream("application/json"), TEXT * 100), FailureKind.TOO_LARGE
    ),
    "SSH": Case(greets(b"SSH-2.0-OpenSSH_9.9 " + TEXT + b"\r\n"), FailureKind.NOT_MCP),
    "junk header": Case(answers(http(TEXT).replace(b"Content", b"\0" + TEXT)), FailureKind.NOT_MCP),
    "junk compression": Case(
        answers(http(TEXT, headers={"Content-Encoding": "gzip"})), FailureKind.RESET
    ),
}

RPC_CASES = {
    "an event that is not JSON": Case(
        answers(stream(), b"data: " + TEXT + b"\n\n"), FailureKind.BAD_ANSWER
    ),
    "reset mid-stream": Case(
        answers_and_resets(http(b"data: " + TEXT, content_type="text/event-stream", length=999)),
        FailureKind.RESET,
    ),
    "an empty stream": Case(answers(stream()), FailureKind.BAD_ANSWER),
    "endless comments": Case(drips(stream(), b": ping\n\n"), FailureKind.TIMEOUT, timeout=0.3),
    "endless events": Case(
        drips(stream(), b'data: {"jsonrpc":"2.0","method":"x"}\n\n'),
        FailureKind.TIMEOUT,
        timeout=0.3,
    ),
    "flood of comments": Case(
        answers_at_length(stream(), b": ping\n\n" * 1000), FailureKind.TOO_LARGE
    ),
    "flood of one line": Case(answers_at_length(stream(), TEXT * 100), FailureKind.TOO_LARGE),
    "an error": Case(
        answers(http(ERROR % (b"-32602", TEXT))), FailureKind.PROTOCOL_ERROR, "-32602"
    ),
    "an error with a text for a code": Case(
        answers(http(ERROR % (b'"' + TEXT + b'"', b""))), FailureKind.PROTOCOL_ERROR
    ),
    "neither result nor error": Case(
        answers(http(b'{"jsonrpc":"2.0","id":1}')), FailureKind.BAD_ANSWER
    ),
    "a result that is a text": Case(
        answers(http(b'{"jsonrpc":"2.0","id":1,"result":"' + TEXT + b'"}')), FailureKind.BAD_ANSWER
    ),
    "JSON that is not MCP": Case(answers(http(b'{"result":{}}')), FailureKind.NOT_MCP),
}

ALL_CASES = [
    *((name, "settings_info", case) for name, case in CASES.items()),
    *((name, "call_tool", case) for name, case in (CASES | RPC_CASES).items()),
]


def chain(err: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all those it came from."""
    while err is not None:
        yield err
        yield from chain(err.__cause__)
        err = err.__context__


def everything_in(err: BaseException) -> str:
    """Return all that can be read out of an error."""
    return "\n".join(
        f"{link} {link!r} {link.args!r} {getattr(link, '__notes__', '')} {vars(link)!r}"
        for link in chain(err)
    )


async def failure(request: Awaitable[object], caplog: pytest.LogCaptureFixture) -> McpError:
    """Return the error a request ends with, after looking for the secret in it and the log."""
    with pytest.raises(McpError) as raised:
        await request
    assert SECRET not in everything_in(raised.value)
    assert "127.0.0.1" not in everything_in(raised.value)
    assert SECRET not in caplog.text
    return raised.value


@pytest.mark.parametrize(
    ("ask", "case"),
    [(ask, case) for _, ask, case in ALL_CASES],
    ids=[f"{name}-{ask}" for name, ask, _ in ALL_CASES],
)
async def test_a_failure_has_a_kind_and_gives_nothing_away(
    session: aiohttp.ClientSession,
    serve: Serve,
    caplog: pytest.LogCaptureFixture,
    ask: str,
    case: Case,
) -> None:
    server = await serve(case.behave)
    client = connect(session, f"http://127.0.0.1:{server.port}/{SECRET}")
    err = await failure(ASKS[ask](client, case.timeout), caplog)
    assert (err.kind, err.code) == (case.kind, case.code)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_a_closed_port_refuses(
    session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture, ask: Ask
) -> None:
    with closing(socket.socket()) as bound_but_deaf:
        bound_but_deaf.bind(("127.0.0.1", 0))
        port = bound_but_deaf.getsockname()[1]
        client = connect(session, f"http://127.0.0.1:{port}/{SECRET}")
        err = await failure(ask(client, PATIENCE), caplog)
    assert (err.kind, err.code) == (FailureKind.REFUSED, None)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_a_name_without_an_address_is_not_found(
    session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture, ask: Ask
) -> None:
    client = connect(session, f"http://ha-mcp.invalid:9583/{SECRET}")
    err = await failure(ask(client, PATIENCE), caplog)
    assert (err.kind, err.code) == (FailureKind.HOST_NOT_FOUND, None)
    assert "ha-mcp.invalid" not in everything_in(err)


@pytest.mark.parametrize("host", ["192.168.1.300", "192.168.1..10", "192.168.1"])
async def test_numbers_that_are_no_ip_address_are_no_host(
    session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture, host: str
) -> None:
    client = connect(session, f"http://{host}:8086/{SECRET}")
    err = await failure(client.request("ping", {}, PATIENCE), caplog)
    assert (err.kind, err.code) == (FailureKind.HOST_NOT_FOUND, None)
    assert host not in everything_in(err)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_a_certificate_that_nobody_signed_is_not_trusted(
    session: aiohttp.ClientSession, serve: Serve, caplog: pytest.LogCaptureFixture, ask: Ask
) -> None:
    # The client leaves in the middle of the handshake, of which asyncio complains on both sides.
    caplog.set_level(logging.CRITICAL, "asyncio")
    server = await serve(answers(http(TEXT)), self_signed())
    client = connect(session, f"https://127.0.0.1:{server.port}/{SECRET}")
    err = await failure(ask(client, PATIENCE), caplog)
    assert (err.kind, err.code) == (FailureKind.TLS, None)
    assert server.sent == 0


async def test_https_to_a_server_without_it_is_a_tls_failure(
    session: aiohttp.ClientSession, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve(greets(http(TEXT, status="400 Bad Request")))
    client = connect(session, f"https://127.0.0.1:{server.port}/{SECRET}")
    assert (await failure(client.request("ping", {}, PATIENCE), caplog)).kind is FailureKind.TLS


@pytest.mark.parametrize("line", ["301 Moved Permanently", "302 Found", "308 Permanent Redirect"])
@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_a_redirect_is_not_followed(
    session: aiohttp.ClientSession, serve: Serve, ask: Ask, line: str
) -> None:
    target = await serve(answers(http(b"{}")))
    location = f"http://127.0.0.1:{target.port}/"
    server = await serve(answers(http(status=line, headers={"Location": location})))
    with pytest.raises(McpError, match="redirected"):
        await ask(connect(session, f"http://127.0.0.1:{server.port}/{SECRET}"), PATIENCE)
    assert (server.visits, target.visits) == (1, 0)


async def test_a_failed_request_does_not_spoil_the_next(
    session: aiohttp.ClientSession, serve: Serve
) -> None:
    server = await serve(
        turns(
            answers_and_hangs(http(TEXT, length=999, headers={"Connection": "keep-alive"})),
            answers(http(b"{}")),
        )
    )
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp")
    with pytest.raises(McpError, match="timeout"):
        await client.settings_info(0.2)
    assert (await client.settings_info(PATIENCE)).data == {}


def turns(*behaviours: Behaviour) -> Behaviour:
    """Treat each client another way."""
    left = iter(behaviours)

    async def behave(visit: Any) -> None:
        await next(left)(visit)

    return behave

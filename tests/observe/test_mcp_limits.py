"""No server makes the client read, keep or wait for more than it is willing to."""

import gzip

import aiohttp
import pytest

from custom_components.ha_mcp_sre.observe.failures import McpError
from tests.fake_ha_mcp import FakeHaMcp
from tests.observe.conftest import PATIENCE, Serve, connect
from tests.rude_server import answers, answers_at_length, http, stream

MIB = 1024 * 1024
IN_FLIGHT = 12 * MIB
"""More than sockets and buffers between two programs on one machine hold."""


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
async def test_the_rest_of_a_large_answer_is_not_taken(
    session: aiohttp.ClientSession, serve: Serve, kind: str
) -> None:
    server = await serve(answers_at_length(stream(kind), b"a" * MIB, times=50))
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp")
    with pytest.raises(McpError, match="too_large"):
        await client.request("ping", {}, PATIENCE)
    assert server.sent < MIB + IN_FLIGHT


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
async def test_compression_does_not_get_more_through(
    session: aiohttp.ClientSession, serve: Serve, kind: str
) -> None:
    body = gzip.compress(b"a" * 50 * MIB)
    assert len(body) < MIB
    server = await serve(
        answers(http(body, content_type=kind, headers={"Content-Encoding": "gzip"}))
    )
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp")
    with pytest.raises(McpError, match="too_large"):
        await client.request("ping", {}, PATIENCE)


@pytest.mark.parametrize(("spare", "fits"), [(0, True), (-1, False)])
async def test_the_limit_is_the_largest_answer_that_is_read(
    session: aiohttp.ClientSession, serve: Serve, spare: int, fits: bool
) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"result":{}}'
    server = await serve(answers(http(body)))
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp", limit=len(body) + spare)
    if fits:
        await client.request("ping", {}, PATIENCE)
    else:
        with pytest.raises(McpError, match="too_large"):
            await client.request("ping", {}, PATIENCE)


async def test_a_stream_of_empty_events_is_read_as_quickly_as_any(
    session: aiohttp.ClientSession, serve: Serve
) -> None:
    answer = b'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'
    server = await serve(answers(stream(), b"data:\n\n" * 140_000, answer))
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp", limit=MIB)
    await client.request("ping", {}, PATIENCE)


async def test_the_landing_page_is_limited_too(
    session: aiohttp.ClientSession, ha_mcp: FakeHaMcp
) -> None:
    with pytest.raises(McpError, match="too_large"):
        await connect(session, ha_mcp.url, limit=100).landing(PATIENCE)


async def test_an_answer_too_large_for_the_event_loop_is_read_all_the_same(
    session: aiohttp.ClientSession, serve: Serve
) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"result":{"text":"%s"}}' % (b"a" * MIB)
    server = await serve(answers(http(body)))
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp", limit=2 * MIB)
    assert len((await client.initialize(PATIENCE)).data["text"]) == MIB

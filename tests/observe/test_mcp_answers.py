"""What the client makes of good answers."""

import json

import aiohttp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.observe.failures import McpError
from custom_components.ha_mcp_sre.observe.mcp import McpClient
from tests.fake_ha_mcp import FakeHaMcp
from tests.observe.conftest import PATIENCE, Serve, connect
from tests.recorded import Capture, capture
from tests.rude_server import RudeServer, answers, answers_and_hangs, http, stream

VERSIONS = pytest.mark.parametrize("version", ["8.3.0", "8.7.0"])

ANSWER = b'data: {"jsonrpc":"2.0","id":1,"result":{"serverInfo":{"version":"8.7.0"}}}'
OTHER = b'data: {"jsonrpc":"2.0","id":7,"result":{"serverInfo":{"version":"6.6.6"}}}'

STREAMS = {
    "CRLF": b"event: message\r\n" + ANSWER + b"\r\n\r\n",
    "CR": b"event: message\r" + ANSWER + b"\r\r",
    "LF": b"event: message\n" + ANSWER + b"\n\n",
    "no space after the colon": ANSWER.replace(b"data: ", b"data:") + b"\n\n",
    "a byte order mark before": b"\xef\xbb\xbf" + ANSWER + b"\n\n",
    "comments before": b": ping - 2026\r\n\r\n: ping\r\n\r\n" + ANSWER + b"\r\n\r\n",
    "an event that only sets a position": b"id: 1\ndata: \n\n" + ANSWER + b"\n\n",
    "an event that is no JSON": b"event: ping\ndata: 2026-11-23\n\n" + ANSWER + b"\n\n",
    "an event that only begins like JSON": b"data: {2026\n\n" + ANSWER + b"\n\n",
    "a notification before": (
        b'data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n'
        + ANSWER
        + b"\n\n"
    ),
    "a request of the server with our number": (
        b'data: {"jsonrpc":"2.0","id":1,"method":"ping"}\n\n' + ANSWER + b"\n\n"
    ),
    "an answer to somebody else before": OTHER + b"\n\n" + ANSWER + b"\n\n",
    "data in several lines": ANSWER.replace(b'"result":', b'\r\ndata: "result":\r\ndata:')
    + b"\r\n\r\n",
    "other fields": b"id: 1\nretry: 5\nfoo\n" + ANSWER + b"\n\n",
}


def as_json(recorded: Capture) -> Capture:
    """Return the same message as a server set to plain JSON sends it."""
    body = json.dumps(recorded.message, separators=(",", ":")).encode()
    return Capture(recorded.status, "application/json", body)


@VERSIONS
async def test_initialize_tells_who_the_server_is(
    client: McpClient, ha_mcp: FakeHaMcp, version: str
) -> None:
    ha_mcp.state = f"{version}/healthy"
    answer = await client.initialize(PATIENCE)
    assert answer.data["serverInfo"]["version"] == version


@VERSIONS
async def test_ping_is_answered(client: McpClient, ha_mcp: FakeHaMcp, version: str) -> None:
    ha_mcp.state = f"{version}/healthy"
    await client.request("ping", {}, PATIENCE)
    assert ha_mcp.requests == ["ping"]


@VERSIONS
async def test_a_tool_answers_with_data(client: McpClient, ha_mcp: FakeHaMcp, version: str) -> None:
    ha_mcp.state = f"{version}/healthy"
    answer = await client.call_tool("ha_eval_template", {"template": "{{ 1 }}"}, PATIENCE)
    assert not answer.is_error
    assert answer.data["result"] == 1


@VERSIONS
async def test_a_tool_error_has_a_code(client: McpClient, ha_mcp: FakeHaMcp, version: str) -> None:
    ha_mcp.tools["ha_get_state"] = capture(f"{version}/healthy", "get-state-missing")
    answer = await client.call_tool("ha_get_state", {"entity_id": "sun.nope"}, PATIENCE)
    assert (answer.is_error, answer.code, answer.is_refused) == (True, "ENTITY_NOT_FOUND", False)


@VERSIONS
async def test_an_unknown_tool_is_a_refusal(
    client: McpClient, ha_mcp: FakeHaMcp, version: str
) -> None:
    ha_mcp.state = f"{version}/healthy"
    answer = await client.call_tool("ha_nope", {}, PATIENCE)
    assert (answer.is_error, answer.code, answer.is_refused) == (True, None, True)


@VERSIONS
@pytest.mark.parametrize("name", ["eval-template", "get-state-missing", "unknown-tool"])
async def test_plain_json_says_the_same_as_an_event_stream(
    client: McpClient, ha_mcp: FakeHaMcp, version: str, name: str
) -> None:
    recorded = capture(f"{version}/healthy", name)
    ha_mcp.tools["streaming"] = recorded
    ha_mcp.tools["plain"] = as_json(recorded)
    streamed = await client.call_tool("streaming", {}, PATIENCE)
    assert await client.call_tool("plain", {}, PATIENCE) == streamed


@pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)
async def test_the_answer_is_found_in_a_stream(
    session: aiohttp.ClientSession, serve: Serve, body: bytes
) -> None:
    server = await serve(answers_and_hangs(stream(), body))
    answer = await connect(session, f"http://127.0.0.1:{server.port}/mcp").initialize(PATIENCE)
    assert answer.data["serverInfo"]["version"] == "8.7.0"


@given(st.sampled_from(list(STREAMS.values())), st.sets(st.integers(1, 120), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_a_stream_may_arrive_in_pieces(
    session: aiohttp.ClientSession, rude: RudeServer, body: bytes, cuts: set[int]
) -> None:
    ends = [*sorted(cuts), len(body)]
    pieces = [body[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    rude.behave = answers(stream(), *pieces)
    answer = await connect(session, f"http://127.0.0.1:{rude.port}/mcp").initialize(PATIENCE)
    assert answer.data["serverInfo"]["version"] == "8.7.0"


async def test_a_stream_that_ends_without_the_answer_is_a_bad_answer(
    session: aiohttp.ClientSession, serve: Serve
) -> None:
    server = await serve(answers(stream(), OTHER + b"\n\n" + ANSWER))
    with pytest.raises(McpError, match="bad_answer"):
        await connect(session, f"http://127.0.0.1:{server.port}/mcp").request("ping", {}, PATIENCE)


@pytest.mark.parametrize("number", ["2", '"1"', "true", "1.0", "null", "[1]"])
@pytest.mark.parametrize("streams", [False, True])
async def test_an_answer_to_another_request_is_none(
    session: aiohttp.ClientSession, serve: Serve, number: str, streams: bool
) -> None:
    message = f'{{"jsonrpc":"2.0","id":{number},"result":{{}}}}'.encode()
    whole = stream() + b"data: " + message + b"\n\n" if streams else http(message)
    server = await serve(answers(whole))
    with pytest.raises(McpError, match="bad_answer"):
        await connect(session, f"http://127.0.0.1:{server.port}/mcp").request("ping", {}, PATIENCE)


async def test_a_request_that_was_not_understood_is_answered_without_its_number(
    session: aiohttp.ClientSession, serve: Serve
) -> None:
    body = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}'
    server = await serve(answers(http(body)))
    with pytest.raises(McpError, match="protocol_error"):
        await connect(session, f"http://127.0.0.1:{server.port}/mcp").request("ping", {}, PATIENCE)


@pytest.mark.parametrize("code", ["ha_mcp is down, see http://host/private_x", "x" * 80, 7, None])
async def test_what_does_not_look_like_an_error_code_is_none(
    session: aiohttp.ClientSession, serve: Serve, code: object
) -> None:
    text = json.dumps({"error": {"code": code}})
    result = {"isError": True, "content": [{"type": "text", "text": text}]}
    message = {"jsonrpc": "2.0", "id": 1, "result": result}
    server = await serve(answers(http(json.dumps(message).encode())))
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp")
    assert (await client.call_tool("ha_get_state", {}, PATIENCE)).code is None


@VERSIONS
async def test_the_landing_page_greets(client: McpClient, ha_mcp: FakeHaMcp, version: str) -> None:
    ha_mcp.state = f"{version}/healthy"
    assert (await client.landing(PATIENCE)).startswith("HA-MCP server is up and running!")

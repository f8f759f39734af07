"""Whatever bytes come back, the client answers or raises `McpError`: nothing else gets out."""

from contextlib import suppress
import json
import string
from typing import Any

import aiohttp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custom_components.ha_mcp_sre.observe.failures import McpError
from tests.observe.conftest import PATIENCE, connect
from tests.rude_server import RudeServer, answers, http, stream

many = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20),  # Half characters included, as JSON allows them.
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)

tool_results = st.fixed_dictionaries(
    {},
    optional={
        "isError": st.booleans() | json_values,
        "structuredContent": json_values,
        "content": json_values
        | st.lists(
            st.fixed_dictionaries({"type": st.just("text"), "text": json_values.map(json.dumps)})
        ),
    },
)

header_values = st.text(string.printable.replace("\r", "").replace("\n", ""), max_size=60)


async def ask_everything(session: aiohttp.ClientSession, server: RudeServer) -> None:
    """Send every kind of request; raise only what the client must not."""
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp")
    for request in (
        client.settings_info(PATIENCE),
        client.landing(PATIENCE),
        client.initialize(PATIENCE),
        client.request("ping", {}, PATIENCE),
        client.call_tool("ha_get_state", {}, PATIENCE),
    ):
        server.visits = 0
        with suppress(McpError):
            await request
        assert server.visits > 0


@given(st.binary(max_size=200))
@many
async def test_junk_instead_of_http(
    session: aiohttp.ClientSession, rude: RudeServer, junk: bytes
) -> None:
    rude.behave = answers(junk)
    await ask_everything(session, rude)


@given(st.binary(max_size=200), st.sampled_from(["application/json", "text/event-stream"]))
@many
async def test_junk_as_a_body(
    session: aiohttp.ClientSession, rude: RudeServer, junk: bytes, kind: str
) -> None:
    rude.behave = answers(stream(kind), junk)
    await ask_everything(session, rude)


@given(st.sampled_from(["Content-Type", "Date", "Content-Encoding", "Set-Cookie"]), header_values)
@many
async def test_junk_in_a_header(
    session: aiohttp.ClientSession, rude: RudeServer, name: str, value: str
) -> None:
    rude.behave = answers(http(b"{}", content_type=None, headers={name: value}))
    await ask_everything(session, rude)


@given(json_values)
@many
async def test_any_json_as_an_answer(
    session: aiohttp.ClientSession, rude: RudeServer, value: object
) -> None:
    rude.behave = answers(http(json.dumps(value).encode()))
    await ask_everything(session, rude)


@given(tool_results)
@many
async def test_any_tool_result_is_taken(
    session: aiohttp.ClientSession, rude: RudeServer, result: dict[str, Any]
) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "result": result}
    rude.behave = answers(http(json.dumps(message).encode()))
    client = connect(session, f"http://127.0.0.1:{rude.port}/mcp")
    answer = await client.call_tool("ha_get_state", {}, PATIENCE)
    assert answer.is_error is (result.get("isError") is True)


async def test_half_a_character_in_a_text_is_no_trouble(
    session: aiohttp.ClientSession, rude: RudeServer
) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "result": {"content": [{"text": "\ud800"}]}}
    rude.behave = answers(http(json.dumps(message).encode()))
    client = connect(session, f"http://127.0.0.1:{rude.port}/mcp")
    assert (await client.call_tool("ha_get_state", {}, PATIENCE)).data == {}

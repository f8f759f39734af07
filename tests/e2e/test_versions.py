"""Our own client against real servers: two versions, and the official SDK beside it."""

import asyncio
from collections.abc import Coroutine
import json
from pathlib import Path
import time
from typing import Any

import aiohttp
import pytest

from custom_components.ha_mcp_sre.assess.observation import (
    EndpointMethod,
    Outcome,
    Position,
    Stage,
    ToolCallReading,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.journal import Journal
from custom_components.ha_mcp_sre.observe.mcp import McpClient
from custom_components.ha_mcp_sre.observe.probe import MARKED_TEMPLATE, probe
from custom_components.ha_mcp_sre.observe.tool_calls import ToolCallSource
from scripts.lab.ha_mcp import LATEST, HaMcp
from scripts.lab.traffic import MODEST, Traffic, send
from scripts.provision.environments import environment
from tests.e2e.conftest import Lab

SDK_CLIENT = Path(__file__).with_name("sdk_client.py")
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ha_eval_template", {"template": MARKED_TEMPLATE}),
    ("ha_get_state", {"entity_id": "zone.home", "fields": ["state"]}),
    ("ha_get_state", {"entity_id": "light.no_such_lamp"}),
    ("ha_no_such_tool", {}),
)


class Watcher:
    """The observing half of the integration, without a Home Assistant around it."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.policy = Policy()
        self.journal = Journal()
        self.client = McpClient(
            session, url, limit=self.policy.answer_limit, clock=time.time, journal=self.journal
        )
        self.source = ToolCallSource(self.client, self.journal, self.policy)
        self.position = Position(since=time.time())

    async def read(self) -> ToolCallReading:
        reading = await self.source.read(self.position, time.time(), 0.0, startup=True)
        assert isinstance(reading, ToolCallReading)
        self.position = reading.position
        return reading


def with_version(lab: Lab, folder: Path, version: str, story: Any) -> None:
    """Run a story with a real ha-mcp of this version, which serves the shared Home Assistant."""

    async def run() -> None:
        home_assistant = lab.parts.home_assistant
        token = await home_assistant.create_token(f"ha-mcp {version}")
        ha_mcp = HaMcp(folder, home_assistant_url=home_assistant.url, token=token, version=version)
        await ha_mcp.start()
        try:
            async with aiohttp.ClientSession() as session:
                await story(ha_mcp, Watcher(session, ha_mcp.url))
        finally:
            await ha_mcp.stop()

    coroutine: Coroutine[Any, Any, None] = run()
    lab.run(coroutine)


@pytest.mark.parametrize("version", [LATEST, "8.3.0"])
def test_a_real_server_is_probed_and_read(lab: Lab, tmp_path: Path, version: str) -> None:
    async def story(ha_mcp: HaMcp, watcher: Watcher) -> None:
        found, skew = await probe(
            watcher.client,
            watcher.policy,
            time.time,
            method=EndpointMethod.SETTINGS_INFO,
            stages=frozenset({Stage.WEBSOCKET, Stage.REST}),
            entity_id="zone.home",
        )
        assert [s.outcome for s in (found.endpoint, found.websocket, found.rest)] == [
            Outcome.OK
        ] * 3
        assert found.identity is not None
        assert found.identity.version == version
        assert skew == 0

        sent = Traffic()
        await send(ha_mcp.url, MODEST, into=sent)
        reading = await watcher.read()
        assert len(reading.calls) == sent.calls
        assert sum(not call.success for call in reading.calls) == sent.errors
        assert {call.code for call in reading.calls} == {None, "ENTITY_NOT_FOUND"}
        described = reading.description
        assert described is not None
        assert described.identity.instance == found.identity.instance
        assert described.about.running_version == version
        assert described.connected
        assert described.startup_time is not None
        assert 0 < described.startup_time < 60
        assert (await watcher.read()).calls == ()
        assert len(watcher.journal.entries) == 1, "only our last call has no record yet"

    with_version(lab, tmp_path, version, story)


@pytest.mark.parametrize("version", [LATEST, "8.3.0"])
def test_a_server_without_its_settings_page_tells_its_version_by_mcp(
    lab: Lab, tmp_path: Path, version: str
) -> None:
    async def story(_ha_mcp: HaMcp, watcher: Watcher) -> None:
        found, _ = await probe(
            watcher.client,
            watcher.policy,
            time.time,
            method=EndpointMethod.INITIALIZE,
            stages=frozenset(),
            entity_id=None,
        )
        assert found.identity is not None
        assert found.identity.version == version

    with_version(lab, tmp_path, version, story)


def test_the_official_sdk_sees_the_same_server(lab: Lab) -> None:
    async def story() -> None:
        url = lab.parts.ha_mcp.url
        async with aiohttp.ClientSession() as session:
            client = Watcher(session, url).client
            ours = {
                "server": (await client.initialize(10)).data["serverInfo"],
                "tools": await _tools(client),
                "calls": [await _call(client, name, arguments) for name, arguments in CALLS],
            }
        assert ours == await _as_the_sdk_sees(url)

    lab.run(story())


async def _tools(client: McpClient) -> list[str]:
    answer = await client.request("tools/list", {}, 10)
    return sorted(tool["name"] for tool in answer.data["tools"])


async def _call(client: McpClient, name: str, arguments: dict[str, Any]) -> list[Any]:
    result = await client.call_tool(name, arguments, 10)
    return [result.is_error, result.text]


async def _as_the_sdk_sees(url: str) -> dict[str, Any]:
    sdk = await asyncio.create_subprocess_exec(
        environment("mcp-sdk") / "bin/python",
        SDK_CLIENT,
        url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await sdk.communicate(json.dumps(CALLS).encode())
    assert sdk.returncode == 0
    seen: dict[str, Any] = json.loads(out)
    seen["calls"] = [
        [call.get("isError", False), call["content"][0]["text"]] for call in seen["calls"]
    ]
    return seen

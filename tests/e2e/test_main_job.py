"""A real Home Assistant watches a real ha-mcp."""

import json
from pathlib import Path
import re
import subprocess

import pytest

from scripts.lab.ha_mcp import HaMcp
from scripts.lab.home_assistant import HomeAssistant
from scripts.lab.ports import free_port
from scripts.lab.waiting import wait_for
from tests.e2e.a_demo import left_behind, run_demo
from tests.e2e.conftest import Lab

CYCLES = 75
"""Seconds in which at least two regular cycles pass."""


def test_the_sensors_show_the_traffic_that_was_sent(lab: Lab) -> None:
    async def story() -> None:
        await lab.use()
        assert await lab.counted() == (lab.sent.calls, lab.sent.errors)
        assert await lab.server.state("health") == "healthy"
        assert await lab.server.state("version") == "8.7.0"
        assert await lab.server.state("home_assistant_link") == "on"

    lab.run(story())


def test_looking_again_counts_nothing_twice_and_never_ourselves(lab: Lab) -> None:
    async def story() -> None:
        await lab.use()
        for _ in range(3):
            assert await lab.counted() == (lab.sent.calls, lab.sent.errors)

    lab.run(story())


def test_every_tool_in_use_has_a_sensor(lab: Lab) -> None:
    async def story() -> set[str]:
        await lab.use()
        await lab.counted()
        return {entity.unique_id.partition("_tool:")[2] for entity in await lab.server.entities()}

    assert lab.run(story()) - {""} == set(lab.sent.by_tool)


def test_health_goes_down_with_a_killed_ha_mcp_and_comes_back_with_it(lab: Lab) -> None:
    async def health_is(wanted: str) -> bool:
        return await lab.server.state("health") == wanted

    async def story() -> None:
        before = await lab.counted()
        started = await lab.server.state("started")
        await lab.parts.ha_mcp.kill()
        await wait_for(lambda: health_is("down"), what="health is down", timeout=CYCLES)
        assert await lab.server.state("reachable") == "off"
        assert await lab.server.number("tool_calls") == before[0]
        await lab.parts.ha_mcp.start()
        await wait_for(lambda: health_is("healthy"), what="health is back", timeout=CYCLES)
        await lab.use()
        assert await lab.counted() == (lab.sent.calls, lab.sent.errors)
        assert await lab.server.state("started") != started

    lab.run(story())


def test_a_restart_of_home_assistant_loses_nothing_and_doubles_nothing(lab: Lab) -> None:
    async def running_again() -> bool:
        return await lab.server.state("health") == "healthy"

    async def story() -> None:
        await lab.use()
        await lab.parts.home_assistant.restart()
        await wait_for(running_again, what="health is back", timeout=CYCLES)
        await lab.use()
        assert await lab.counted() == (lab.sent.calls, lab.sent.errors)

    lab.run(story())


def test_the_secret_is_nowhere_but_in_the_config_entry(lab: Lab) -> None:
    secret = lab.parts.ha_mcp.address.path.lstrip("/").encode()

    async def shown() -> str:
        states = [str(state) for state in await lab.server.states()]
        entries = await lab.parts.client.config_entries("ha_mcp_sre")
        return json.dumps([states, entries, await lab.parts.client.diagnostics(entry_id)])

    entry_id = lab.server.entry_id
    assert secret.decode() not in lab.run(shown())
    home_assistant = lab.parts.home_assistant
    holders = {
        str(file.relative_to(home_assistant.config))
        for file in home_assistant.config.rglob("*")
        if file.is_file() and secret in file.read_bytes()
    }
    assert holders == {".storage/core.config_entries"}
    assert secret not in home_assistant.process.log.read_bytes()


def test_home_assistant_logs_no_error_of_ours(lab: Lab) -> None:
    log = lab.parts.home_assistant.process.log.read_text()
    ours = [
        line
        for line in log.splitlines()
        if "ha_mcp_sre" in line and re.search(r"ERROR|Traceback|WARNING.*(block|deprecat)", line)
    ]
    assert ours == []


def test_an_ha_mcp_of_another_home_is_added_only_after_a_warning(lab: Lab, tmp_path: Path) -> None:
    async def story() -> str:
        other = HomeAssistant(tmp_path, free_port())
        try:
            await other.start()
            token = await other.create_token("ha-mcp")
            return await step_after_adding(
                lab, HaMcp(tmp_path, home_assistant_url=other.url, token=token)
            )
        finally:
            await other.stop()

    assert lab.run(story()) == "other_home"


def test_an_ha_mcp_whose_token_is_rejected_is_added_only_after_a_warning(
    lab: Lab, tmp_path: Path
) -> None:
    url = lab.parts.home_assistant.url
    rejected = HaMcp(tmp_path, home_assistant_url=url, token="wrong")
    assert lab.run(step_after_adding(lab, rejected)) == "no_link"


async def step_after_adding(lab: Lab, ha_mcp: HaMcp) -> str:
    """Begin to add another server, and return the step that follows its address."""
    client = lab.parts.client
    flow = await client.start_flow("ha_mcp_sre")
    try:
        await ha_mcp.start()
        await client.continue_flow(flow["flow_id"], {"install": "other"})
        answers = {"url": ha_mcp.url, "verify_ssl": True}
        step = await client.continue_flow(flow["flow_id"], answers)
    finally:
        await ha_mcp.stop()
    await client.rest("DELETE", f"/api/config/config_entries/flow/{flow['flow_id']}")
    return str(step["step_id"])


@pytest.fixture(scope="module")
def demo() -> subprocess.CompletedProcess[str]:
    """Return what the demo said, which ran once."""
    return run_demo("--once")


def test_the_demo_ends_well_and_shows_what_it_sent(
    demo: subprocess.CompletedProcess[str],
) -> None:
    assert demo.returncode == 0, demo.stdout + demo.stderr
    table = dict(re.findall(r"^(\w+\.\w+)\s+(\S+)$", demo.stdout, re.MULTILINE))
    sent = re.search(r"Traffic sent:\s+(\d+) tool calls, (\d+) errors", demo.stdout)
    assert sent is not None
    assert table["sensor.ha_mcp_health"] == "healthy"
    assert table["sensor.ha_mcp_version"] == "8.7.0"
    assert table["sensor.ha_mcp_tool_calls"] == sent[1]
    assert table["sensor.ha_mcp_tool_errors"] == sent[2]


def test_the_demo_leaves_no_process_behind(demo: subprocess.CompletedProcess[str]) -> None:
    assert left_behind() == []

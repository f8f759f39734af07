"""The lab itself: ha-mcp in a thread of a real Home Assistant, and a line that can be cut."""

from collections import Counter
import json
from pathlib import Path
import socket
from typing import Any

from scripts.lab.ports import port_in_use
from scripts.lab.traffic import Traffic, scripted, send
from scripts.lab.waiting import wait_for
from tests.e2e.inside import InProcessLab

CAPTURE = Path(__file__).parents[1] / "captures/8.7.0/in-process/config-entry.json"


def test_the_server_says_that_it_is_embedded(inside: InProcessLab) -> None:
    info = inside.run(inside.parts.info())
    assert info["deployment_mode"] == "embedded"
    assert info["version"] == "8.7.0"


def test_the_server_is_a_thread_of_home_assistant(inside: InProcessLab) -> None:
    tasks = Path(f"/proc/{inside.parts.home_assistant.process.pid}/task")
    names = [(task / "comm").read_text().strip() for task in tasks.iterdir()]
    assert names.count("ha-mcp-server") == 1


def test_the_entry_has_the_shape_of_a_real_one(inside: InProcessLab) -> None:
    real = json.loads(CAPTURE.read_text(encoding="utf-8"))
    entry = inside.run(inside.stored())
    assert set(entry["data"]) == set(real["data"])
    same = ("domain", "unique_id", "title", "source", "version", "minor_version")
    assert {key: entry[key] for key in same} == {key: real[key] for key in same}


def test_every_scripted_call_is_in_the_usage_log(inside: InProcessLab) -> None:
    sent = Traffic()

    async def story() -> list[dict[str, Any]]:
        before = len(inside.usage())
        await send(inside.parts.url, scripted(40, 6), into=sent)

        async def written() -> list[dict[str, Any]] | None:
            new = inside.usage()[before:]
            return new if len(new) >= sent.calls else None

        return await wait_for(written, what="the calls were written down", timeout=30)

    calls = inside.run(story())
    assert Counter(call["tool_name"] for call in calls) == sent.by_tool
    assert sum(not call["success"] for call in calls) == sent.errors == 6


def test_a_script_has_exactly_the_calls_and_failures_asked_for() -> None:
    script = scripted(200, 30)
    assert len(script) == 200
    assert sum(call.fails for call in script) == 30
    assert all(any(call.fails for call in script[n : n + 10]) for n in range(0, 200, 10))


def test_a_reload_starts_another_worker_in_the_same_modules(inside: InProcessLab) -> None:
    async def story() -> None:
        before = await inside.parts.info()
        await inside.parts.reload()
        after = await inside.parts.info()
        assert after["worker_id"] != before["worker_id"]
        assert after["instance_id"] == before["instance_id"]

    inside.run(story())


def test_a_named_version_is_imported_anew(inside: InProcessLab) -> None:
    async def story() -> None:
        before = await inside.parts.info()
        await inside.parts.configure(pip_spec="ha-mcp==8.7.0")
        assert (await inside.parts.info())["instance_id"] != before["instance_id"]
        await inside.parts.configure(pip_spec="")

    inside.run(story())


def test_a_crash_leaves_the_entry_loaded_and_the_port_closed(inside: InProcessLab) -> None:
    async def story() -> None:
        await inside.parts.crash()
        assert (await inside.parts.entry())["state"] == "loaded"
        assert not port_in_use(inside.parts.options["server_port"])
        assert "HA-MCP in-process server thread crashed" in inside.log()
        await inside.parts.reload()

    inside.run(story())


def test_a_server_that_cannot_start_leaves_the_entry_loaded_too(inside: InProcessLab) -> None:
    client, right = inside.parts.client, inside.parts.options

    async def complaint() -> bool:
        issues = (await client.websocket("repairs/list_issues"))["issues"]
        return "server_start_failed" in [issue["issue_id"] for issue in issues]

    async def story(taken: int) -> None:
        await client.configure_entry(inside.parts.entry_id, {**right, "server_port": taken})
        await wait_for(complaint, what="the start had failed", timeout=60)
        assert (await inside.parts.entry())["state"] == "loaded"
        await inside.parts.configure()
        assert not await complaint()

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        inside.run(story(other.getsockname()[1]))


def test_a_disabled_entry_has_no_server(inside: InProcessLab) -> None:
    async def story() -> None:
        await inside.parts.disable()
        assert not port_in_use(inside.parts.options["server_port"])
        await inside.parts.enable()

    inside.run(story())


def test_a_removed_server_takes_its_user_along(inside: InProcessLab) -> None:
    async def users() -> list[str]:
        found = await inside.parts.client.websocket("config/auth/list")
        return [user["id"] for user in found if user["name"] == "HA-MCP Server"]

    async def story() -> None:
        before = await users()
        await inside.parts.remove()
        assert await users() == []
        await inside.parts.add()
        after = await users()
        assert len(before) == len(after) == 1
        assert before != after

    inside.run(story())


def test_it_comes_back_with_home_assistant_and_the_same_credential(inside: InProcessLab) -> None:
    async def story() -> None:
        before = await inside.parts.entry()
        # Home Assistant waits 10 s for the other end of a session that is open when it stops.
        await inside.cutter.cut()
        await inside.parts.home_assistant.restart()
        await inside.parts.info()
        # Another credential would be another `data`.
        assert (await inside.parts.entry())["modified_at"] == before["modified_at"]
        await send(inside.parts.url, scripted(10, 2), into=Traffic())

    inside.run(story())


def test_a_cut_ends_one_session_and_the_next_call_opens_another(inside: InProcessLab) -> None:
    """Home Assistant's own log is the witness."""
    lost = "HA-MCP Server from 127.0.0.1 (Python/3.14 websockets/17.1): Disconnected"

    async def story() -> None:
        levels = {"homeassistant.components.websocket_api": "debug"}
        await inside.parts.client.call_action("logger", "set_level", **levels)
        for _ in range(3):
            await send(inside.parts.url, scripted(1, 0), into=Traffic())
            before = inside.log().count(lost)
            await inside.cutter.cut_one()

            # Whoever watches the server may have it open and lose another one meanwhile.
            async def seen(before: int = before) -> bool:
                return inside.log().count(lost) > before

            await wait_for(seen, what="Home Assistant had lost the session", timeout=30)

    inside.run(story())

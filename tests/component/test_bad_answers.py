"""Every kind of bad answer ends in a clear state, said once, with nothing lost."""

import asyncio
import logging
from typing import Any

from aiohttp import web
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.component.conftest import HEALTH, cycle, own_log, probe_now, reason, state
from tests.fake_ha_mcp import SECRET_PATH, FakeHaMcp, plain_answer


async def reset(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Length": "1000", "Content-Type": "application/json"}
    )
    await response.prepare(request)
    await response.write(b'{"version"')
    assert request.transport is not None
    request.transport.abort()
    return response


async def hang(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.1)


async def large(_request: web.Request) -> web.Response:
    return web.Response(body=b" " * 50_000_000, content_type="application/json")


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        (reset, ("endpoint", "reset", None)),
        (hang, ("endpoint", "timeout", None)),
        (large, ("endpoint", "too_large", None)),
        (plain_answer(401), ("endpoint", "sign_in", "401")),
        (plain_answer(500), ("endpoint", "http_error", "500")),
        (plain_answer(302), ("endpoint", "redirected", "302")),
        (plain_answer(200, "<html>", "text/html"), ("endpoint", "not_mcp", None)),
        (plain_answer(200, '{"version', "application/json"), ("endpoint", "bad_answer", None)),
        (plain_answer(200, "[]", "application/json"), ("endpoint", "not_mcp", None)),
    ],
    ids=lambda value: getattr(value, "__name__", None) or value[1],
)
async def test_every_kind_of_bad_answer_ends_in_a_clear_state(
    hass: HomeAssistant,
    watched: MockConfigEntry,
    ha_mcp: FakeHaMcp,
    caplog: pytest.LogCaptureFixture,
    handler: Any,
    why: tuple[str, str, str | None],
) -> None:
    ha_mcp.call("ha_search")
    await probe_now(hass)
    caplog.clear()
    ha_mcp.routes["info"] = handler
    for _ in range(2):
        await cycle(hass, watched)
    assert state(hass, HEALTH) == "down"
    assert reason(hass) == why
    assert state(hass, "sensor.ha_mcp_tool_calls") == "1"
    log = [r for r in own_log(caplog) if r.levelno > logging.DEBUG]
    assert len(log) == 1
    assert SECRET_PATH not in "".join(r.getMessage() for r in own_log(caplog))
    assert not [r for r in own_log(caplog) if r.exc_info]


async def test_a_path_that_is_gone_is_not_found(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.routes["info"] = ha_mcp.routes["initialize"] = plain_answer(404)
    await cycle(hass, watched)
    assert reason(hass) == ("endpoint", "not_found", "404")


async def test_a_server_without_its_settings_page_is_watched_by_mcp_alone(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.routes["info"] = plain_answer(404)
    for _ in range(2):
        # The second does what the first had no requests left for.
        await cycle(hass, watched)
    ha_mcp.requests.clear()
    await cycle(hass, watched)
    assert ha_mcp.requests == ["initialize"]
    assert state(hass, HEALTH) == "healthy"
    assert state(hass, "sensor.ha_mcp_version") == "8.7.0"


def another_mcp_server(name: str, greeting: str) -> dict[str, Any]:
    """Return the routes of an MCP server without ha-mcp's settings page."""

    async def initialize(request: web.Request) -> web.Response:
        number = (await request.json())["id"]
        info = {"name": name, "version": "1.0"}
        result = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": info}
        return web.json_response({"jsonrpc": "2.0", "id": number, "result": result})

    return {
        "info": plain_answer(404),
        "initialize": initialize,
        "landing": plain_answer(405, greeting),
    }


async def test_another_mcp_server_at_the_address_is_not_taken_for_ha_mcp(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.routes |= another_mcp_server("weather", "Hello")
    await cycle(hass, watched)
    assert reason(hass) == ("endpoint", "not_mcp", None)
    assert state(hass, "sensor.ha_mcp_version") == "8.7.0"


async def test_an_ha_mcp_under_another_name_is_known_by_its_greeting(
    hass: HomeAssistant, watched: MockConfigEntry, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.routes |= another_mcp_server("my home", "HA-MCP server is up and running!")
    await cycle(hass, watched)
    assert state(hass, "binary_sensor.ha_mcp_reachable") == "on"

"""How a server is asked for its tool calls, and what becomes of a refusal."""

from dataclasses import replace

import aiohttp
import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind, ToolCallReading
from tests.fake_ha_mcp import FakeHaMcp, tool_error
from tests.observe.conftest import Serve
from tests.observe.reader import POLICY, Reader, reader_of
from tests.recorded import Capture, capture
from tests.rude_server import Behaviour, answers, drips, http, stream

LIST = {"fields": ["diagnostic_info", "recent_logs"], "tool_call_count": 16}
TEXT = {"fields": "diagnostic_info,recent_logs", "tool_call_count": 16}
NONE = {"tool_call_count": 16}


@pytest.mark.parametrize(
    ("fields_as", "first", "then"),
    [
        ((list, str), [LIST], LIST),
        ((str,), [LIST, TEXT], TEXT),
        ((), [LIST, TEXT, NONE], NONE),
    ],
    ids=["list", "string", "none"],
)
async def test_the_form_that_a_server_takes_is_found_and_remembered(
    reader: Reader,
    ha_mcp: FakeHaMcp,
    fields_as: tuple[type, ...],
    first: list[object],
    then: object,
) -> None:
    ha_mcp.fields_as = fields_as
    ha_mcp.call("ha_search")
    # Each reading asks once.
    assert [await reader.try_to_read() for _ in first[1:]] == [None] * len(first[1:])
    assert "ha_search" in await reader.tools()
    assert ha_mcp.asked == first
    await reader.read()
    assert ha_mcp.asked == [*first, then]


async def test_a_server_that_refuses_every_form_has_nothing_to_show(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.tools["ha_report_issue"] = tool_error("VALIDATION_FAILED")
    readings = [await reader.try_to_read() for _ in range(4)]
    assert readings == [None, None, *[FailureKind.TOOL_REFUSED] * 2]
    assert ha_mcp.asked == [LIST, TEXT, NONE, NONE]


async def test_the_startup_log_is_asked_for_only_where_it_is_wanted(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    without, full = await reader.read(), await reader.read(startup=True)
    assert without.description is not None
    assert without.description.startup_time is None
    assert full.description is not None
    assert full.description.startup_time is not None
    assert ["startup_logs" in asked["fields"] for asked in ha_mcp.asked] == [False, True]


async def test_after_an_answer_too_large_fewer_calls_are_asked_for(
    session: aiohttp.ClientSession, ha_mcp: FakeHaMcp
) -> None:
    reader = reader_of(session, ha_mcp.url, limit=30_000)
    for _ in range(200):
        ha_mcp.call("ha_search", code="ENTITY_NOT_FOUND")
    readings = [await reader.try_to_read() for _ in range(4)]
    assert readings[0] is FailureKind.TOO_LARGE
    assert isinstance(readings[-1], ToolCallReading)
    counts = [asked["tool_call_count"] for asked in ha_mcp.asked]
    assert counts[:2] == [16, 8]
    assert counts == sorted(counts, reverse=True)


async def test_no_answer_is_small_enough_for_no_room(
    session: aiohttp.ClientSession, ha_mcp: FakeHaMcp
) -> None:
    reader = reader_of(session, ha_mcp.url, limit=10)
    readings = [await reader.try_to_read() for _ in range(7)]
    assert readings == [FailureKind.TOO_LARGE] * 7
    assert ha_mcp.asked[-1]["tool_call_count"] == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (capture("8.3.0/healthy", "unknown-tool"), FailureKind.TOOL_REFUSED),
        (capture("8.7.0/healthy", "unknown-tool"), FailureKind.TOOL_REFUSED),
        (tool_error("USER_APPROVAL_REQUIRED"), FailureKind.TOOL_REFUSED),
        (tool_error("READ_ONLY_MODE"), FailureKind.TOOL_REFUSED),
        (tool_error("INTERNAL_ERROR"), FailureKind.TOOL_ERROR),
        (tool_error("CONNECTION_TIMEOUT"), FailureKind.TOOL_ERROR),
    ],
)
async def test_what_a_tool_says_instead_of_a_report_is_the_reason_for_none(
    reader: Reader, ha_mcp: FakeHaMcp, answer: Capture, kind: FailureKind
) -> None:
    ha_mcp.tools["ha_report_issue"] = answer
    assert await reader.try_to_read() is kind


@pytest.mark.parametrize(
    ("behave", "kind"),
    [
        (drips(stream(), b": ping\r\n\r\n"), FailureKind.TIMEOUT),
        (answers(), FailureKind.RESET),
        (answers(http(b"<html>", content_type="text/html")), FailureKind.NOT_MCP),
        (answers(stream(), capture("8.7.0/ha-hung", "report-issue").body), FailureKind.BAD_ANSWER),
    ],
)
async def test_a_failed_request_is_the_reason_for_no_report(
    session: aiohttp.ClientSession, serve: Serve, behave: Behaviour, kind: FailureKind
) -> None:
    server = await serve(behave)
    policy = replace(POLICY, tool_calls_timeout=0.3)
    reader = reader_of(session, f"http://127.0.0.1:{server.port}/mcp", policy=policy)
    assert await reader.try_to_read() is kind

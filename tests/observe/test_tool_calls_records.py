"""What is taken of a usage record, and what is left behind at the door."""

from dataclasses import replace
import json
import reprlib
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.observation import (
    FailureKind,
    Position,
    ToolCall,
    ToolCallReading,
)
from tests.fake_ha_mcp import FakeHaMcp, tool_answer
from tests.observe.reader import Reader
from tests.observe.test_mcp_junk import json_values
from tests.recorded import capture

CANARY = "canary-7F3a"

RECORD: dict[str, Any] = {
    "timestamp": "2026-11-23T03:38:10.000000+00:00",
    "tool_name": "ha_get_state",
    "parameters": {"entity_id": "sun.sun"},
    "execution_time_ms": 1500.0,
    "success": True,
    "error_message": None,
    "response_size_bytes": 100,
    "user_context": None,
}
CALL = ToolCall("ha_get_state", 1_795_405_088.5, 1.5, True)

any_record = st.fixed_dictionaries({}, optional=dict.fromkeys(RECORD, json_values)) | json_values
almost_a_record = st.dictionaries(st.sampled_from(list(RECORD)), json_values, max_size=2).map(
    RECORD.__or__
)


def envelope(code: object) -> str:
    return json.dumps({"success": False, "error": {"code": code, "message": CANARY}})


async def read(
    reader: Reader, ha_mcp: FakeHaMcp, records: object, **rest: object
) -> ToolCallReading:
    """Read a report with these records, from the beginning of time."""
    ha_mcp.tools["ha_report_issue"] = tool_answer({"recent_logs": records, **rest})
    reader.position = Position(since=0)
    return await reader.read()


@pytest.mark.parametrize(
    ("state", "calls", "failures", "connected", "startup_time"),
    [
        ("8.3.0/healthy", 4, ["ENTITY_NOT_FOUND"], True, 4.08),
        ("8.7.0/healthy", 24, ["ENTITY_NOT_FOUND"] * 2, True, 3.0),
        ("8.7.0/token-rejected", 4, [*["AUTH_INVALID_TOKEN"] * 3, "CONNECTION_FAILED"], False, 6.5),
    ],
)
async def test_a_real_report_is_understood(
    reader: Reader,
    ha_mcp: FakeHaMcp,
    state: str,
    calls: int,
    failures: list[str],
    connected: bool,
    startup_time: float,
) -> None:
    report = capture(state, "report-issue")
    ha_mcp.tools["ha_report_issue"] = report
    reader.position = Position(since=0)
    reading = await reader.read(startup=True)
    assert (len(reading.calls), reading.broken_records) == (calls, 0)
    assert sorted(call.code for call in reading.calls if call.code) == failures
    assert all(call.success is (call.code is None) for call in reading.calls)
    described = reading.description
    assert described is not None
    assert described.connected is connected
    assert described.startup_time == startup_time
    assert described.identity.version == state.split("/", maxsplit=1)[0]
    instance = report.tool_data["diagnostic_info"]["instance"]
    assert described.identity.instance == instance["instance_id"]
    assert described.identity.started_at == instance["started_at"]


async def test_a_report_with_home_assistant_down_shows_the_failures_of_its_link(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.tools["ha_report_issue"] = capture("8.7.0/ha-down", "report-issue")
    reader.position = Position(since=0)
    reading = await reader.read()
    codes = {call.code for call in reading.calls}
    assert {"CONNECTION_FAILED", "CONNECTION_TIMEOUT", "TIMEOUT_OPERATION"} <= codes
    assert reading.description is not None
    assert reading.description.connected is False


async def test_of_a_record_only_the_measures_are_taken(reader: Reader, ha_mcp: FakeHaMcp) -> None:
    assert (await read(reader, ha_mcp, [RECORD])).calls == (CALL,)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (envelope("TIMEOUT_OPERATION"), "TIMEOUT_OPERATION"),
        (envelope("A_CODE_OF_TOMORROW"), "A_CODE_OF_TOMORROW"),
        (envelope(f"NOT A CODE {CANARY}"), None),
        (envelope(None), None),
        (envelope(["X"]), None),
        (json.dumps({"error": CANARY}), None),
        (json.dumps([CANARY]), None),
        (envelope("CUT_OFF")[:-5], None),
        ("[" * 100_000, None),
        ("cancelled", None),
        (None, None),
        (7, None),
    ],
)
async def test_a_failure_has_the_code_of_its_envelope(
    reader: Reader, ha_mcp: FakeHaMcp, message: object, code: str | None
) -> None:
    record = RECORD | {"success": False, "error_message": message}
    expected = replace(CALL, success=False, code=code)
    assert (await read(reader, ha_mcp, [record])).calls == (expected,)


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": {"entity_id": CANARY}},
        {"user_context": CANARY},
        {"success": False, "error_message": f"no {CANARY} here"},
        {"success": False, "error_message": envelope("ENTITY_NOT_FOUND")},
        {"success": False, "error_message": envelope(f"/{CANARY}")},
        {"tool_name": f"ha get {CANARY}"},
        {"tool_name": CANARY * 20},
        {"response_size_bytes": CANARY},
        {"unheard_of": CANARY},
        {"timestamp": CANARY},
        {"execution_time_ms": CANARY},
        {"success": CANARY},
    ],
    ids=reprlib.repr,
)
async def test_what_was_said_stays_behind(
    reader: Reader, ha_mcp: FakeHaMcp, change: dict[str, Any]
) -> None:
    reading = await read(reader, ha_mcp, [RECORD | change], diagnostic_info={"x": CANARY})
    assert len(reading.calls) + reading.broken_records == 1
    assert CANARY not in repr(reading)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        7,
        CANARY,
        [],
        {},
        {"timestamp": "yesterday"},
        {"timestamp": "2026-11-23T03:38:10"},
        {"timestamp": 1_795_405_088},
        {"timestamp": "0001-01-01T00:00:00+00:00"},
        {"timestamp": "9999-12-31T23:59:59-12:00"},
        {"execution_time_ms": None},
        {"execution_time_ms": float("nan")},
        {"execution_time_ms": float("inf")},
        {"execution_time_ms": 1e300},
        {"execution_time_ms": 10**400},
        {"success": None},
        {"success": "yes"},
        {"tool_name": None},
    ],
    ids=reprlib.repr,
)
async def test_a_broken_record_is_counted_and_harms_no_other(
    reader: Reader, ha_mcp: FakeHaMcp, broken: object
) -> None:
    record = RECORD | broken if isinstance(broken, dict) and broken else broken
    reading = await read(reader, ha_mcp, [record, RECORD])
    assert (reading.calls, reading.broken_records) == ((CALL,), 1)


@pytest.mark.parametrize(("value", "duration"), [(0, 0), (-5, 0), (3, 0.003), (86_400_000, 86_400)])
async def test_a_duration_is_never_negative(
    reader: Reader, ha_mcp: FakeHaMcp, value: float, duration: float
) -> None:
    (call,) = (await read(reader, ha_mcp, [RECORD | {"execution_time_ms": value}])).calls
    assert call.duration == duration


@given(st.lists(any_record | almost_a_record, max_size=4))
@example([RECORD | {"timestamp": "\ud800"}])
@example([RECORD | {"tool_name": "\ud800"}])
@example([RECORD | {"execution_time_ms": 10**400}])
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100
)
async def test_any_records_are_read_or_counted_as_broken(
    reader: Reader, ha_mcp: FakeHaMcp, records: list[Any]
) -> None:
    reading = await read(reader, ha_mcp, records)
    assert len(reading.calls) + reading.broken_records == len(records)
    assert all(0 <= call.started <= reader.clock() for call in reading.calls)
    assert (await reader.read()).calls == ()


@given(st.dictionaries(st.sampled_from(["instance", "ha_mcp_version"]), json_values) | json_values)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)
async def test_any_description_of_the_server_is_taken(
    reader: Reader, ha_mcp: FakeHaMcp, info: object
) -> None:
    reading = await read(reader, ha_mcp, [RECORD], diagnostic_info=info)
    assert reading.calls == (CALL,)


@pytest.mark.parametrize("missing", [{}, {"recent_logs": None}, {"recent_logs": {"a": 1}}])
async def test_a_report_without_a_list_of_calls_is_a_bad_answer(
    reader: Reader, ha_mcp: FakeHaMcp, missing: dict[str, Any]
) -> None:
    ha_mcp.tools["ha_report_issue"] = tool_answer({"diagnostic_info": {}, **missing})
    assert await reader.try_to_read() is FailureKind.BAD_ANSWER


@pytest.mark.parametrize(
    ("status", "connected"),
    [("Connected", True), ("Connection Error: refused", False), ("Unknown", None), (None, None)],
)
async def test_the_link_is_what_ha_mcp_says_of_it(
    reader: Reader, ha_mcp: FakeHaMcp, status: str | None, connected: bool | None
) -> None:
    info = {"connection_status": status}
    described = (await read(reader, ha_mcp, [], diagnostic_info=info)).description
    assert described is not None
    assert described.connected is connected


@pytest.mark.parametrize(
    ("lines", "startup_time"),
    [
        ([("ha-mcp 8.7.0", 1), ("Uvicorn running on http://0.0.0.0", 4), ("GET /mcp", 9)], 4),
        ([("Application startup complete.", 3), ("Uvicorn running on x", 5)], 5),
        ([("Application startup complete.", 3), ("Uvicorn running on x", -3595)], 3),
        ([("Application startup complete.", -3597)], None),
        ([("ha-mcp 8.7.0", 1)], None),
        ([("Uvicorn running on x", float("nan"))], None),
        ([("Uvicorn running on x", 10**400)], None),
        ([("Uvicorn running on x", "4")], None),
        ([(None, 4)], None),
        ([], None),
    ],
)
async def test_the_startup_ends_with_the_last_sign_of_coming_up(
    reader: Reader,
    ha_mcp: FakeHaMcp,
    lines: list[tuple[str | None, float]],
    startup_time: float | None,
) -> None:
    log = [{"message": message, "elapsed_seconds": at} for message, at in lines]
    described = (await read(reader, ha_mcp, [], startup_logs=log)).description
    assert described is not None
    assert described.startup_time == startup_time


async def test_no_more_is_taken_than_a_server_can_list(reader: Reader, ha_mcp: FakeHaMcp) -> None:
    reading = await read(reader, ha_mcp, [RECORD, *[{}] * 100_000])
    assert reading.calls == (CALL,)
    assert reading.broken_records < 200

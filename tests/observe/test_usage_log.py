"""Every call in the usage log is counted once, from the watch's beginning on."""

import json
from pathlib import Path
import reprlib

import pytest

from custom_components.ha_mcp_sre.assess.observation import Position, ToolCall
from custom_components.ha_mcp_sre.assess.signals import Source
from custom_components.ha_mcp_sre.observe.probe import MARKED_TEMPLATE
from tests.observe.in_process import LAG, NOW, HaMcpInside, LogReader

REAL = Path(__file__).parents[1] / "captures/8.7.0/in-process/mcp_usage.jsonl"

CANARY = "canary-7F3a"


async def test_a_real_log_is_understood(inside: HaMcpInside, log: LogReader) -> None:
    inside.now = 1_795_407_760
    log.position = Position(since=0)
    inside.write(REAL.read_bytes())
    reading = await log.read()
    assert [(call.tool, call.code) for call in reading.calls] == [
        ("ha_eval_template", None),
        ("ha_get_state", None),
        ("ha_get_state", "ENTITY_NOT_FOUND"),
        ("ha_get_overview", None),
        ("ha_report_issue", None),
    ]
    call = reading.calls[1]
    assert call == ToolCall("ha_get_state", call.started, call.duration, True)
    assert call.duration == pytest.approx(0.012248516082763672)
    assert call.ended == pytest.approx(1_795_407_754.396817, abs=1e-5)
    assert (reading.broken_records, reading.lost, reading.more) == (0, False, False)
    assert (reading.source, reading.log_size) == (Source.USAGE_LOG, REAL.stat().st_size)


async def test_a_call_is_returned_once_over_several_readings(
    inside: HaMcpInside, log: LogReader
) -> None:
    assert await log.tools() == []
    inside.call("ha_search")
    assert await log.tools() == ["ha_search"]
    inside.call("ha_get_state")
    inside.call("ha_get_overview")
    assert await log.tools() == ["ha_get_state", "ha_get_overview"]
    assert await log.tools() == []


async def test_the_first_reading_leaves_the_past_alone(inside: HaMcpInside, log: LogReader) -> None:
    for _ in range(5):
        inside.call(age=60)
    reading = await log.read()
    assert (reading.calls, reading.lost) == ((), False)
    assert reading.position.offset == reading.log_size == inside.path.stat().st_size
    inside.call("ha_since")
    assert await log.tools() == ["ha_since"]


async def test_calls_that_began_while_we_started_count(inside: HaMcpInside, log: LogReader) -> None:
    inside.call("ha_before", age=60)
    inside.call("ha_running", duration_ms=60_000)
    inside.now += 5
    inside.call("ha_since")
    assert await log.tools() == ["ha_since"]


@pytest.mark.parametrize(("age", "tools"), [(60, []), (-1, ["ha_search"])], ids=["past", "since"])
async def test_a_call_that_is_being_written_at_the_first_reading_is_judged_by_its_time(
    inside: HaMcpInside, log: LogReader, age: float, tools: list[str]
) -> None:
    inside.call(age=120)
    line = inside.call("ha_search", age=age, log=False)
    inside.write(line[:50])
    assert await log.tools() == []
    inside.write(line[50:])
    assert await log.tools() == tools
    inside.call("ha_next")
    assert await log.tools() == ["ha_next"]


async def test_a_first_end_of_the_log_full_of_new_calls_may_have_older_ones(
    inside: HaMcpInside, log: LogReader
) -> None:
    inside.loaded = False
    log.read_at_most(1000)
    for _ in range(10):
        inside.call()
    reading = await log.read()
    assert 0 < len(reading.calls) < 10
    assert reading.lost


async def test_before_the_first_call_there_is_no_log(inside: HaMcpInside, log: LogReader) -> None:
    reading = await log.read()
    assert (reading.calls, reading.lost, reading.log_size) == ((), False, None)
    assert reading.source is Source.USAGE_LOG
    inside.call("ha_first")
    inside.call("ha_second")
    assert await log.tools() == ["ha_first", "ha_second"]


async def test_a_line_counts_when_it_is_whole(inside: HaMcpInside, log: LogReader) -> None:
    await log.read()
    line = inside.call(log=False, parameters={"name": "Küche"})
    for end in range(0, len(line) - 1, 7):
        inside.write(line[end : end + 7] if end + 7 < len(line) else line[end:-1])
        assert await log.tools() == []
    inside.write(b"\n")
    assert await log.tools() == ["ha_search"]


async def test_only_what_is_new_is_read_a_chunk_at_a_time(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    log.read_at_most(1000)
    for number in range(20):
        inside.call(f"ha_{number}")
    inside.now += LAG + 1
    readings = await log.read_all()
    assert [call.tool for reading in readings for call in reading.calls] == [
        f"ha_{number}" for number in range(20)
    ]
    assert [reading.more for reading in readings] == [*[True] * (len(readings) - 1), False]
    assert len(readings) > 3
    assert not any(reading.lost for reading in readings)
    assert {reading.source for reading in readings} == {Source.USAGE_LOG}


@pytest.mark.parametrize(
    "broken",
    [
        b"not JSON",
        b"\xff\xfe\xfa",
        b"{}",
        b"null",
        b"[]",
        b"7",
        b"\0" * 50,
        b"[" * 100_000,
        b'{"timestamp": "2026-11-23T03:38:10+00:00", "tool_name": "ha_search"',
        b'{"timestamp": "yesterday", "tool_name": "x", "execution_time_ms": 1, "success": true}',
        b'"' + b"9" * 5000 + b'": 1',
        b"9" * 5000,
    ],
    ids=reprlib.repr,
)
async def test_a_broken_line_is_counted_and_harms_no_other(
    inside: HaMcpInside, log: LogReader, broken: bytes
) -> None:
    await log.read()
    inside.call("ha_before")
    inside.write(broken + b"\n")
    inside.call("ha_after")
    reading = await log.read()
    assert [call.tool for call in reading.calls] == ["ha_before", "ha_after"]
    assert reading.broken_records == 1
    assert (await log.read()).broken_records == 0


async def test_empty_lines_are_no_records(inside: HaMcpInside, log: LogReader) -> None:
    await log.read()
    inside.write(b"\n\r\n")
    inside.call()
    inside.write(b"\n")
    reading = await log.read()
    assert (len(reading.calls), reading.broken_records) == (1, 0)


async def test_a_record_after_half_of_another_is_found(inside: HaMcpInside, log: LogReader) -> None:
    await log.read()
    inside.write(inside.call("ha_half", log=False, code="ENTITY_NOT_FOUND")[:-30])
    inside.call("ha_whole", parameters={"text": '{"timestamp": "x"}'})
    inside.restart()
    reading = await log.read()
    assert [call.tool for call in reading.calls] == ["ha_whole"]
    assert reading.broken_records == 1


async def test_a_call_of_ours_after_half_of_another_has_its_own_size(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.read()
    inside.write(inside.call(log=False)[:-30])
    log.journal.answered(log.journal.sent("ha_search", {}, inside.now), inside.now)
    line = inside.call()
    inside.restart()
    assert (await log.read()).own_bytes == len(line)


async def test_a_record_inside_of_the_parameters_of_a_broken_one_is_none(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.read()
    forged = json.loads(inside.call("ha_forged", log=False))
    line = inside.call(
        "ha_search", log=False, parameters={"text": json.dumps(forged), "at": forged}
    )
    inside.restart()
    inside.write(b"half" + line[5:])
    reading = await log.read()
    assert (reading.calls, reading.broken_records) == ((), 1)


async def test_a_line_longer_than_a_chunk_is_one_broken_record(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    log.read_at_most(1000)
    inside.call("ha_before")
    inside.write(inside.call("ha_long", log=False, parameters={"text": "x" * 5000}))
    inside.restart()
    inside.call("ha_after")
    readings = await log.read_all()
    assert [call.tool for reading in readings for call in reading.calls] == [
        "ha_before",
        "ha_after",
    ]
    assert sum(reading.broken_records for reading in readings) == 1


async def test_a_line_that_grows_longer_than_a_chunk_is_one_broken_record(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    log.read_at_most(1000)
    broken = 0
    for _ in range(10):
        inside.write(b"x" * 350)
        broken += sum(reading.broken_records for reading in await log.read_all())
    inside.write(b"\n")
    inside.call("ha_after")
    readings = await log.read_all()
    assert [call.tool for reading in readings for call in reading.calls] == ["ha_after"]
    assert broken + sum(reading.broken_records for reading in readings) == 1


async def test_our_own_calls_are_left_out_and_their_bytes_summed_up(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.read()
    arguments = {"template": MARKED_TEMPLATE}
    lines = []
    for _ in range(2):
        entry = log.journal.sent("ha_eval_template", arguments, inside.now)
        lines.append(
            inside.call("ha_eval_template", parameters={**arguments, "timeout": 3, "ä": "ö"})
        )
        log.journal.answered(entry, inside.now)
    inside.call("ha_search")
    inside.call("ha_eval_template", parameters={"template": "{{ 1 }}"})
    reading = await log.read()
    assert [call.tool for call in reading.calls] == ["ha_search", "ha_eval_template"]
    assert reading.own_bytes == sum(map(len, lines))
    assert log.journal.entries == ()


async def test_what_was_said_stays_behind(inside: HaMcpInside, log: LogReader) -> None:
    await log.read()
    inside.call(
        parameters={"entity_id": CANARY},
        error_message=json.dumps({"error": {"code": "X", "message": CANARY}}),
    )
    inside.write(CANARY.encode() + b"\n")
    reading = await log.read()
    assert (len(reading.calls), reading.broken_records) == (1, 1)
    assert CANARY not in repr(reading)


async def test_no_call_ends_in_the_future(inside: HaMcpInside, log: LogReader) -> None:
    await log.read()
    inside.call(age=-3600, duration_ms=2000)
    (call,) = (await log.read()).calls
    assert call.ended == pytest.approx(inside.now)


async def test_a_clock_set_back_loses_no_call(inside: HaMcpInside, log: LogReader) -> None:
    await log.read()
    inside.call("ha_before")
    assert await log.tools() == ["ha_before"]
    inside.now -= 3600
    inside.call("ha_after")
    assert await log.tools() == ["ha_after"]
    assert await log.tools() == []


async def test_a_restart_of_ours_goes_on_where_we_stopped(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.read()
    inside.call("ha_before")
    await log.read()
    inside.call("ha_meanwhile")
    inside.restart()
    log.restart()
    reading = await log.read()
    assert [call.tool for call in reading.calls] == ["ha_meanwhile"]
    assert not reading.lost


async def test_calls_read_before_by_report_are_not_counted_again(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.read()
    inside.call("ha_reported")
    await log.read()
    log.position = Position(NOW, last_seen=log.position.last_seen)
    log.restart()
    inside.call("ha_since")
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_since"], False)

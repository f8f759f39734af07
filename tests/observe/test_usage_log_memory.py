"""What the usage log does not have is taken from ha-mcp's memory, and from there only once."""

import os
from pathlib import Path
from typing import Any

import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.assess.signals import Source
from tests.observe.in_process import LAG, HaMcpInside, LogReader

FULL = 200


def make_unreadable(path: Path) -> None:
    """Put something in the place of the log that even an administrator cannot read."""
    path.rename(path.with_suffix(".kept"))
    path.mkdir()


def make_readable(path: Path) -> None:
    """Put the log back."""
    path.rmdir()
    path.with_suffix(".kept").rename(path)


async def test_a_log_that_cannot_be_read_is_replaced_by_the_memory(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    make_unreadable(inside.path)
    inside.call("ha_first", log=False)
    inside.call("ha_second", log=False)
    reading = await log.read()
    assert [call.tool for call in reading.calls] == ["ha_first", "ha_second"]
    assert (reading.source, reading.log_size) == (Source.RING_BUFFER, None)
    assert not reading.lost
    assert await log.tools() == []
    inside.call("ha_third", log=False)
    assert await log.tools() == ["ha_third"]


@pytest.mark.parametrize("restarted", [False, True], ids=["in one life", "after a restart"])
@pytest.mark.parametrize("chunk", [1000, 100_000])
async def test_a_log_that_can_be_read_again_counts_nothing_twice(
    inside: HaMcpInside, log: LogReader, chunk: int, restarted: bool
) -> None:
    log.read_at_most(chunk)
    await log.begin()
    make_unreadable(inside.path)
    kept = b"".join(inside.call(log=False) for _ in range(20))
    assert len(await log.tools()) == 20
    assert await log.tools() == []
    make_readable(inside.path)
    inside.write(kept)
    if restarted:
        inside.restart()
    inside.call("ha_next")
    readings = await log.read_all()
    assert [call.tool for reading in readings for call in reading.calls] == ["ha_next"]
    assert not any(reading.lost for reading in readings)
    assert readings[-1].source is Source.USAGE_LOG


async def test_without_a_log_from_the_start_the_memory_alone_counts(
    inside: HaMcpInside, log: LogReader
) -> None:
    inside.path.mkdir()
    inside.call("ha_before", age=60, log=False)
    inside.call("ha_since", log=False)
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_since"], False)
    inside.path.rmdir()
    assert await log.tools() == []
    inside.call("ha_logged")
    assert await log.tools() == ["ha_logged"]


async def test_a_deleted_log_is_replaced_by_the_memory_and_goes_on(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    inside.path.unlink()
    reading = await log.read()
    assert (reading.calls, reading.source) == ((), Source.RING_BUFFER)
    inside.call("ha_unlogged", log=False)
    assert await log.tools() == ["ha_unlogged"]
    inside.call("ha_logged")
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_logged"], False)
    assert reading.source is Source.USAGE_LOG


async def test_the_memory_shows_what_a_log_lost_when_it_was_cut_off(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    inside.call("ha_cut_off")
    os.truncate(inside.path, 0)
    inside.call("ha_logged")
    reading = await log.read()
    assert [call.tool for call in reading.calls] == ["ha_cut_off", "ha_logged"]
    assert not reading.lost
    assert await log.tools() == []
    assert (await log.read()).source is Source.USAGE_LOG


async def test_a_memory_that_does_not_reach_back_proves_nothing(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    inside.call()
    inside.restart()
    os.truncate(inside.path, 0)
    inside.call("ha_logged")
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_logged"], True)


@pytest.mark.parametrize(("calls", "lost"), [(FULL - 1, False), (FULL, True)])
async def test_more_calls_than_the_memory_holds_are_noticed(
    inside: HaMcpInside, log: LogReader, calls: int, lost: bool
) -> None:
    await log.begin()
    make_unreadable(inside.path)
    for _ in range(calls):
        inside.call(log=False)
    reading = await log.read()
    assert (len(reading.calls), reading.lost) == (calls, lost)
    inside.call(log=False)
    reading = await log.read()
    assert (len(reading.calls), reading.lost) == (1, False)


@pytest.mark.parametrize(("oldest_age", "lost"), [(0, True), (60, False)])
async def test_a_first_memory_that_is_full_must_reach_back_to_the_start(
    inside: HaMcpInside, log: LogReader, oldest_age: float, lost: bool
) -> None:
    inside.path.mkdir()
    inside.call(age=oldest_age, log=False)
    for _ in range(FULL - 1):
        inside.call(log=False)
    assert (await log.read()).lost is lost


async def test_after_a_restart_of_ha_mcp_without_a_log_calls_may_be_missing_once(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    make_unreadable(inside.path)
    await log.read()
    inside.restart()
    assert not (await log.read()).lost
    inside.call("ha_after", log=False)
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_after"], True)
    inside.call("ha_next", log=False)
    assert not (await log.read()).lost


async def test_a_call_that_is_not_written_yet_is_waited_for(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    line = inside.call(log=False)
    inside.now += LAG - 1
    reading = await log.read()
    assert (reading.calls, reading.source) == ((), Source.USAGE_LOG)
    inside.write(line)
    assert await log.tools() == ["ha_search"]


async def test_on_a_full_disk_calls_come_from_the_memory(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    inside.call("ha_unwritten", log=False)
    inside.now += LAG + 1
    inside.call("ha_fresh", log=False)
    reading = await log.read()
    assert [call.tool for call in reading.calls] == ["ha_unwritten", "ha_fresh"]
    assert (reading.source, reading.lost) == (Source.RING_BUFFER, False)
    inside.now += LAG + 1
    reading = await log.read()
    assert (reading.calls, reading.source) == ((), Source.RING_BUFFER)


@pytest.mark.parametrize("restarted", [False, True], ids=["in one life", "after a restart"])
@pytest.mark.parametrize("written", [False, True], ids=["in part", "at last"])
async def test_a_log_that_grows_again_counts_nothing_twice(
    inside: HaMcpInside, log: LogReader, written: bool, restarted: bool
) -> None:
    await log.begin()
    lines = [inside.call(log=False) for _ in range(4)]
    inside.now += LAG + 1
    assert len(await log.tools()) == 4
    if restarted:
        inside.restart()
    inside.write(lines[0] + lines[1])
    assert await log.tools() == []
    if written:
        inside.write(lines[2] + lines[3])
        reading = await log.read()
        assert (reading.calls, reading.source) == ((), Source.USAGE_LOG)
    inside.call("ha_next")
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_next"], False)
    assert reading.source is Source.USAGE_LOG


async def test_a_call_that_was_skipped_by_the_log_comes_from_the_memory(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    inside.write(inside.call("ha_torn", log=False)[:-20])
    inside.call("ha_logged")
    reading = await log.read()
    assert [call.tool for call in reading.calls] == ["ha_torn", "ha_logged"]
    assert reading.broken_records == 1
    assert await log.tools() == []
    inside.call("ha_next")
    assert await log.tools() == ["ha_next"]


async def test_where_log_and_memory_meet_nothing_is_lost(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    for _ in range(FULL + 50):
        inside.call()
    inside.call("ha_unwritten", log=False)
    inside.now += LAG + 1
    reading = await log.read()
    assert (len(reading.calls), reading.calls[-1].tool) == (FULL + 51, "ha_unwritten")
    assert not reading.lost


async def test_after_a_restart_of_ha_mcp_on_a_full_disk_calls_may_be_missing(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    lost = []
    for _ in range(2):
        inside.call(log=False)
        inside.now += LAG + 1
        lost.append((await log.read()).lost)
        inside.restart()
    assert lost == [False, True]


async def test_calls_of_the_past_that_the_log_does_not_have_are_no_concern(
    inside: HaMcpInside, log: LogReader
) -> None:
    inside.path.touch()
    inside.call(age=60, log=False)
    reading = await log.read()
    assert (reading.calls, reading.source) == ((), Source.USAGE_LOG)


async def test_our_own_calls_are_known_in_the_memory_too(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    make_unreadable(inside.path)
    arguments = {"entity_id": "sensor.ha_mcp_health"}
    log.journal.answered(log.journal.sent("ha_get_state", arguments, inside.now), inside.now + 1)
    inside.call("ha_get_state", parameters=arguments, log=False)
    inside.call("ha_get_state", parameters={"entity_id": "sun.sun"}, log=False)
    reading = await log.read()
    assert (len(reading.calls), reading.own_bytes) == (1, 0)


async def test_calls_of_another_life_that_reach_the_log_late_are_counted_once(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    late = inside.call("ha_late", log=False)
    inside.restart()
    inside.call("ha_early")
    inside.write(late)
    assert await log.tools() == ["ha_early", "ha_late"]
    inside.now += LAG + 1
    assert await log.tools() == []


@pytest.mark.parametrize(
    "ring", ["nonsense", [7], [{}], [{"timestamp": None}], {"a": 1}, 7, [["x"]]], ids=repr
)
async def test_a_memory_of_another_shape_is_none(
    inside: HaMcpInside, log: LogReader, ring: Any
) -> None:
    await log.begin()
    inside.ring = ring
    inside.call("ha_logged")
    assert await log.tools() == ["ha_logged"]
    make_unreadable(inside.path)
    assert await log.try_to_read() is FailureKind.UNREADABLE

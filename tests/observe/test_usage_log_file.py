"""Whatever becomes of the usage log's file: no call counts twice, and a loss is admitted."""

from collections.abc import Callable
from dataclasses import replace
import os
from pathlib import Path
import shutil

import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.signals import Source
from tests.observe.in_process import HaMcpInside, LogReader

DAY = 86_400


@pytest.fixture(autouse=True)
def without_memory(inside: HaMcpInside) -> None:
    """Leave nothing but the file to go by."""
    inside.loaded = False


def cut_off(path: Path) -> None:
    """Empty it as a person does: > file."""
    path.write_bytes(b"")


def replace_file(path: Path) -> None:
    """Put another file in its place."""
    new = path.with_suffix(".new")
    new.write_bytes(b"")
    new.replace(path)


def move_away(path: Path) -> None:
    """Rotate it."""
    path.rename(path.with_suffix(".1"))


def copy_and_cut_off(path: Path) -> None:
    """Rotate it as logrotate does with copytruncate."""
    shutil.copy(path, path.with_suffix(".1"))
    os.truncate(path, 0)


def write_again(path: Path) -> None:
    """Delete it and write another, which often gets the same inode number."""
    path.unlink()
    path.touch()


beginnings = pytest.mark.parametrize(
    "begin_anew", [cut_off, replace_file, move_away, copy_and_cut_off, Path.unlink, write_again]
)


@beginnings
@pytest.mark.parametrize("calls", [1, 5, 50], ids=["shorter", "about as long", "longer"])
async def test_a_file_that_began_anew_is_read_from_its_beginning(
    inside: HaMcpInside, log: LogReader, begin_anew: Callable[[Path], None], calls: int
) -> None:
    await log.begin()
    for _ in range(4):
        inside.call()
    await log.read()
    begin_anew(inside.path)
    for number in range(calls):
        inside.call(f"ha_{number}")
    reading = await log.read()
    assert [call.tool for call in reading.calls] == [f"ha_{number}" for number in range(calls)]
    assert reading.lost
    inside.call("ha_next")
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_next"], False)


@beginnings
async def test_a_file_that_begins_anew_with_the_same_call_is_another(
    inside: HaMcpInside, log: LogReader, begin_anew: Callable[[Path], None]
) -> None:
    await log.read()
    line = inside.call(code="ENTITY_NOT_FOUND", parameters={"why": "x" * 500})
    assert await log.tools() == ["ha_search"]
    begin_anew(inside.path)
    inside.maker.records.clear()
    again = inside.call(code="ENTITY_NOT_FOUND", parameters={"why": "x" * 500})
    assert (len(again), again[-256:]) == (len(line), line[-256:])
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_search"], True)


@beginnings
async def test_a_file_seen_empty_was_lost_once_only(
    inside: HaMcpInside, log: LogReader, begin_anew: Callable[[Path], None]
) -> None:
    await log.begin()
    begin_anew(inside.path)
    inside.path.touch()
    reading = await log.read()
    assert (reading.calls, reading.lost) == ((), True)
    reading = await log.read()
    assert (reading.calls, reading.lost) == ((), False)
    inside.call("ha_after")
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_after"], False)


@pytest.mark.parametrize("kept", [1, 3])
async def test_a_file_whose_end_was_kept_goes_on_after_the_last_record(
    inside: HaMcpInside, log: LogReader, kept: int
) -> None:
    await log.begin()
    for _ in range(10):
        inside.call()
    await log.read()
    lines = inside.path.read_bytes().splitlines(keepends=True)
    inside.path.write_bytes(b"".join(lines[-kept:]))
    inside.call("ha_next")
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_next"], False)


async def test_a_copy_of_the_file_is_as_good(inside: HaMcpInside, log: LogReader) -> None:
    await log.begin()
    copy = inside.path.with_suffix(".copy")
    shutil.copy(inside.path, copy)
    copy.replace(inside.path)
    inside.call("ha_next")
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_next"], False)


async def test_an_old_file_put_back_has_no_new_calls(inside: HaMcpInside, log: LogReader) -> None:
    await log.begin()
    inside.call("ha_first")
    old = inside.path.read_bytes()
    for _ in range(3):
        inside.call()
    await log.read()
    inside.path.write_bytes(old)
    reading = await log.read()
    assert (reading.calls, reading.lost) == ((), True)
    inside.call("ha_next")
    assert await log.tools() == ["ha_next"]
    log.restart()
    assert await log.tools() == []


@pytest.mark.parametrize("chunk", [1000, Policy().usage_log_chunk])
@pytest.mark.parametrize("emptied", [False, True])
async def test_an_old_file_put_where_none_was_has_no_new_calls(
    inside: HaMcpInside, log: LogReader, emptied: bool, chunk: int
) -> None:
    log.read_at_most(chunk)
    if emptied:
        await log.begin()
        cut_off(inside.path)
    assert await log.tools() == []
    for _ in range(20):
        inside.call("ha_past", age=3600)
    inside.call("ha_next")
    reading = await log.read()
    assert [call.tool for call in reading.calls] == ["ha_next"]
    assert reading.lost is (chunk < inside.path.stat().st_size)


async def test_broken_lines_of_a_new_file_are_counted(inside: HaMcpInside, log: LogReader) -> None:
    await log.begin()
    cut_off(inside.path)
    inside.write(b"broken\n")
    inside.call()
    reading = await log.read()
    assert (len(reading.calls), reading.broken_records) == (1, 1)


async def test_broken_lines_of_the_past_are_not(inside: HaMcpInside, log: LogReader) -> None:
    inside.write(b"broken\n")
    inside.call(age=60)
    assert (await log.read()).broken_records == 0


async def test_an_empty_file_that_was_replaced_may_have_had_calls(
    inside: HaMcpInside, log: LogReader
) -> None:
    inside.path.touch()
    await log.read()
    inside.call("ha_unseen")
    keep = inside.path.rename(inside.path.with_suffix(".1"))
    inside.call("ha_seen")
    reading = await log.read()
    assert keep.exists()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_seen"], True)


async def test_a_clock_that_was_ahead_hides_no_call_for_long(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    inside.call(age=-400 * DAY)
    await log.read()
    inside.now += DAY + 60
    cut_off(inside.path)
    inside.call("ha_next")
    assert await log.tools() == ["ha_next"]


@pytest.mark.parametrize("obstacle", ["directory", "below a file", "loop", "pipe", "nowhere"])
@pytest.mark.parametrize("read_before", [False, True])
async def test_a_log_that_cannot_be_read_is_the_reason_for_none(
    inside: HaMcpInside, log: LogReader, obstacle: str, read_before: bool
) -> None:
    if read_before:
        await log.begin()
    put_in_the_way(obstacle, inside)
    log.restart()
    assert await log.try_to_read() is FailureKind.UNREADABLE


@pytest.mark.parametrize("obstacle", ["directory", "loop", "pipe"])
async def test_after_an_obstacle_the_reading_goes_on_where_it_stopped(
    inside: HaMcpInside, log: LogReader, obstacle: str
) -> None:
    await log.begin()
    path = inside.path
    kept = path.rename(path.with_suffix(".1"))
    put_in_the_way(obstacle, inside)
    assert await log.try_to_read() is FailureKind.UNREADABLE
    path.rename(path.with_suffix(".2"))
    kept.rename(path)
    inside.call("ha_next")
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_next"], False)


async def test_a_log_that_was_deleted_is_no_quiet_one(inside: HaMcpInside, log: LogReader) -> None:
    await log.begin()
    inside.path.unlink()
    assert await log.try_to_read() is FailureKind.UNREADABLE


async def test_without_its_folder_there_was_no_call_yet(
    inside: HaMcpInside, log: LogReader
) -> None:
    inside.path = inside.path.parent / "logs" / "mcp_usage.jsonl"
    log.restart()
    reading = await log.read()
    assert (reading.calls, reading.source) == ((), Source.USAGE_LOG)
    inside.path.parent.mkdir()
    inside.call("ha_first")
    assert await log.tools() == ["ha_first"]


async def test_a_stored_position_without_the_newer_fields_goes_on(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    log.position = replace(log.position, last_ended=None, mark=None)
    cut_off(inside.path)
    inside.call("ha_uncertain")
    reading = await log.read()
    assert (reading.calls, reading.lost) == ((), True)
    inside.call("ha_next")
    assert await log.tools() == ["ha_next"]


def put_in_the_way(obstacle: str, inside: HaMcpInside) -> None:
    """Make the log unreadable, even for an administrator."""
    inside.path.unlink(missing_ok=True)
    match obstacle:
        case "directory":
            inside.path.mkdir()
        case "below a file":
            inside.path.touch()
            inside.path /= "mcp_usage.jsonl"
        case "loop":
            inside.path.symlink_to(inside.path)
        case "pipe":
            os.mkfifo(inside.path)
        case "nowhere":
            inside.path.symlink_to(os.devnull)

"""Of a long usage log only so much is read at a time."""

import os
from pathlib import Path

import pytest

from custom_components.ha_mcp_sre.assess.observation import Position, ToolCallReading
from custom_components.ha_mcp_sre.assess.policy import Policy
from tests.observe.in_process import NOW, HaMcpInside, LogReader

GB = 1024**3


@pytest.fixture(autouse=True)
def without_memory(inside: HaMcpInside) -> None:
    """Leave nothing but the file to go by."""
    inside.loaded = False


@pytest.mark.parametrize("emptied", [False, True])
async def test_a_log_that_begins_is_read_a_chunk_at_a_time(
    inside: HaMcpInside, log: LogReader, emptied: bool
) -> None:
    if emptied:
        await log.begin()
        inside.path.write_bytes(b"")
    await log.read()
    log.read_at_most(1000)
    for number in range(20):
        inside.call(f"ha_{number}")
    readings = await log.read_all()
    assert [call.tool for reading in readings for call in reading.calls] == [
        f"ha_{number}" for number in range(20)
    ]
    assert not any(reading.lost for reading in readings)


async def test_of_a_long_new_file_the_end_is_read(inside: HaMcpInside, log: LogReader) -> None:
    await log.begin()
    inside.path.write_bytes(b"")
    log.read_at_most(1000)
    for number in range(20):
        inside.call(f"ha_{number}")
    reading = await log.read()
    tools = [call.tool for call in reading.calls]
    assert tools == [f"ha_{number}" for number in range(20 - len(tools), 20)]
    assert 0 < len(tools) < 20
    assert (reading.lost, reading.more) == (True, False)
    assert await log.tools() == []


async def test_of_a_file_of_a_gigabyte_no_more_than_a_chunk_is_read(
    inside: HaMcpInside, log: LogReader
) -> None:
    await log.begin()
    os.truncate(inside.path, GB)
    inside.write(b"\n")
    inside.call("ha_far")
    reading, bytes_read = await measured(log)
    assert 0 < bytes_read < Policy().usage_log_chunk + 50_000
    assert (reading.more, reading.broken_records, reading.log_size) == (
        True,
        1,
        inside.path.stat().st_size,
    )


@pytest.mark.parametrize("position", [Position(NOW), Position(NOW, "x", 1, 100, "x", NOW)])
async def test_of_an_unknown_file_of_a_gigabyte_only_the_end_is_read(
    inside: HaMcpInside, log: LogReader, position: Position
) -> None:
    inside.path.touch()
    os.truncate(inside.path, GB)
    inside.write(b"\n")
    inside.call("ha_since")
    log.position = position
    reading, bytes_read = await measured(log)
    assert 0 < bytes_read < Policy().usage_log_chunk + 50_000
    assert [call.tool for call in reading.calls] == ["ha_since"]
    assert not reading.more
    reading, bytes_read = await measured(log)
    assert reading.calls == ()
    assert bytes_read < 50_000


async def test_a_gigabyte_without_a_line_is_passed_over(
    inside: HaMcpInside, log: LogReader
) -> None:
    inside.path.touch()
    os.truncate(inside.path, GB)
    assert await log.tools() == []
    os.truncate(inside.path, GB + 1000)
    inside.write(b"\n")
    inside.call("ha_since")
    reading = await log.read()
    assert ([call.tool for call in reading.calls], reading.broken_records) == (["ha_since"], 0)


async def measured(log: LogReader) -> tuple[ToolCallReading, int]:
    """Read once and return how many bytes this process read for it."""
    before = bytes_read()
    reading = await log.read()
    return reading, bytes_read() - before


def bytes_read() -> int:
    """Return how many bytes this process read from files so far."""
    return int(Path("/proc/self/io").read_text().split()[1])

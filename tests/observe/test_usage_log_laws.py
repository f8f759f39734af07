"""However the usage log comes about and whatever happens to it, each call counts once."""

from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.observation import Position, ToolCallReading
from tests.observe.in_process import LAG, NOW, HaMcpInside, LogReader

junk = st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"") + b"\n")
texts = st.text(max_size=60)


@given(st.data())
@settings(deadline=None, max_examples=200)
async def test_however_the_log_is_cut_each_record_counts_once(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        inside = HaMcpInside(Path(folder) / "mcp_usage.jsonl", loaded=False)
        log = LogReader(inside, position=Position(NOW, offset=0))
        log.read_at_most(data.draw(st.sampled_from([1000, 4096, 1_000_000])))
        stream = b""
        written = broken = 0
        for parameter in data.draw(st.lists(texts | junk, max_size=12)):
            if isinstance(parameter, str):
                stream += inside.call(f"ha_{written}", log=False, parameters={"x": parameter})
                written += 1
            else:
                stream += parameter
                broken += bool(parameter.strip())
        cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
        readings: list[ToolCallReading] = []
        for begin, end in pairwise([0, *cuts, len(stream)]):
            inside.write(stream[begin:end])
            if data.draw(st.booleans()):
                log.restart()
            readings += await log.read_all()
        tools = [call.tool for reading in readings for call in reading.calls]
        assert tools == [f"ha_{number}" for number in range(written)]
        assert sum(reading.broken_records for reading in readings) == broken
        assert not any(reading.lost for reading in readings)


class World:
    """An ha-mcp inside Home Assistant, a disk, and people who handle files; read now and then."""

    def __init__(self, folder: Path) -> None:
        """Begin with an empty folder and no calls."""
        self.inside = HaMcpInside(folder / "mcp_usage.jsonl")
        self.path = self.inside.path
        self.log = LogReader(self.inside)
        self.calls = 0
        self.unwritten: list[bytes] = []
        self.counted: list[str] = []
        self.lost = False

    def is_readable(self) -> bool:
        return not self.path.is_dir()

    async def call(self) -> None:
        self.unwritten.append(self.inside.call(f"ha_{self.calls}", log=False))
        self.calls += 1

    async def write(self) -> None:
        if self.is_readable():
            self.inside.write(b"".join(self.unwritten))
            self.unwritten.clear()

    async def write_one(self) -> None:
        if self.is_readable() and self.unwritten:
            self.inside.write(self.unwritten.pop(0))

    async def fill_the_disk(self) -> None:
        if self.is_readable() and self.unwritten:
            self.inside.write(self.unwritten[0][:40])
        self.unwritten.clear()

    async def wait(self) -> None:
        self.inside.now += LAG + 1

    async def set_the_clock_back(self) -> None:
        self.inside.now -= 3600

    async def cut_off(self) -> None:
        if self.is_readable():
            self.path.write_bytes(b"")

    async def delete(self) -> None:
        if self.is_readable():
            self.path.unlink(missing_ok=True)

    async def keep_the_end(self) -> None:
        if self.path.is_file():
            new = self.path.with_suffix(".new")
            new.write_bytes(b"".join(self.path.read_bytes().splitlines(keepends=True)[-3:]))
            new.replace(self.path)

    async def put_back(self) -> None:
        old = self.path.with_suffix(".old")
        if self.path.is_file():
            self.path.replace(old)
        elif old.exists() and self.is_readable():
            old.replace(self.path)

    async def make_unreadable(self) -> None:
        if self.path.is_file():
            self.path.rename(self.path.with_suffix(".kept"))
            self.path.mkdir()

    async def make_readable(self) -> None:
        if self.path.is_dir():
            self.path.rmdir()
            self.path.with_suffix(".kept").rename(self.path)

    async def reload(self) -> None:
        self.log.restart()

    async def restart(self) -> None:
        self.unwritten.clear()
        self.inside.restart()
        self.log.restart()

    async def read(self) -> None:
        for reading in await self.log.read_all():
            self.counted += [call.tool for call in reading.calls]
            self.lost |= reading.lost


EVENTS = [
    *[World.call] * 4,
    *[World.read] * 4,
    *[World.write] * 3,
    *[World.wait] * 2,
    World.write_one,
    World.fill_the_disk,
    World.cut_off,
    World.delete,
    World.keep_the_end,
    World.put_back,
    World.make_unreadable,
    World.make_readable,
]


@given(st.lists(st.sampled_from([*EVENTS, World.reload]), max_size=40))
@settings(deadline=None, max_examples=400)
async def test_while_the_memory_lasts_each_call_counts_once_whatever_happens_to_the_log(
    events: list[Callable[[World], Awaitable[None]]],
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        await world.log.begin()
        for event in events:
            await event(world)
        await world.wait()
        await world.read()
        assert sorted(world.counted) == sorted(f"ha_{number}" for number in range(world.calls))
        assert not world.lost


@given(
    st.lists(
        st.sampled_from([*EVENTS, World.reload, World.restart, World.set_the_clock_back]),
        max_size=40,
    )
)
@settings(deadline=None, max_examples=400)
async def test_over_restarts_and_with_a_wrong_clock_no_call_counts_twice(
    events: list[Callable[[World], Awaitable[None]]],
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        await world.log.begin()
        for event in events:
            if event is World.read and not world.inside.memory and not world.path.is_file():
                continue  # Nothing to read.
            await event(world)
        assert len(world.counted) == len(set(world.counted))

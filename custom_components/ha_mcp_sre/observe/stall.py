"""Whether our own event loop kept time: if not, what looked slow may have been us."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_TICK = 0.25


@dataclass(slots=True)
class Stall:
    """The longest delay of the event loop so far, in seconds."""

    longest: float = 0.0


@contextmanager
def watching_the_loop() -> Iterator[Stall]:
    """Measure how late the event loop is while the block runs."""
    loop = asyncio.get_running_loop()
    stall = Stall()
    due = loop.time() + _TICK
    timer: asyncio.TimerHandle

    def note() -> None:
        stall.longest = max(stall.longest, loop.time() - due)

    def tick() -> None:
        nonlocal due, timer
        note()
        due = loop.time() + _TICK
        timer = loop.call_at(due, tick)

    timer = loop.call_at(due, tick)
    try:
        yield stall
    finally:
        note()
        timer.cancel()

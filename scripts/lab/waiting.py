"""Waiting for something to become true, and saying what if it does not."""

import asyncio
from collections.abc import Awaitable, Callable

from scripts.lab.processes import LabError


async def wait_for[T](
    look: Callable[[], Awaitable[T | None]], *, what: str, timeout: float, every: float = 0.2
) -> T:
    """Look again and again until something is seen, and return it."""
    try:
        async with asyncio.timeout(timeout):
            while True:
                if seen := await look():
                    return seen
                await asyncio.sleep(every)
    except TimeoutError:
        raise LabError(f"Waited {timeout:.0f} s in vain until {what}") from None

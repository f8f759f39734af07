"""What all tests share."""

from collections.abc import AsyncIterator, Iterator
from itertools import islice
import traceback
from types import FrameType

import pytest

from .fake_ha_mcp import FakeHaMcp

_NEAREST = 5


@pytest.fixture(autouse=True, scope="session")
def short_origins() -> Iterator[None]:
    """Have asyncio's debug mode note only the nearest frames of where a thing was made.

    For each future it would look up the source of the whole stack, which takes almost as long
    as the tests themselves. What it checks stays the same.
    """
    walk = traceback.walk_stack

    def nearest(frame: FrameType | None) -> Iterator[tuple[FrameType, int]]:
        return islice(walk(frame), _NEAREST)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traceback, "walk_stack", nearest)
        yield


@pytest.fixture
async def ha_mcp(socket_enabled: None) -> AsyncIterator[FakeHaMcp]:
    """Return a healthy ha-mcp on loopback."""
    server = FakeHaMcp()
    await server.start()
    yield server
    await server.stop()

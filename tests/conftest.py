"""What all tests share."""

from collections.abc import AsyncIterator

import pytest

from .fake_ha_mcp import FakeHaMcp


@pytest.fixture
async def ha_mcp(socket_enabled: None) -> AsyncIterator[FakeHaMcp]:
    """Return a healthy ha-mcp on loopback."""
    server = FakeHaMcp()
    await server.start()
    yield server
    await server.stop()

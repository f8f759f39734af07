"""The server's clock, as its answers show it."""

from collections.abc import Iterator
import time

import aiohttp
import pytest

from tests.observe.conftest import PATIENCE, Serve, connect
from tests.rude_server import answers, http


@pytest.fixture
def far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the process live in a time zone that is not that of HTTP."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "XXX+7")
        time.tzset()
        yield
    time.tzset()


async def read_date(session: aiohttp.ClientSession, serve: Serve, date: str) -> float | None:
    server = await serve(answers(http(b"{}", headers={"Date": date})))
    client = connect(session, f"http://127.0.0.1:{server.port}/mcp")
    return (await client.settings_info(PATIENCE)).date


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 23 Nov 2026 03:38:50 GMT", 1_795_405_130.0),
        ("Mon, 23 Nov 2026 03:38:50 +0100", 1_795_401_530.0),
        ("Mon, 23 Nov 2026 03:38:50 +99999999999999999999", None),
        ("Mon, 23 Nov 99999999999999999999 03:38:50 GMT", None),
        ("yesterday", None),
        ("", None),
    ],
)
async def test_the_servers_clock_is_read_from_its_date(
    session: aiohttp.ClientSession, serve: Serve, date: str, expected: float | None
) -> None:
    assert await read_date(session, serve, date) == expected


@pytest.mark.parametrize("date", ["Mon, 23 Nov 2026 03:38:50", "Mon Nov 23 03:38:50 2026"])
async def test_a_date_without_a_zone_is_of_greenwich(
    session: aiohttp.ClientSession, serve: Serve, far_from_greenwich: None, date: str
) -> None:
    assert await read_date(session, serve, date) == 1_795_405_130.0

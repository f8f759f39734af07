"""How failures are named that a server on the same machine cannot cause."""

import errno

import aiohttp
import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.observe.failures import McpError, reading_failures


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (OSError(errno.EHOSTUNREACH, "No route to host"), FailureKind.UNREACHABLE),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), FailureKind.UNREACHABLE),
        (OSError("Multiple exceptions: no route, refused"), FailureKind.UNREACHABLE),
        (OSError(errno.ETIMEDOUT, "Connection timed out"), FailureKind.TIMEOUT),
        (aiohttp.ConnectionTimeoutError("Connection timeout"), FailureKind.TIMEOUT),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), FailureKind.RESET),
        (aiohttp.ClientConnectionResetError("Cannot write to closing"), FailureKind.RESET),
        (aiohttp.InvalidURL("http://a b/"), FailureKind.HOST_NOT_FOUND),
        (UnicodeEncodeError("idna", "a..b", 2, 3, "label empty"), FailureKind.HOST_NOT_FOUND),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), FailureKind.BAD_ANSWER),
        (aiohttp.ClientConnectionError("Connection closed"), FailureKind.BAD_ANSWER),
    ],
    ids=repr,
)
async def test_a_cause_has_a_kind(cause: Exception, kind: FailureKind) -> None:
    @reading_failures
    async def ask() -> None:
        raise cause

    with pytest.raises(McpError) as raised:
        await ask()
    assert raised.value.kind is kind


async def test_a_programming_error_is_not_blamed_on_the_server() -> None:
    @reading_failures
    async def ask() -> None:
        raise TypeError

    with pytest.raises(TypeError):
        await ask()


@pytest.mark.parametrize(("code", "text"), [(None, "http_error"), ("500", "http_error (500)")])
def test_an_error_says_its_kind_and_code(code: str | None, text: str) -> None:
    assert str(McpError(FailureKind.HTTP_ERROR, code)) == text

"""What can go wrong with a request, in terms that a person can act on."""

from collections.abc import Callable, Coroutine
import errno
from functools import wraps
from typing import Any

import aiohttp

from ..assess.observation import FailureKind

_BY_ERRNO = {
    errno.ECONNREFUSED: FailureKind.REFUSED,
    errno.ECONNRESET: FailureKind.RESET,
    errno.EPIPE: FailureKind.RESET,
}


class McpError(Exception):
    """An answer that is not what it should be.

    Holds a kind and a code, never a text: the texts of aiohttp's errors and of the
    server's answers may carry the address, which is a credential.
    """

    def __init__(self, kind: FailureKind, code: str | None = None) -> None:
        """Keep what happened."""
        super().__init__(kind.value if code is None else f"{kind.value} ({code})")
        self.kind = kind
        self.code = code


def reading_failures[**P, T](
    ask: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a request raise `McpError` and nothing else, whatever becomes of it."""

    @wraps(ask)
    async def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await ask(*args, **kwargs)
        except McpError as err:
            kind, code = err.kind, err.code
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as err:
            kind, code = _kind_of(err), None
        # Raised out here, because an error remembers the one that was being handled: its
        # text may hold the address, or the answer.
        raise McpError(kind, code)

    return asked


def _kind_of(err: Exception) -> FailureKind:
    match err:
        case TimeoutError():
            return FailureKind.TIMEOUT
        case aiohttp.ClientConnectorDNSError():
            return FailureKind.HOST_NOT_FOUND
        case aiohttp.ClientSSLError() | aiohttp.ServerFingerprintMismatch():
            return FailureKind.TLS
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError():
            return FailureKind.RESET
        case ConnectionResetError():
            return FailureKind.RESET  # aiohttp has one of its own, without a number.
        case aiohttp.InvalidURL() | UnicodeEncodeError(encoding="idna"):
            return FailureKind.HOST_NOT_FOUND  # Nobody was asked: no host can be called that.
        case aiohttp.ClientResponseError():
            return FailureKind.NOT_MCP
        case OSError():
            return _BY_ERRNO.get(err.errno or 0, FailureKind.UNREACHABLE)
        case _:
            return FailureKind.BAD_ANSWER

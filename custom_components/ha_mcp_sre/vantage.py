"""Where a server is seen from apart from its MCP endpoint: that depends on its install mode."""

import asyncio
from collections.abc import Callable
from typing import Protocol, override

from yarl import URL

from .assess.observation import FailureKind, HostReading, Startup
from .observe.process import ProcessSource


class Vantage(Protocol):
    """What the install mode of a server lets us know without asking the server."""

    def url(self) -> str:
        """Return the address at which the server is to be found now."""

    def fate(self) -> FailureKind | None:
        """Return why the server cannot answer, None if nothing here speaks against it."""

    def follow(self, look: Callable[[], None], reloaded: Callable[[], None]) -> Callable[[], None]:
        """Have `look` called when something happened to the server; return how to end that.

        `reloaded` is called, before, when what happened is that a person or Home Assistant has
        it stopped and started anew.
        """

    def startup(self) -> Startup | None:
        """Return how the server came up last, None if that was not seen."""

    def update_available(self) -> str | None:
        """Return the version of an update that Home Assistant offers; None if it offers none."""
        return None

    def watchdog(self) -> bool | None:
        """Return whether the server is started again when it ends; None if nobody can tell."""
        return None

    async def host(self, now: float) -> HostReading | str:
        """Return what the machine shows of the server, or the reason why it shows nothing."""


class HttpVantage(Vantage):
    """A server anywhere: only its address is known, and its process if that is on this machine."""

    def __init__(self, url: str) -> None:
        """Look for the process that listens at this address."""
        self._url = url
        address = URL(url)
        self._process = ProcessSource(address.host or "", address.port or 0)

    @override
    def url(self) -> str:
        """Return the address that a person gave."""
        return self._url

    @override
    def fate(self) -> FailureKind | None:
        """Return None: nobody here runs the server."""
        return None

    @override
    def follow(self, look: Callable[[], None], reloaded: Callable[[], None]) -> Callable[[], None]:
        """Return at once: there is nothing to follow."""
        return lambda: None

    @override
    def startup(self) -> Startup | None:
        """Return None: only the server's own log tells."""
        return None

    @override
    async def host(self, now: float) -> HostReading | str:
        """Return what the process table shows."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self._process.read, now)

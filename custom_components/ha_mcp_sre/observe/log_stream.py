"""An app's log as Supervisor streams it, from now on and without a hole.

The library of Home Assistant's Supervisor integration has no call for logs. So this is the one
request to Supervisor that we make ourselves, on Home Assistant's shared session, to the address
and with the token which that integration uses.

Supervisor hands on the journal of the machine. It always sends a line that is there already, if
there is one, and names the first line that it sends by a cursor. So the end of the log is looked
up first, and later a broken stream goes on at the very line where it broke.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
import os

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.hassio import is_hassio

from ..assess.observation import FailureKind
from ..assess.policy import Policy
from .app_log import LineSplitter
from .failures import McpError, reading_failures

_CURSOR = "X-First-Cursor"
_ENDLESS = 100_000_000
"""As many lines as one request may ask for."""

_FARTHEST = 100_000
"""Lines between a cursor and a place, which the journal walks through one by one."""

_STATUS: dict[int, FailureKind] = {
    HTTPStatus.UNAUTHORIZED: FailureKind.SIGN_IN,
    HTTPStatus.FORBIDDEN: FailureKind.SIGN_IN,
    HTTPStatus.NOT_FOUND: FailureKind.NOT_FOUND,
}


class Following(Enum):
    """From where on the log is followed."""

    ANEW = "anew"
    """From its present end: lines before that may be missing."""
    ON = "on"
    """From where it was left: no line is missing."""


async def follow_log(
    hass: HomeAssistant, slug: str, policy: Policy
) -> AsyncGenerator[str | Following | FailureKind]:
    """Yield the lines that an app logs from now on, until it is closed or cancelled.

    Between the lines it yields what the following ones are worth, and why there are none: a
    log that cannot be followed now is tried again, ever more rarely. A kind of failure is a
    string as well, so ask for that before you take an item for a line.
    """
    log = _Log(hass, slug, policy)
    failures = 0
    while True:
        try:
            async with aclosing(log.read()) as items:
                async for item in items:
                    if isinstance(item, str):
                        failures = 0
                    yield item
        except McpError as err:
            yield err.kind
            last = len(policy.app_log_retries) - 1
            if failures >= last and err.kind is FailureKind.HTTP_ERROR:
                log.forget()  # It may be the place that Supervisor fails at.
            await asyncio.sleep(policy.app_log_retries[min(failures, last)])
            failures += 1


@dataclass(frozen=True, slots=True)
class _Place:
    """The last line that is known: so many lines after the one that a cursor names."""

    cursor: str = ""
    offset: int = -1

    @property
    def is_start(self) -> bool:
        """Whether no line is known because there was none."""
        return self.offset < 0

    @property
    def onwards(self) -> str:
        """What to ask for: that line and all after it, there is no way to leave it out."""
        return f"entries={self.cursor}:{max(0, self.offset)}:{_ENDLESS}"


class _Log:
    """The log of one app, and how far it was read."""

    def __init__(self, hass: HomeAssistant, slug: str, policy: Policy) -> None:
        self._hass = hass
        self._slug = slug
        self._policy = policy
        self._place: _Place | None = None

    def forget(self) -> None:
        """Begin at the end of the log the next time."""
        self._place = None

    async def read(self) -> AsyncGenerator[str | Following]:
        """Yield lines until the log is silent for long, which may mean that the stream is dead.

        Raises McpError as soon as there is no stream.
        """
        anew = self._place is None or self._place.offset > _FARTHEST
        if self._place is None or anew:
            self._place = await self._end()
            yield Following.ANEW
        start = self._place
        response = await self._follow(start)
        try:
            if not anew:
                yield Following.ON
            if (cursor := response.headers.get(_CURSOR)) is None:
                raise McpError(FailureKind.BAD_ANSWER)
            splitter, received = LineSplitter(), 0
            while (chunk := await self._chunk(response)) is not None:
                ended = chunk.count(b"\n")
                if received == 0 and not start.is_start:
                    # The first line is known, and may come in several parts.
                    _, _, chunk = chunk.partition(b"\n")
                received += ended
                if received:
                    self._place = _Place(cursor, received - 1)
                for line in splitter.feed(chunk):
                    yield line
        finally:
            response.close()

    @reading_failures
    async def _end(self) -> _Place:
        """Find the end of the log."""
        async with asyncio.timeout(self._policy.supervisor_timeout):
            response = await self._request("logs", "entries=:-1:2")
            try:
                lines = size = 0
                async for chunk in response.content.iter_any():
                    lines += chunk.count(b"\n")
                    if (size := size + len(chunk)) > self._policy.answer_limit:
                        raise McpError(FailureKind.TOO_LARGE)
            finally:
                response.close()
        if size == 0:
            return _Place()
        if lines == 0 or (cursor := response.headers.get(_CURSOR)) is None:
            raise McpError(FailureKind.BAD_ANSWER)
        return _Place(cursor, lines - 1)

    @reading_failures
    async def _follow(self, place: _Place) -> aiohttp.ClientResponse:
        # Supervisor begins to answer with the first line, and an empty log may stay so for long.
        async with asyncio.timeout(None if place.is_start else self._policy.supervisor_timeout):
            return await self._request("logs/follow", place.onwards)

    @reading_failures
    async def _chunk(self, response: aiohttp.ClientResponse) -> bytes | None:
        try:
            async with asyncio.timeout(self._policy.app_log_silence):
                chunk = await response.content.readany()
        except TimeoutError:
            return None
        if not chunk:
            raise McpError(FailureKind.RESET)
        return chunk

    async def _request(self, path: str, lines: str) -> aiohttp.ClientResponse:
        if not is_hassio(self._hass):
            raise McpError(FailureKind.NOT_FOUND)
        # Only there where Home Assistant runs under a Supervisor.
        from homeassistant.components.hassio.const import DATA_COMPONENT  # noqa: PLC0415

        response = await async_get_clientsession(self._hass).get(
            self._hass.data[DATA_COMPONENT].base_url / f"addons/{self._slug}/{path}",
            headers={
                "Accept": "text/plain",
                "Accept-Encoding": "identity",
                "Authorization": f"Bearer {os.environ.get('SUPERVISOR_TOKEN', '')}",
                "Range": lines,
            },
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None),
        )
        if response.status != HTTPStatus.OK:
            response.close()
            raise McpError(_STATUS.get(response.status, FailureKind.HTTP_ERROR))
        return response

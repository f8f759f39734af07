"""GitHub's REST API for one repository: a budget of requests, and answers that are only sent once.

Nothing here raises for what GitHub or the network does, and nothing is logged.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
import re
from typing import Any

from aiogithubapi import GitHubAPI, GitHubException, GitHubRatelimitException
import aiohttp

from ..assess.policy import Policy
from ..assess.upstream import UpstreamFailure
from .github_door import BROKEN, Door, RefusedError, Reply
from .github_limits import Allowance, server_time_left

BASE_URL = "https://api.github.com"

_CLIENT_NAME = "ha-mcp-sre"
# aiogithubapi asks for texts as they were written; we take none.
_HEADERS = {"Accept": "application/vnd.github+json, application/json;q=0.9"}
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_LONGEST_TAG = 200

_FAILURES: Mapping[int, UpstreamFailure] = {
    HTTPStatus.UNAUTHORIZED: UpstreamFailure.TOKEN_REJECTED,
    HTTPStatus.FORBIDDEN: UpstreamFailure.FORBIDDEN,
    HTTPStatus.NOT_FOUND: UpstreamFailure.NOT_FOUND,
    # So it says that a repository has no issues.
    HTTPStatus.GONE: UpstreamFailure.NOT_FOUND,
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: UpstreamFailure.FORBIDDEN,
}


def is_repository(name: str) -> bool:
    """Return whether this can be the name of a repository, as "owner/name"."""
    return _REPOSITORY.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class ClientState:
    """What a client must remember over a restart; made of JSON's types.

    `full_name` is what the repository is called now, None while that is to be asked. `spent` are
    the times of the requests of the last hour, `blocked_until` when GitHub answers again; both in
    Unix seconds.
    """

    full_name: str | None = None
    spent: tuple[float, ...] = ()
    blocked_until: float = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What GitHub answered: decoded JSON, and the tag to ask again by whether it changed."""

    data: Any
    etag: str | None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The answer is still the one with the tag that was given."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer; `retry_after` in seconds, where that is known."""

    kind: UpstreamFailure
    retry_after: float | None = None


class GitHub:
    """One repository at GitHub."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        repository: str,
        token: str | None,
        *,
        policy: Policy,
        clock: Callable[[], float],
        state: ClientState | None = None,
        base_url: str = BASE_URL,
    ) -> None:
        """Ask about `repository` ("owner/name"), as nobody in particular if there is no token.

        `clock` tells Unix seconds. `state` is what an earlier client of it remembered.
        """
        state = state or ClientState()
        self.policy = policy
        self._session = session
        self._repository = repository
        self._full_name = state.full_name
        # Not None: for that, aiogithubapi takes whatever token the environment holds.
        self._token = token or ""
        self._base_url = base_url
        self._clock = clock
        self._allowance = Allowance(
            policy.github_budget_with_token if token else policy.github_budget,
            state.spent,
            state.blocked_until,
        )

    @property
    def state(self) -> ClientState:
        """What to remember over a restart."""
        allowance = self._allowance
        return ClientState(self._full_name, tuple(allowance.spent), allowance.blocked_until)

    @property
    def full_name(self) -> str | None:
        """What the repository is called now, None while that is to be asked."""
        return self._full_name

    def rename(self, full_name: str) -> None:
        """Ask under this name from now on: the repository said that it is called so."""
        if is_repository(full_name):
            self._full_name = full_name

    @property
    def left(self) -> int:
        """How many requests may be sent now."""
        return self._allowance.left(self._clock())

    def wait_for(self, requests: int) -> float:
        """Return the seconds until so many requests may be sent."""
        return self._allowance.wait_for(requests, self._clock())

    async def get(
        self, path: str = "", params: Mapping[str, str] | None = None, *, etag: str | None = None
    ) -> Answer | Unchanged | Failure:
        """Ask for a path under the repository, as "/releases"; the empty one is itself."""
        door = Door(self._session, self._spend, self.policy.github_timeout)
        endpoint = f"/repos/{self._full_name or self._repository}{path}"
        limited = False
        try:
            api = GitHubAPI(
                self._token,
                door,
                base_url=self._base_url,
                client_name=_CLIENT_NAME,
                headers=_HEADERS,
            )
            await api.generic(endpoint, params=dict(params or {}), etag=etag)
        except GitHubRatelimitException:
            limited = True
        except GitHubException:
            pass  # Its text holds the address; the door knows what happened.
        if door.cancelled:
            # aiogithubapi takes that for a failure of the network.
            raise asyncio.CancelledError
        if door.moved:
            self._full_name = None
        if door.reply is None:
            return self._unanswered(door.failure)
        return self._judge(door.reply, limited=limited, itself=not path)

    def _spend(self) -> None:
        """Count a request that is about to be sent; raises `RefusedError` if it must not be."""
        now = self._clock()
        if self._allowance.left(now) < 1:
            blocked = self._allowance.blocked_for(now) > 0
            raise RefusedError(
                UpstreamFailure.RATE_LIMITED if blocked else UpstreamFailure.BUDGET_SPENT
            )
        self._allowance.spend(now)

    def _unanswered(self, kind: UpstreamFailure) -> Failure:
        waiting = kind in {UpstreamFailure.RATE_LIMITED, UpstreamFailure.BUDGET_SPENT}
        return Failure(kind, self.wait_for(1) if waiting else None)

    def _judge(self, reply: Reply, *, limited: bool, itself: bool) -> Answer | Unchanged | Failure:
        status, headers, now = reply.status, reply.headers, self._clock()
        wait = server_time_left(headers, now)
        refused = status in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
        if refused and (limited or wait is not None or status == HTTPStatus.TOO_MANY_REQUESTS):
            self._allowance.block(wait, now)
            return Failure(UpstreamFailure.RATE_LIMITED, self._allowance.blocked_for(now))
        if wait is not None and headers.get("x-ratelimit-remaining") == "0":
            self._allowance.block(wait, now)  # The next request would be refused.
        if status == HTTPStatus.NOT_MODIFIED:
            return Unchanged()
        if status == HTTPStatus.OK and reply.data is not BROKEN:
            tag = headers.get("etag")
            # What is not ASCII may be half a character, which no file can hold.
            can_be_kept = tag and len(tag) <= _LONGEST_TAG and tag.isascii()
            return Answer(reply.data, tag if can_be_kept else None)
        if status == HTTPStatus.NOT_FOUND and itself:
            self._full_name = None  # It may have got its old name back.
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Failure(UpstreamFailure.SERVER_ERROR)
        return Failure(_FAILURES.get(status, UpstreamFailure.BAD_ANSWER))

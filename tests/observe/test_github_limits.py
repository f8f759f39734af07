"""No more is sent to GitHub than it takes and we may, also over restarts and with a wrong clock."""

from collections.abc import Callable
from dataclasses import replace

import aiohttp
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.upstream import UpstreamFailure
from custom_components.ha_mcp_sre.observe.github import Answer, Failure, GitHub
from custom_components.ha_mcp_sre.observe.github_limits import Allowance
from tests.fake_github import REPOSITORY, TOKEN, FakeGitHub, always, refusal
from tests.observe.github_client import DAY, HOUR, client_of

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes."


@pytest.mark.parametrize(
    ("refused", "wait"),
    [
        (lambda: refusal(403, "API rate limit exceeded", **_limits(1800)), 1801),
        (lambda: refusal(429, "Too many", **_limits(1800)), 1801),
        (lambda: refusal(403, SECONDARY, **{"Retry-After": "60"}), 61),
        (lambda: refusal(429, **{"Retry-After": "60"}), 61),
        (lambda: refusal(403, SECONDARY), 900),
        (lambda: refusal(429), 900),
        (lambda: refusal(429, **{"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), 900),
        (lambda: refusal(429, **{"Retry-After": "9" * 11}), 86_400),
    ],
    ids=[
        "limit with 403",
        "limit with 429",
        "secondary with 403",
        "secondary with 429",
        "secondary without a time",
        "429 without a time",
        "a time of another form",
        "a time without end",
    ],
)
async def test_a_limited_client_sends_nothing_until_it_may(
    session: aiohttp.ClientSession,
    github: FakeGitHub,
    refused: Callable[[], web.Response],
    wait: float,
) -> None:
    github.answers["/releases"] = always(refused)
    client = client_of(session, github)
    assert await client.get("/releases") == Failure(UpstreamFailure.RATE_LIMITED, wait)
    github.answers.clear()
    github.now += wait - 1
    assert await client.get("/releases") == Failure(UpstreamFailure.RATE_LIMITED, 1)
    assert (len(github.asked), client.left) == (1, 0)
    github.now += 1
    assert isinstance(await client.get("/releases"), Answer)


async def test_a_client_on_a_machine_whose_clock_is_off_waits_as_long(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    github.limit = 0
    client = GitHub(
        session,
        REPOSITORY,
        None,
        policy=Policy(),
        clock=lambda: github.now + 3 * HOUR,
        base_url=github.url,
    )
    assert await client.get() == Failure(UpstreamFailure.RATE_LIMITED, 1801)


async def test_the_last_request_that_github_grants_is_the_last(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    github.limit = 1
    client = client_of(session, github)
    assert isinstance(await client.get(), Answer)
    assert await client.get() == Failure(UpstreamFailure.RATE_LIMITED, 1801)
    assert len(github.asked) == 1


async def test_a_limit_holds_over_a_restart(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    github.limit = 0
    client = client_of(session, github)
    await client.get()
    restarted = client_of(session, github, state=client.state)
    assert await restarted.get() == Failure(UpstreamFailure.RATE_LIMITED, 1801)
    assert len(github.asked) == 1


@pytest.mark.parametrize(
    ("token", "budget"),
    [(None, Policy().github_budget), (TOKEN, Policy().github_budget_with_token)],
)
async def test_no_more_is_sent_in_an_hour_than_the_budget_allows(
    session: aiohttp.ClientSession, github: FakeGitHub, token: str | None, budget: int
) -> None:
    client = client_of(session, github, token)
    for left in range(budget, 0, -1):
        assert client.left == left
        assert isinstance(await client.get(), Answer)
        github.now += 10
    spent = Failure(UpstreamFailure.BUDGET_SPENT, HOUR - 10 * budget)
    assert await client.get() == spent
    client = client_of(session, github, token, state=client.state)
    assert await client.get() == spent
    assert len(github.asked) == budget
    github.now += HOUR - 10 * budget
    assert (client.left, client.wait_for(2)) == (1, 10)


async def test_a_clock_set_back_blocks_for_an_hour_at_most(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    policy = replace(Policy(), github_budget=1)
    client = client_of(session, github, policy=policy)
    await client.get()
    github.now -= 7 * 24 * HOUR
    assert await client.get() == Failure(UpstreamFailure.BUDGET_SPENT, HOUR)
    github.now += HOUR
    assert isinstance(await client.get(), Answer)


@given(
    st.integers(1, 20),
    st.lists(st.floats(0, 2 * HOUR), max_size=60),
    st.lists(st.floats(-DAY, DAY), max_size=20),
)
def test_whatever_the_clock_does_an_hour_of_it_has_no_more_requests_than_the_budget(
    budget: int, pauses: list[float], remembered: list[float]
) -> None:
    allowance, now, sent = Allowance(budget, remembered), 0.0, list[float]()
    for pause in pauses:
        now += pause
        if allowance.left(now):
            allowance.spend(now)
            sent.append(now)
        assert sum(now - HOUR < each <= now for each in sent) <= budget


@given(st.integers(1, 20), st.lists(st.floats(-DAY, DAY), max_size=60), st.integers(1, 20))
def test_after_the_wait_for_some_requests_they_may_be_sent(
    budget: int, spent: list[float], wanted: int
) -> None:
    allowance = Allowance(budget, spent, blocked_until=100)
    wait = allowance.wait_for(wanted, 0)
    assert 100 <= wait <= HOUR
    assert allowance.left(wait + 0.001) >= min(wanted, budget)


def _limits(reset: int) -> dict[str, str]:
    start = int(FakeGitHub().now)
    return {
        "Date": "Mon, 23 Nov 2026 02:13:20 GMT",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(start + reset),
    }

"""Whatever GitHub answers, the client tells what it means."""

import asyncio
from dataclasses import replace
from functools import partial
import logging
from unittest.mock import patch

import aiohttp
from aiohttp import web
import pytest

from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.upstream import UpstreamFailure
from custom_components.ha_mcp_sre.observe.github import (
    Answer,
    ClientState,
    Failure,
    GitHub,
    Unchanged,
    is_repository,
)
from tests.fake_github import (
    NUMBER,
    REPOSITORY,
    TOKEN,
    FakeGitHub,
    Handler,
    always,
    refusal,
)
from tests.observe.conftest import Serve
from tests.observe.github_client import client_of
from tests.rude_server import Behaviour, answers, answers_and_hangs, answers_and_resets, http


async def test_an_answer_is_told_with_its_tag(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    answer = await client_of(session, github).get()
    assert isinstance(answer, Answer)
    assert (answer.data["full_name"], answer.etag is not None) == (REPOSITORY, True)


async def test_what_did_not_change_is_not_sent_again(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    client = client_of(session, github)
    first = await client.get("/releases")
    assert isinstance(first, Answer)
    assert await client.get("/releases", etag=first.etag) == Unchanged()
    github.release("v8.7.0", github.now)
    assert isinstance(await client.get("/releases", etag=first.etag), Answer)


@pytest.mark.parametrize("tag", ['"\xe9"', '"\udce9"', "x" * 201])
async def test_a_tag_that_cannot_be_kept_is_none(
    session: aiohttp.ClientSession, serve: Serve, tag: str
) -> None:
    head = http(b"{}").replace(
        b"\r\n", b"\r\nETag: " + tag.encode(errors="surrogateescape") + b"\r\n", 1
    )
    server = await serve(answers(head))
    answer = await _client_at(session, server.port).get()
    assert isinstance(answer, Answer)
    assert answer.etag is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, UpstreamFailure.TOKEN_REJECTED),
        (403, UpstreamFailure.FORBIDDEN),
        (404, UpstreamFailure.NOT_FOUND),
        (410, UpstreamFailure.NOT_FOUND),
        (418, UpstreamFailure.BAD_ANSWER),
        (422, UpstreamFailure.BAD_ANSWER),
        (451, UpstreamFailure.FORBIDDEN),
        (500, UpstreamFailure.SERVER_ERROR),
        (502, UpstreamFailure.SERVER_ERROR),
        (503, UpstreamFailure.SERVER_ERROR),
    ],
)
async def test_a_refusal_is_told_by_its_status(
    session: aiohttp.ClientSession, github: FakeGitHub, status: int, kind: UpstreamFailure
) -> None:
    github.answers["/releases"] = always(lambda: refusal(status, "Server Error"))
    client = client_of(session, github, TOKEN)
    assert await client.get("/releases") == Failure(kind)
    assert len(github.asked) == 1


async def test_the_page_of_a_broken_gateway_is_an_error_of_the_server(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    github.answers["/releases"] = always(
        lambda: web.Response(status=502, text="<h1>Unicorn!</h1>", content_type="text/html")
    )
    answer = await client_of(session, github).get("/releases")
    assert answer == Failure(UpstreamFailure.SERVER_ERROR)


async def test_a_request_that_aiohttp_sends_again_is_counted_again(
    session: aiohttp.ClientSession, serve: Serve
) -> None:
    async def hang_up(_visit: object) -> None:
        """Answer nothing."""

    server = await serve(hang_up)
    client = _client_at(session, server.port)
    assert await client.get() == Failure(UpstreamFailure.UNREACHABLE)
    assert len(client.state.spent) == server.visits == 2


@pytest.mark.parametrize(
    ("behave", "kind"),
    [
        (answers(http(b'{"id": 1', length=100)), UpstreamFailure.BAD_ANSWER),
        (answers(http(b'{"id": 1')), UpstreamFailure.BAD_ANSWER),
        (answers(http(b"[" * 200_000)), UpstreamFailure.BAD_ANSWER),
        (answers(http(b"\xff\xfe")), UpstreamFailure.BAD_ANSWER),
        (answers(http(b"hello", content_type="text/plain")), UpstreamFailure.BAD_ANSWER),
        (answers(http(b"PK", content_type="application/zip")), UpstreamFailure.BAD_ANSWER),
        (answers(http(status="204 No Content")), UpstreamFailure.BAD_ANSWER),
        (answers(http(b"[" + b" " * 9_000_000 + b"]")), UpstreamFailure.BAD_ANSWER),
        (answers(b"SSH-2.0-OpenSSH_9.2\r\n"), UpstreamFailure.BAD_ANSWER),
        (answers_and_resets(), UpstreamFailure.UNREACHABLE),
        (answers_and_hangs(), UpstreamFailure.UNREACHABLE),
        (answers_and_hangs(http(b"{", length=100)), UpstreamFailure.UNREACHABLE),
    ],
    ids=[
        "cut off",
        "half of it",
        "too deep",
        "no text",
        "text",
        "archive",
        "nothing",
        "too large",
        "another protocol",
        "connection reset",
        "no answer",
        "hangs in its answer",
    ],
)
async def test_an_answer_that_is_none_is_told_as_such(
    session: aiohttp.ClientSession, serve: Serve, behave: Behaviour, kind: UpstreamFailure
) -> None:
    client = _client_at(session, (await serve(behave)).port, timeout=2)
    assert await client.get() == Failure(kind)


async def test_a_host_without_a_name_and_a_closed_port_are_unreachable(
    session: aiohttp.ClientSession, serve: Serve
) -> None:
    server = await serve(answers())
    port = server.port
    await server.stop()
    for host in (f"127.0.0.1:{port}", "api.github.invalid"):
        client = _client_at(session, host=host)
        assert await client.get() == Failure(UpstreamFailure.UNREACHABLE)


async def test_a_message_of_any_form_is_taken(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    client = client_of(session, github)
    bodies: list[object] = [{"message": 5}, {"message": []}, {"message": None}, [], None]
    for body in bodies:
        github.answers["/releases"] = always(partial(web.json_response, body, status=404))
        assert await client.get("/releases") == Failure(UpstreamFailure.NOT_FOUND)


async def test_a_renamed_repository_is_followed_and_asked_for_by_its_new_name(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    github.former, github.full_name = (REPOSITORY,), "homeassistant-ai/renamed"
    github.run(github.now)
    client = client_of(session, github, TOKEN, state=ClientState(full_name=REPOSITORY))
    answer = await client.get("/actions/runs", {"per_page": "1"})
    assert isinstance(answer, Answer)
    assert github.asked == [
        f"/repos/{REPOSITORY}/actions/runs?per_page=1",
        f"/repositories/{NUMBER}/actions/runs?per_page=1",
    ]
    assert github.tokens == [f"token {TOKEN}"] * 2
    assert (client.full_name, len(client.state.spent)) == (None, 2)
    client.rename(github.full_name)
    await client.get()
    assert github.asked[-1] == f"/repos/{github.full_name}"


async def test_the_token_is_not_carried_to_another_host(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    elsewhere = FakeGitHub()
    await elsewhere.start()
    try:
        for target in (f"{elsewhere.url}/repositories/1", "file:///etc/passwd", "//[", ""):
            github.answers[""] = redirect(target)
            client = client_of(session, github, TOKEN)
            assert await client.get() == Failure(UpstreamFailure.BAD_ANSWER)
        assert elsewhere.asked == []
    finally:
        await elsewhere.stop()


async def test_redirects_that_go_in_circles_are_given_up(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    github.answers[""] = redirect(f"/repos/{REPOSITORY}")
    client = client_of(session, github)
    assert await client.get() == Failure(UpstreamFailure.BAD_ANSWER)
    assert len(github.asked) == len(client.state.spent) == 3


async def test_a_cancelled_task_is_cancelled(session: aiohttp.ClientSession, serve: Serve) -> None:
    arrived = asyncio.Event()

    async def hang(_visit: object) -> None:
        arrived.set()
        await asyncio.Event().wait()

    client = _client_at(session, (await serve(hang)).port)
    task = asyncio.create_task(client.get())
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_no_token_of_the_machine_is_sent(
    session: aiohttp.ClientSession, github: FakeGitHub
) -> None:
    with patch.dict("os.environ", {"GITHUB_TOKEN": TOKEN}):
        await client_of(session, github).get()
    assert github.tokens == [None]


async def test_neither_token_nor_address_is_told_to_anybody(
    session: aiohttp.ClientSession, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    port = (await serve(answers(http(b"{", status="500 Oops")))).port
    client = _client_at(session, port, token=TOKEN)
    failure = await client.get()
    # asyncio names the sockets of the server.
    logged = [each.getMessage() for each in caplog.records if each.name != "asyncio"]
    told = f"{failure!r} {client!r} {client.state!r} {logged}"
    assert TOKEN not in told
    assert str(port) not in told


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        (REPOSITORY, True),
        ("a/b.c_d-e", True),
        ("a", False),
        ("a/b/c", False),
        ("a/..", False),
        ("../a", False),
        ("a/b?c", False),
        ("a/b#c", False),
        ("a/b\n", False),
        ("", False),
    ],
)
def test_the_name_of_a_repository_is_known(name: str, valid: bool) -> None:
    assert is_repository(name) is valid


def redirect(target: str) -> Handler:
    return always(lambda: web.Response(status=301, headers={"Location": target}))


def _client_at(
    session: aiohttp.ClientSession,
    port: int = 0,
    *,
    host: str | None = None,
    token: str | None = None,
    timeout: float = 10,
) -> GitHub:
    return GitHub(
        session,
        REPOSITORY,
        token,
        policy=replace(Policy(), github_timeout=timeout),
        clock=lambda: 1_795_400_000.0,
        base_url=f"http://{host or f'127.0.0.1:{port}'}",
    )

"""Whatever a registry answers, sizes or one reason come of it, and nobody else gets the token."""

from collections.abc import AsyncIterator
import json
import logging

import aiohttp
import pytest

from custom_components.ha_mcp_sre.assess.upstream import Image, UpstreamFailure
from custom_components.ha_mcp_sre.observe.registry import image_sizes, image_tag
from tests.observe.certificate import self_signed
from tests.observe.conftest import PATIENCE, Serve
from tests.observe.fake_registry import AMD64, PATH, TOKEN, FakeRegistry, answer
from tests.rude_server import answers_and_hangs, http

TAG = "8.7.0"
MIB = 1024 * 1024
IMAGE = Image(TAG, "amd64", 1_000, None)


@pytest.fixture
async def registry(socket_enabled: None) -> AsyncIterator[FakeRegistry]:
    """Return a registry that holds one image."""
    registry = FakeRegistry()
    registry.image(1_000, TAG)
    await registry.start()
    yield registry
    await registry.stop()


async def read(
    session: aiohttp.ClientSession, registry: FakeRegistry, *, patience: float = PATIENCE
) -> tuple[Image, ...] | UpstreamFailure:
    return await image_sizes(session, registry.url, "homeassistant-ai/ha-mcp", TAG, patience)


def challenge(realm: str) -> str:
    scope = "repository:homeassistant-ai/ha-mcp:pull"
    return f'Bearer realm="{realm}",service="images",scope="{scope}"'


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (401, UpstreamFailure.FORBIDDEN),
        (403, UpstreamFailure.FORBIDDEN),
        (404, UpstreamFailure.NOT_FOUND),
        (418, UpstreamFailure.BAD_ANSWER),
        (429, UpstreamFailure.RATE_LIMITED),
        (500, UpstreamFailure.SERVER_ERROR),
        (503, UpstreamFailure.SERVER_ERROR),
    ],
)
@pytest.mark.parametrize("place", ["manifests", "blobs"])
async def test_a_refusal_is_told_as_what_it_is(
    session: aiohttp.ClientSession,
    registry: FakeRegistry,
    status: int,
    failure: UpstreamFailure,
    place: str,
) -> None:
    refused = [path for path in registry.held if f"/{place}/" in path]
    registry.held |= dict.fromkeys(refused, answer(status))
    assert await read(session, registry) is failure


@pytest.mark.parametrize("key", ["token", "access_token"])
@pytest.mark.parametrize("before", ["", 'Basic realm="people", '])
async def test_a_token_is_shown_if_it_is_asked_for(
    session: aiohttp.ClientSession, registry: FakeRegistry, key: str, before: str
) -> None:
    registry.challenge = before + challenge(f"{registry.url}/token")
    registry.held["/token"] = answer(body=json.dumps({key: TOKEN}).encode())
    assert await read(session, registry) == (IMAGE,)
    assert registry.paths.count("/token") == 1


async def test_no_token_is_fetched_if_none_is_asked_for(
    session: aiohttp.ClientSession, registry: FakeRegistry
) -> None:
    await read(session, registry)
    assert "Authorization" not in {name for _, headers in registry.asked for name in headers}


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b'{"token": "of another"}', UpstreamFailure.BAD_ANSWER),
        (b'{"token": "another"}', UpstreamFailure.FORBIDDEN),
        (b'{"token": 5}', UpstreamFailure.BAD_ANSWER),
        (b"{}", UpstreamFailure.BAD_ANSWER),
        (b"[]", UpstreamFailure.BAD_ANSWER),
    ],
)
async def test_a_token_that_does_not_open_is_not_tried_again(
    session: aiohttp.ClientSession, registry: FakeRegistry, body: bytes, failure: UpstreamFailure
) -> None:
    registry.challenge = challenge(f"{registry.url}/token")
    registry.held["/token"] = answer(body=body)
    assert await read(session, registry) is failure
    assert registry.paths.count("/token") == 1


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        (challenge("http://registry.example/token"), UpstreamFailure.BAD_ANSWER),
        # Allowed, and tried: no host has a name here.
        (challenge("https://registry.example/token"), UpstreamFailure.UNREACHABLE),
        (challenge("/token"), UpstreamFailure.BAD_ANSWER),
        (challenge("http://[/"), UpstreamFailure.BAD_ANSWER),
        ('Bearer service="images"', UpstreamFailure.BAD_ANSWER),
        ('Basic realm="people"', UpstreamFailure.FORBIDDEN),
    ],
)
async def test_a_token_comes_from_the_registry_itself_or_over_an_encrypted_line(
    session: aiohttp.ClientSession, registry: FakeRegistry, said: str, failure: UpstreamFailure
) -> None:
    registry.challenge = said
    assert await read(session, registry) is failure


async def test_an_encrypted_registry_sends_nobody_to_an_open_line(socket_enabled: None) -> None:
    registry = FakeRegistry(tls=self_signed())
    await registry.start()
    registry.challenge = challenge(registry.url.replace("https", "http") + "/token")
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(connector=connector) as session:
        assert await read(session, registry) is UpstreamFailure.BAD_ANSWER
    await registry.stop()


async def test_a_blob_elsewhere_is_fetched_without_the_token(
    session: aiohttp.ClientSession, registry: FakeRegistry
) -> None:
    registry.challenge = challenge(f"{registry.url}/token")
    registry.held["/token"] = answer(body=json.dumps({"token": TOKEN}).encode())
    (blob,) = [path for path in registry.held if "/blobs/" in path]
    registry.held["/store/config"] = registry.held[blob]
    registry.held["/moved"] = answer(302, Location="/store/config")
    registry.held[blob] = answer(307, Location=f"{registry.url}/moved")
    assert await read(session, registry) == (IMAGE,)
    shown = {path for path, headers in registry.asked if "Authorization" in headers}
    assert shown == {f"{PATH}manifests/{TAG}", blob}


@pytest.mark.parametrize(
    ("location", "failure"),
    [
        ("http://blobs.example/config", UpstreamFailure.BAD_ANSWER),
        ("https://blobs.example/config", UpstreamFailure.UNREACHABLE),
        ("file:///etc/passwd", UpstreamFailure.BAD_ANSWER),
        ("http://[/", UpstreamFailure.BAD_ANSWER),
    ],
)
async def test_a_blob_comes_from_the_registry_itself_or_over_an_encrypted_line(
    session: aiohttp.ClientSession,
    registry: FakeRegistry,
    location: str,
    failure: UpstreamFailure,
) -> None:
    (blob,) = [path for path in registry.held if "/blobs/" in path]
    registry.held[blob] = answer(307, Location=location)
    assert await read(session, registry) is failure


async def test_a_blob_that_moves_in_circles_is_given_up(
    session: aiohttp.ClientSession, registry: FakeRegistry
) -> None:
    (blob,) = [path for path in registry.held if "/blobs/" in path]
    registry.held[blob] = answer(307, Location=blob)
    assert await read(session, registry) is UpstreamFailure.BAD_ANSWER
    assert registry.paths.count(blob) == 4


async def test_a_manifest_that_moves_is_not_followed(
    session: aiohttp.ClientSession, registry: FakeRegistry
) -> None:
    registry.held[f"{PATH}manifests/{TAG}"] = answer(302, Location="/elsewhere")
    assert await read(session, registry) is UpstreamFailure.BAD_ANSWER
    assert "/elsewhere" not in registry.paths


async def test_an_attestation_is_no_image(
    session: aiohttp.ClientSession, registry: FakeRegistry
) -> None:
    unknown = {"architecture": "unknown", "os": "unknown"}
    index = [
        {**registry.image(2_000), "platform": AMD64},
        {**registry.image(50_000), "platform": unknown},
    ]
    registry.hold("manifests", {"manifests": index}, TAG)
    assert await read(session, registry) == (Image(TAG, "amd64", 2_000, None),)


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        (AMD64, "amd64"),
        ({"architecture": "arm", "os": "linux", "variant": "v7"}, "arm/v7"),
        ({"architecture": "arm64", "os": "linux", "variant": "v8"}, "arm64"),
        (None, "amd64"),
    ],
)
async def test_architectures_have_the_names_that_docker_gives_them(
    session: aiohttp.ClientSession, registry: FakeRegistry, platform: object, name: str
) -> None:
    index = [{**registry.image(2_000), "platform": platform}]
    registry.hold("manifests", {"manifests": index}, TAG)
    assert await read(session, registry) == (Image(TAG, name, 2_000, None),)


async def test_a_signature_in_the_place_of_an_image_is_no_image(
    session: aiohttp.ClientSession, registry: FakeRegistry
) -> None:
    registry.image(1_000, TAG, architecture=None)
    assert await read(session, registry) is UpstreamFailure.NOT_FOUND


async def test_another_configuration_than_the_named_one_is_not_believed(
    session: aiohttp.ClientSession, registry: FakeRegistry
) -> None:
    (blob,) = [path for path in registry.held if "/blobs/" in path]
    registry.held[blob] = answer(body=json.dumps(AMD64).encode())
    assert await read(session, registry) is UpstreamFailure.BAD_ANSWER


@pytest.mark.parametrize("size", [-1, 1.5, True, "1000", None, 10**30])
async def test_what_is_no_number_of_bytes_is_no_size(
    session: aiohttp.ClientSession, registry: FakeRegistry, size: object
) -> None:
    config = registry.hold("blobs", AMD64)
    layer = {"digest": f"sha256:{'0' * 64}", "size": size}
    registry.hold("manifests", {"config": config, "layers": [layer]}, TAG)
    assert await read(session, registry) is UpstreamFailure.BAD_ANSWER


@pytest.mark.parametrize(
    "digest", ["sha256:0", f"sha256:{'g' * 64}", f"sha256:{'0' * 64}/../../x", 5, None]
)
async def test_what_is_no_digest_is_not_asked_for(
    session: aiohttp.ClientSession, registry: FakeRegistry, digest: object
) -> None:
    index = [{"digest": digest, "size": 5, "platform": AMD64}]
    registry.hold("manifests", {"manifests": index}, TAG)
    assert await read(session, registry) is UpstreamFailure.BAD_ANSWER
    assert registry.paths == [f"{PATH}manifests/{TAG}"]


@pytest.mark.parametrize(("length", "read_on"), [(4 * MIB, True), (4 * MIB + 1, False)])
async def test_four_mebibytes_are_the_largest_answer_that_is_read(
    session: aiohttp.ClientSession, registry: FakeRegistry, length: int, read_on: bool
) -> None:
    manifest = f"{PATH}manifests/{TAG}"
    whole = await (await session.get(registry.url + manifest)).read()
    registry.held[manifest] = answer(body=whole.ljust(length))
    found = await read(session, registry)
    assert found == ((IMAGE,) if read_on else UpstreamFailure.BAD_ANSWER)


async def test_a_registry_that_says_no_more_is_given_up(
    session: aiohttp.ClientSession, serve: Serve
) -> None:
    server = await serve(answers_and_hangs(http(b'{"schemaVersion": 2', length=500)))
    url = f"http://127.0.0.1:{server.port}"
    found = await image_sizes(session, url, "homeassistant-ai/ha-mcp", TAG, 0.2)
    assert found is UpstreamFailure.UNREACHABLE


@pytest.mark.parametrize(
    ("repository", "tag"),
    [("a/../b", TAG), ("a//b", TAG), ("a/b?c", TAG), ("a/b", "../x"), ("a/b", ""), ("", TAG)],
)
async def test_a_name_that_no_image_can_have_is_not_asked_for(
    session: aiohttp.ClientSession, registry: FakeRegistry, repository: str, tag: str
) -> None:
    found = await image_sizes(session, registry.url, repository, tag, PATIENCE)
    assert (found, registry.asked) == (UpstreamFailure.NOT_FOUND, [])


async def test_no_log_tells_the_token(
    session: aiohttp.ClientSession, registry: FakeRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    registry.challenge = challenge(f"{registry.url}/token")
    registry.held["/token"] = answer(body=json.dumps({"token": TOKEN}).encode())
    assert await read(session, registry) == (IMAGE,)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("release", "image"),
    [("v8.7.0", "8.7.0"), ("8.7.0", "8.7.0"), ("V8.8.0-rc1", "8.8.0-rc1"), ("vnext", "vnext")],
)
def test_an_image_has_the_version_as_its_tag(release: str, image: str) -> None:
    assert image_tag(release) == image

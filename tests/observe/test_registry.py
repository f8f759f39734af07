"""Sizes of images from a real registry, into which a real tool pushed them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import random
from typing import Any

import aiohttp
import pytest

from custom_components.ha_mcp_sre.assess.upstream import Image, UpstreamFailure
from custom_components.ha_mcp_sre.observe.registry import image_sizes
from scripts.lab.ports import free_port
from scripts.lab.processes import Process
from scripts.provision.system_parts import DOCKER_REGISTRY, SKOPEO
from tests.observe.conftest import PATIENCE
from tests.observe.container_images import Layout
from tests.observe.token_server import TokenServer

MISSING = [part for part in (DOCKER_REGISTRY, SKOPEO) if part.find() is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING) and "CI" not in os.environ,
    reason="; ".join(f"no {part.name}: {part.how_to_install()}" for part in MISSING),
)

REPOSITORY = "HomeAssistant-AI/ha-mcp"
NAME = "homeassistant-ai/ha-mcp"
BUILT = datetime(2026, 11, 18, 10, 20, 30, 123456, UTC).timestamp()

type Sizes = Callable[..., Awaitable[tuple[Image, ...] | UpstreamFailure]]


class Registry(Process):
    """A registry on a port of its own, with a folder of its own."""

    def __init__(self, home: Path, store: Path, auth: dict[str, Any] | None = None) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        home.mkdir()
        configuration = home / "registry.json"  # It reads YAML, and that includes JSON.
        said: dict[str, Any] = {
            "version": "0.1",
            "storage": {"filesystem": {"rootdirectory": str(store)}},
            "http": {"addr": self.address},
        }
        configuration.write_text(json.dumps(said | ({"auth": auth} if auth else {})))
        super().__init__(
            "docker-registry",
            [DOCKER_REGISTRY.find() or "", "serve", configuration],
            home=home,
            log=home / "registry.log",
            env={},
        )

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    async def start(self) -> None:
        await super().start()
        await self.wait_until(self._listens, what="it listened", timeout=30)

    async def _listens(self) -> bool:
        host, _, port = self.address.partition(":")
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            return False
        writer.close()
        return True


@pytest.fixture
async def registry(socket_enabled: None, tmp_path: Path) -> AsyncIterator[Registry]:
    """Return a registry that holds nothing yet."""
    registry = Registry(tmp_path / "registry", tmp_path / "store")
    await registry.start()
    yield registry
    await registry.stop()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return a folder for images."""
    return Layout(tmp_path / "layout")


@pytest.fixture
def sizes(session: aiohttp.ClientSession, registry: Registry) -> Sizes:
    """Return a way to ask the registry."""

    async def sizes(
        tag: str, repository: str = REPOSITORY, url: str = registry.url
    ) -> tuple[Image, ...] | UpstreamFailure:
        return await image_sizes(session, url, repository, tag, PATIENCE)

    return sizes


async def skopeo(home: Path, *arguments: str | Path) -> bytes:
    """Run it, with nothing of the person's own configuration."""
    child = await asyncio.create_subprocess_exec(
        *(SKOPEO.find() or "", "--insecure-policy", *arguments),
        env={"HOME": str(home), "PATH": os.environ["PATH"], "TMPDIR": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await child.communicate()
    assert child.returncode == 0, errors.decode()
    return output


async def push(layout: Layout, registry: Registry, tag: str, *options: str) -> None:
    """Push the image that the layout has under a tag."""
    await skopeo(
        layout.folder,
        *("copy", "--dest-tls-verify=false", *options),
        *(f"oci:{layout.folder}:{tag}", f"docker://{registry.address}/{NAME}:{tag}"),
    )


async def inspect(layout: Layout, registry: Registry, reference: str) -> Any:
    """Return a manifest as skopeo gets it."""
    raw = await skopeo(
        layout.folder,
        *("inspect", "--raw", "--tls-verify=false"),
        f"docker://{registry.address}/{NAME}{reference}",
    )
    return json.loads(raw)


def noise(length: int, seed: int) -> bytes:
    """Return what does not compress, so that no two layers have the same size."""
    return random.Random(seed).randbytes(length)


@pytest.mark.parametrize("form", ["oci", "v2s2"])
async def test_an_index_has_a_size_for_each_architecture(
    layout: Layout, registry: Registry, sizes: Sizes, form: str
) -> None:
    amd64 = layout.image("amd64", noise(5_000, 1), noise(300, 2))
    arm64 = layout.image("arm64", noise(7_000, 3), noise(300, 2))
    layout.tag("8.7.0", amd64, arm64)
    await push(layout, registry, "8.7.0", "--all", "--format", form)
    assert await sizes("8.7.0") == (
        Image("8.7.0", "amd64", layout.size(amd64), BUILT),
        Image("8.7.0", "arm64", layout.size(arm64), BUILT),
    )


@pytest.mark.parametrize("form", ["oci", "v2s2"])
async def test_sizes_are_those_that_another_client_is_told(
    layout: Layout, registry: Registry, sizes: Sizes, form: str
) -> None:
    layout.tag(
        "8.7.0", layout.image("amd64", noise(900, 4)), layout.image("arm64", noise(1_000, 5))
    )
    await push(layout, registry, "8.7.0", "--all", "--format", form)
    index = await inspect(layout, registry, ":8.7.0")
    manifests = [
        await inspect(layout, registry, f"@{each['digest']}") for each in index["manifests"]
    ]
    told = [
        each["config"]["size"] + sum(layer["size"] for layer in each["layers"])
        for each in manifests
    ]
    found = await sizes("8.7.0")
    assert not isinstance(found, UpstreamFailure)
    assert [image.size for image in found] == told


async def test_an_image_without_an_index_has_the_architecture_of_its_configuration(
    layout: Layout, registry: Registry, sizes: Sizes
) -> None:
    arm64 = layout.image("arm64", noise(2_000, 6))
    layout.tag("8.7.0", layout.image("amd64", noise(1_000, 7)), arm64)
    await skopeo(
        layout.folder,
        *("--override-os", "linux", "--override-arch", "arm64"),
        *("copy", "--dest-tls-verify=false", f"oci:{layout.folder}:8.7.0"),
        f"docker://{registry.address}/{NAME}:8.7.0",
    )
    assert "manifests" not in await inspect(layout, registry, ":8.7.0")
    assert await sizes("8.7.0") == (Image("8.7.0", "arm64", layout.size(arm64), BUILT),)


async def test_an_image_that_hides_when_it_was_built_has_a_size(
    layout: Layout, registry: Registry, sizes: Sizes
) -> None:
    image = layout.image("amd64", b"ha-mcp", created="1970-01-01T00:00:00Z")
    layout.tag("8.7.0", image)
    await push(layout, registry, "8.7.0", "--all")
    assert await sizes("8.7.0") == (Image("8.7.0", "amd64", layout.size(image), None),)


async def test_what_was_never_pushed_is_not_found(
    layout: Layout, registry: Registry, sizes: Sizes
) -> None:
    layout.tag("8.7.0", layout.image("amd64", b"ha-mcp"))
    await push(layout, registry, "8.7.0", "--all")
    assert await sizes("8.8.0") is UpstreamFailure.NOT_FOUND
    assert await sizes("8.7.0", "homeassistant-ai/other") is UpstreamFailure.NOT_FOUND


async def test_a_registry_that_is_down_is_unreachable(registry: Registry, sizes: Sizes) -> None:
    await registry.stop()
    assert await sizes("8.7.0") is UpstreamFailure.UNREACHABLE


async def test_a_token_is_fetched_if_the_registry_asks_for_one(
    layout: Layout, registry: Registry, sizes: Sizes, tmp_path: Path
) -> None:
    image = layout.image("amd64", b"ha-mcp")
    layout.tag("8.7.0", image)
    await push(layout, registry, "8.7.0", "--all")
    async with TokenServer(tmp_path, NAME) as tokens:
        locked = Registry(tmp_path / "locked", tmp_path / "store", {"token": tokens.settings})
        await locked.start()
        try:
            found = await sizes("8.7.0", url=locked.url)
        finally:
            await locked.stop()
    assert found == (Image("8.7.0", "amd64", layout.size(image), BUILT),)
    assert tokens.asked == [{"service": "images", "scope": f"repository:{NAME}:pull"}]


async def test_a_registry_that_wants_a_password_is_closed_to_us(
    registry: Registry, sizes: Sizes, tmp_path: Path
) -> None:
    passwords = {"realm": "images", "path": str(tmp_path / "passwords")}
    locked = Registry(tmp_path / "locked", tmp_path / "store", {"htpasswd": passwords})
    await locked.start()
    try:
        assert await sizes("8.7.0", url=locked.url) is UpstreamFailure.FORBIDDEN
    finally:
        await locked.stop()

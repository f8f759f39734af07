"""Whatever JSON a registry answers with, sizes or one reason come of it: nothing is raised."""

from collections.abc import AsyncIterator, Mapping
import json
from typing import Any

import aiohttp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.upstream import UpstreamFailure
from custom_components.ha_mcp_sre.observe.registry import image_sizes
from tests.observe.conftest import PATIENCE
from tests.observe.fake_registry import PATH, FakeRegistry, answer

TAG = "8.7.0"

many = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
digests = st.just(f"sha256:{'0' * 64}")
descriptors = json_values | st.fixed_dictionaries(
    {"digest": digests | json_values, "size": st.integers(0, 10) | json_values},
    optional={"platform": json_values | st.fixed_dictionaries({"os": st.just("linux")})},
)
manifests = json_values | st.fixed_dictionaries(
    {},
    optional={
        "config": descriptors,
        "layers": json_values | st.lists(descriptors, max_size=3),
        "manifests": json_values | st.lists(descriptors, max_size=3),
    },
)
platforms = st.sampled_from(["amd64", "arm64", "", "a b", None]) | json_values
configurations = json_values | st.fixed_dictionaries(
    {},
    optional={
        "architecture": platforms,
        "variant": platforms,
        "created": st.datetimes().map(str) | st.just("0001-01-01T00:00:00+14:00") | json_values,
    },
)


@pytest.fixture
async def registry(socket_enabled: None) -> AsyncIterator[FakeRegistry]:
    """Return a registry that holds nothing yet."""
    registry = FakeRegistry()
    await registry.start()
    yield registry
    await registry.stop()


async def check(session: aiohttp.ClientSession, registry: FakeRegistry) -> None:
    found = await image_sizes(session, registry.url, "homeassistant-ai/ha-mcp", TAG, PATIENCE)
    if not isinstance(found, UpstreamFailure):
        assert found
        assert all(image.size >= 0 and image.architecture for image in found)
    assert registry.paths


@given(manifests)
@many
async def test_junk_as_a_manifest(
    session: aiohttp.ClientSession, registry: FakeRegistry, manifest: Any
) -> None:
    registry.hold("manifests", manifest, TAG)
    await check(session, registry)


@given(configurations)
@many
async def test_junk_as_a_configuration(
    session: aiohttp.ClientSession, registry: FakeRegistry, about: Mapping[str, Any]
) -> None:
    config = registry.hold("blobs", about)
    registry.hold("manifests", {"config": config, "layers": []}, TAG)
    await check(session, registry)


@given(st.binary(max_size=60) | st.just(b"[" * 100_000) | json_values.map(json.dumps))
@many
async def test_junk_as_a_body(
    session: aiohttp.ClientSession, registry: FakeRegistry, body: bytes | str
) -> None:
    content = body.encode() if isinstance(body, str) else body
    registry.held[f"{PATH}manifests/{TAG}"] = answer(body=content)
    await check(session, registry)

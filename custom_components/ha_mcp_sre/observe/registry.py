"""Sizes of the project's images, from the registry that hands them out.

The registry says them without an image being fetched: an index names a manifest for each
architecture, and a manifest names the layers with their sizes as they travel, compressed
(Open Container Initiative: distribution and image specifications).
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
import hashlib
from http import HTTPStatus
import json
import re
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from ..assess.upstream import Image, UpstreamFailure
from .plain import moment, word

GHCR = "https://ghcr.io"
"""Where GitHub keeps the images that its projects build."""

_KINDS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
"""The forms of manifests that are understood here; registries answer others otherwise."""

_LIMIT = 4 * 1024 * 1024
"""Bytes of one answer; registries take no larger manifests either."""

_MOST_BYTES = 1 << 50
"""More than any image has: a number that nobody could draw or add up is no size."""

_MOST_ARCHITECTURES = 32
_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 16 * 1024

_COMPONENT = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}", re.ASCII)
_CHALLENGE = re.compile(r"(?:^|,)\s*bearer\s+(.*)", re.ASCII | re.IGNORECASE)
_PARAMETER = re.compile(r'(\w+)="([^"]*)"', re.ASCII)

_FAILURES: Mapping[int, UpstreamFailure] = {
    HTTPStatus.UNAUTHORIZED: UpstreamFailure.FORBIDDEN,
    HTTPStatus.FORBIDDEN: UpstreamFailure.FORBIDDEN,
    HTTPStatus.NOT_FOUND: UpstreamFailure.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS: UpstreamFailure.RATE_LIMITED,
}


def image_tag(release_tag: str) -> str:
    """Return the tag of a release's image: the version, without a `v` before it."""
    return re.sub(r"^[vV](?=[0-9])", "", release_tag)


async def image_sizes(
    session: aiohttp.ClientSession, base_url: str, repository: str, tag: str, timeout: float
) -> tuple[Image, ...] | UpstreamFailure:
    """Return a tag's images, one for each architecture, or why they could not be read.

    The images are named after the repository (`owner/name`). All of it together takes at most
    `timeout` seconds.
    """
    name = repository.lower()
    if not (_REPOSITORY.fullmatch(name) and _TAG.fullmatch(tag)):
        return UpstreamFailure.NOT_FOUND  # No registry takes such names.
    try:
        async with asyncio.timeout(timeout):
            return await _Registry(session, URL(base_url), name).images(tag)
    except _NotAnsweredError as err:
        return err.failure
    except aiohttp.ClientError, OSError:
        return UpstreamFailure.UNREACHABLE
    except ValueError, RecursionError:
        return UpstreamFailure.BAD_ANSWER


class _NotAnsweredError(Exception):
    """Why there is no answer; holds nothing of what came instead of it."""

    def __init__(self, failure: UpstreamFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came over the wire: the body only if all went well."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes = field(default=b"", repr=False)

    def check(self) -> None:
        """Raise unless all went well."""
        if self.status >= 500:
            raise _NotAnsweredError(UpstreamFailure.SERVER_ERROR)
        if self.status != HTTPStatus.OK:
            failure = _FAILURES.get(self.status, UpstreamFailure.BAD_ANSWER)
            raise _NotAnsweredError(failure)


@dataclass(frozen=True, slots=True)
class _Blob:
    """Something that another answer points to, and its length in bytes."""

    digest: str
    size: int


@dataclass(slots=True)
class _Registry:
    """The images of one name in a registry, and the token that opens them if it asks for one."""

    session: aiohttp.ClientSession = field(repr=False)
    url: URL = field(repr=False)
    name: str
    authorization: Mapping[str, str] = field(default_factory=dict, repr=False)

    async def images(self, tag: str) -> tuple[Image, ...]:
        """Return the images of a tag, the first one of each architecture."""
        top = await self._read("manifests", tag)
        if "manifests" in top:
            listed = [
                (architecture, await self._read("manifests", blob.digest))
                for architecture, blob in _listed(top)
            ]
        else:
            listed = [(None, top)]
        found: dict[str, Image] = {}
        for architecture, manifest in listed:
            image = await self._image(tag, architecture, manifest)
            if image is not None:
                found.setdefault(image.architecture, image)
        if not found:
            # A tag can also name what nobody can run: a signature, a chart.
            raise _NotAnsweredError(UpstreamFailure.NOT_FOUND)
        return tuple(found.values())

    async def _image(
        self, tag: str, architecture: str | None, manifest: Mapping[str, Any]
    ) -> Image | None:
        config, *layers = map(_blob, [manifest.get("config"), *_list(manifest.get("layers"))])
        about = await self._read("blobs", config.digest)
        architecture = architecture or _architecture(about)
        if architecture is None:
            return None
        size = config.size + sum(layer.size for layer in layers)
        return Image(tag, architecture, size, _built(about))

    async def _read(self, kind: str, reference: str) -> Mapping[str, Any]:
        """Return a manifest or a configuration by its tag or digest."""
        url = self.url / "v2" / self.name / kind / reference
        answer = await self._ask(url)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self.authorization = await self._sign_in(answer)
            answer = await self._ask(url)
        if kind == "blobs":
            for _ in range(_MOST_REDIRECTS):
                if answer.status not in _REDIRECTS:
                    break
                url = self._trusted(url.join(URL(answer.headers.get("Location", "/"))))
                # The address of a blob elsewhere opens it by itself, and the token is not for it.
                answer = await _send(self.session, url, {})
        answer.check()
        return await _parse(answer.body, reference)

    async def _ask(self, url: URL) -> _Answer:
        return await _send(self.session, url, {"Accept": ", ".join(_KINDS), **self.authorization})

    async def _sign_in(self, refusal: _Answer) -> Mapping[str, str]:
        """Return the header that a registry wants, with the token that it gives to anybody."""
        wanted = refusal.headers.getall("WWW-Authenticate", [])
        challenge = next(filter(None, map(_CHALLENGE.search, wanted)), None)
        if challenge is None:
            raise _NotAnsweredError(UpstreamFailure.FORBIDDEN)
        said = dict(_PARAMETER.findall(challenge[1]))
        url = self._trusted(URL(said.get("realm", "")))
        scope = {key: said[key] for key in ("service", "scope") if key in said}
        answer = await _send(self.session, url.update_query(scope), {})
        answer.check()
        data = await _parse(answer.body)
        token = data.get("token") or data.get("access_token")
        if not (isinstance(token, str) and _TOKEN.fullmatch(token)):
            raise ValueError("no token")
        return {"Authorization": f"Bearer {token}"}

    def _trusted(self, url: URL) -> URL:
        """Return where the registry sends us, unless that is somebody else, and unencrypted."""
        if url.scheme == "https" or (url.scheme, url.host) == (self.url.scheme, self.url.host):
            return url
        raise ValueError("not a place to go")


async def _send(session: aiohttp.ClientSession, url: URL, headers: Mapping[str, str]) -> _Answer:
    async with session.get(url, headers=headers, allow_redirects=False) as response:
        if response.status != HTTPStatus.OK:
            response.close()  # What it says is of no interest, and may have no end.
            return _Answer(response.status, response.headers)
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > _LIMIT:
                response.close()
                raise ValueError("too long")
        return _Answer(response.status, response.headers, bytes(body))


async def _parse(body: bytes, reference: str = "") -> Mapping[str, Any]:
    """Parse a JSON object; if it was asked for by its digest, it must be that one.

    A thread does it: a body may be as large as to hold up the event loop.
    """

    def parse() -> Mapping[str, Any]:
        if (
            _DIGEST.fullmatch(reference)
            and f"sha256:{hashlib.sha256(body).hexdigest()}" != reference
        ):
            raise ValueError("something else")
        data = json.loads(body)
        if not isinstance(data, dict):
            raise ValueError("no object")  # noqa: TRY004 - All bad answers are one to the caller.
        return data

    return await asyncio.get_running_loop().run_in_executor(None, parse)


def _listed(index: Mapping[str, Any]) -> Iterator[tuple[str | None, _Blob]]:
    """Return the architectures of an index and their manifests, where it names them.

    Left out is what only looks like an image: builders list their attestations as images for
    the platform unknown/unknown. ha-mcp is built for Linux alone.
    """
    for entry in _list(index.get("manifests"))[:_MOST_ARCHITECTURES]:
        blob = _blob(entry)
        platform = entry.get("platform")
        if not isinstance(platform, dict):
            yield None, blob
        elif platform.get("os") == "linux":
            yield _architecture(platform), blob


def _architecture(platform: Mapping[str, Any]) -> str | None:
    """Return the architecture as Docker writes it: amd64, arm64, arm/v7."""
    name, variant = word(platform.get("architecture")), word(platform.get("variant"))
    # Every arm64 is of this variant, and only some builders say it.
    if name is None or variant is None or (name, variant) == ("arm64", "v8"):
        return name
    return f"{name}/{variant}"


def _blob(raw: object) -> _Blob:
    """Read what points to a blob; raises `ValueError` if it does not."""
    if not isinstance(raw, dict):
        raise ValueError("no descriptor")  # noqa: TRY004 - All bad answers are one to the caller.
    digest, size = raw.get("digest"), raw.get("size")
    if not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        raise ValueError("no digest")
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= _MOST_BYTES:
        raise ValueError("no size")
    return _Blob(digest, size)


def _list(raw: object) -> list[Any]:
    if not isinstance(raw, list):
        raise ValueError("no list")  # noqa: TRY004 - All bad answers are one to the caller.
    return raw


def _built(about: Mapping[str, Any]) -> float | None:
    """Return the Unix time at which an image was built, None if its configuration does not say.

    Builders that want the same bytes every time write the beginning of time.
    """
    built = moment(about.get("created"))
    return built if built is not None and built > 0 else None

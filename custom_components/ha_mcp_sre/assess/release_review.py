"""What the releases and images of ha-mcp's own project say of it."""

from dataclasses import dataclass
from itertools import pairwise
import re
from statistics import median

from .trends import theil_sen
from .upstream import Image, Release, Upstream

_DAY = 86_400.0
_CADENCE_RELEASES = 10
_TREND_RELEASES = 50
_TREND_LEAST = 4

_VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){1,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReleaseReview:
    """The releases of the project, prereleases left out; unknown is None.

    `current` is the tag of the highest version, `age_days` the days since it was published.
    `cadence_days` is the median time between the last ten releases in days. `behind` is how many
    releases are newer than an installed version, `at_least` whether there may be more that are
    too old to be known. A development build is no place among releases: None.
    """

    current: str | None = None
    published_at: float | None = None
    age_days: float | None = None
    cadence_days: float | None = None
    behind: int | None = None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class ImageSize:
    """The compressed size of the newest image for one architecture, in bytes.

    `change_percent` is against `before`, the tag of the release before that is known, and
    `trend_percent` against the `oldest` one known. `growth` is the usual change in bytes from
    release to release by Theil and Sen, None of fewer than four of the `releases`.
    """

    architecture: str
    size: int
    releases: int
    before: str | None = None
    change_percent: float | None = None
    oldest: str | None = None
    trend_percent: float | None = None
    growth: float | None = None


@dataclass(frozen=True, slots=True)
class ImageReview:
    """The images of the newest release that has any, by architecture; no tag if none is known."""

    tag: str | None = None
    sizes: tuple[ImageSize, ...] = ()


def version_of(tag: str) -> tuple[int, ...] | None:
    """Return the numbers of a released version; None of a development build, or no version.

    Zeros at the end are left out: 8.7 and v8.7.0 are the same version.
    """
    match = _VERSION.fullmatch(tag.strip())
    if match is None:
        return None
    numbers = [int(each) for each in match[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def release_review(upstream: Upstream, now: float, installed: str | None) -> ReleaseReview:
    """Return what is known of the releases now (Unix seconds), and how far `installed` is behind."""
    released: dict[tuple[int, ...], Release] = {}
    for release in sorted(upstream.releases, key=lambda each: (-each.published_at, each.tag)):
        version = None if release.prerelease else version_of(release.tag)
        if version is not None:
            released[version] = release
    if not released:
        return ReleaseReview()
    current = released[max(released)]
    times = sorted(release.published_at for release in released.values())[-_CADENCE_RELEASES:]
    gaps = [(after - before) / _DAY for before, after in pairwise(times)]
    own = None if installed is None else version_of(installed)
    return ReleaseReview(
        current=current.tag,
        published_at=current.published_at,
        age_days=max(0.0, now - current.published_at) / _DAY,
        cadence_days=median(gaps) if gaps else None,
        behind=None if own is None else sum(version > own for version in released),
        at_least=own is not None and own < min(released),
    )


def image_review(upstream: Upstream) -> ImageReview:
    """Return how large the images are, and how that changed."""
    images: dict[tuple[int, ...], dict[str, Image]] = {}
    for image in sorted(
        upstream.images, key=lambda each: (each.created_at or 0.0, each.size, each.tag)
    ):
        version = version_of(image.tag)
        if version is not None and image.size > 0:
            images.setdefault(version, {})[image.architecture] = image
    if not images:
        return ImageReview()
    newest = images[max(images)]
    known = [images[version] for version in sorted(images)[-_TREND_RELEASES:]]
    return ImageReview(
        min(image.tag for image in newest.values()),
        tuple(
            _image_size([each[name] for each in known if name in each]) for name in sorted(newest)
        ),
    )


def _image_size(images: list[Image]) -> ImageSize:
    *older, image = images
    if not older:
        return ImageSize(image.architecture, image.size, 1)
    growth = None
    if len(images) >= _TREND_LEAST:
        growth = theil_sen(tuple((index, each.size) for index, each in enumerate(images)))
    return ImageSize(
        image.architecture,
        image.size,
        len(images),
        before=older[-1].tag,
        change_percent=_change(older[-1].size, image.size),
        oldest=older[0].tag,
        trend_percent=_change(older[0].size, image.size),
        growth=growth,
    )


def _change(before: int, after: int) -> float:
    return 100 * (after - before) / before

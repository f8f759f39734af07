"""What the releases and images of ha-mcp's own project say of it."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.release_review import (
    ImageReview,
    ImageSize,
    ReleaseReview,
    image_review,
    release_review,
    version_of,
)
from custom_components.ha_mcp_sre.assess.upstream import Image, Release

from .builders import DAY
from .upstreams import NOW, READ, image, moments, release, shuffled

# As they came: two weeks apart, but for a mended one.
RELEASES = (
    release("v8.7.0", ago=3 * DAY),
    release("v8.6.0", ago=17 * DAY),
    release("v8.5.1", ago=30 * DAY),
    release("v8.5.0", ago=31 * DAY),
    release("v8.4.0", ago=45 * DAY),
    release("v8.8.0", ago=DAY, prerelease=True),
    release("v8.8.0b1", ago=DAY),
    release("webhook-proxy-1.2.0", ago=0),
)
PROJECT = replace(READ, releases=RELEASES)


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("v8.7.0", (8, 7)),
        ("8.7.0", (8, 7)),
        ("8.7", (8, 7)),
        ("10.0.1", (10, 0, 1)),
        (" v1.2.3.4 ", (1, 2, 3, 4)),
        ("0.0.0", ()),
        ("8.7.0.dev3", None),
        ("8.7.0rc1", None),
        ("8.7.0-beta.1", None),
        ("latest", None),
        ("8", None),
        ("", None),
        ("v8.\u0667.0", None),
        ("9" * 10 + ".0", None),
    ],
)
def test_versions_are_numbers(tag: str, version: tuple[int, ...] | None) -> None:
    assert version_of(tag) == version


def test_the_current_release_is_the_highest_version() -> None:
    # A version that is mended later is no newer for that.
    project = replace(PROJECT, releases=(*RELEASES, release("v7.9.9", ago=DAY)))
    review = release_review(project, NOW, None)
    assert (review.current, review.age_days) == ("v8.7.0", 3)


def test_the_cadence_is_the_median_of_the_times_between_releases() -> None:
    assert release_review(PROJECT, NOW, None).cadence_days == pytest.approx(13.5)
    often = [release(f"v9.{n}.0", ago=(20 - n) * DAY) for n in range(10)]
    assert release_review(replace(PROJECT, releases=(*RELEASES, *often)), NOW, None) == (
        ReleaseReview("v9.9.0", NOW - 11 * DAY, 11, 1)
    )


@pytest.mark.parametrize(
    ("installed", "behind", "at_least"),
    [
        ("8.7.0", 0, False),
        ("8.6.0", 1, False),
        ("8.5.0", 3, False),
        ("8.5.2", 2, False),
        ("8.4.0", 4, False),
        ("8.3.0", 5, True),
        ("9.0.0", 0, False),
        ("8.8.0.dev4", None, False),
        ("unknown", None, False),
        (None, None, False),
    ],
)
def test_how_far_an_installed_version_is_behind(
    installed: str | None, behind: int | None, at_least: bool
) -> None:
    review = release_review(PROJECT, NOW, installed)
    assert (review.behind, review.at_least) == (behind, at_least)


def test_without_a_release_nothing_is_known() -> None:
    assert release_review(READ, NOW, "8.7.0") == ReleaseReview()


def test_one_release_has_no_cadence_and_a_clock_that_is_behind_no_age_below_zero() -> None:
    project = replace(READ, releases=(release("v8.7.0", ago=-DAY),))
    assert release_review(project, NOW, None) == ReleaseReview("v8.7.0", NOW + DAY, 0)


def test_an_image_is_compared_with_the_release_before_and_the_first() -> None:
    project = replace(
        READ,
        images=(
            image("8.7.0", 110),
            image("8.6.0", 88),
            image("8.10.0", 132),
            image("8.10.0", 200, architecture="arm64"),
            image("8.8.0.dev1", 999),
            image("latest", 999),
            image("8.9.0", 0, architecture="arm64"),
        ),
    )
    review = image_review(project)
    assert review.tag == "8.10.0"
    assert review.sizes == (
        ImageSize("amd64", 132, 3, "8.7.0", 20, "8.6.0", 50),
        ImageSize("arm64", 200, 1),
    )


def test_four_releases_show_how_an_image_grows() -> None:
    # One that was far too large for once does not show.
    sizes = [100, 103, 190, 109, 112, 115]
    project = replace(
        READ, images=tuple(image(f"8.{n}.0", size) for n, size in enumerate(sizes, 1))
    )
    (size,) = image_review(project).sizes
    assert size.growth == 3
    (few,) = image_review(replace(project, images=project.images[:3])).sizes
    assert few.growth is None


def test_without_an_image_nothing_is_known() -> None:
    assert image_review(READ) == ImageReview()
    assert image_review(replace(READ, images=(image("dev", 5),))) == ImageReview()


tags = st.sampled_from(["v8.7.0", "8.7", "8.6.0", "8.5.1", "8.5.0", "8.8.0b1", "latest", ""])
releases = st.builds(Release, tags, moments, st.booleans())
images = st.builds(
    Image,
    tags,
    st.sampled_from(["amd64", "arm64"]),
    st.integers(0, 10**9),
    st.none() | moments,
)


@given(st.lists(releases, max_size=12), st.lists(images, max_size=12), st.data())
def test_whatever_is_released_figures_are_plain_and_in_no_order(
    known: list[Release], sizes: list[Image], data: st.DataObject
) -> None:
    project = replace(READ, releases=tuple(known), images=tuple(sizes))
    order: Random = data.draw(st.randoms(use_true_random=False))
    installed = data.draw(tags)
    review = release_review(project, NOW, installed)
    assert release_review(shuffled(project, order), NOW, installed) == review
    assert image_review(shuffled(project, order)) == image_review(project)
    assert review.behind is None or 0 <= review.behind <= len(known)
    assert review.age_days is None or review.age_days >= 0
    assert review.cadence_days is None or review.cadence_days >= 0
    for size in image_review(project).sizes:
        assert size.size > 0
        assert size.change_percent is None or size.change_percent >= -100

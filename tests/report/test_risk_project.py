"""Risks that come from ha-mcp's own project: with their evidence, and not without."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.upstream import Image, Part, Upstream, UpstreamFailure
from custom_components.ha_mcp_sre.report.material import Material
from custom_components.ha_mcp_sre.report.risks import examine

from .homes import found, home, seen, the_server
from .materials import quiet_week
from .parts import DAY
from .upstreams import red, unreached, upstream

WEEK = quiet_week().week


def project(known: Upstream) -> Material:
    return home(project=known)


def grown(percent: float) -> Upstream:
    """Return a project whose image grew by this over three releases."""
    sizes = (100_000_000, 100_000_000, round(1_000_000 * (100 + percent)))
    images = tuple(
        Image(f"8.{5 + number}.0", "amd64", size, None) for number, size in enumerate(sizes)
    )
    return replace(upstream(WEEK), images=images)


def half_failed() -> Upstream:
    """Return a project in which every second run failed."""
    well = upstream(WEEK)
    runs = tuple(
        replace(run, conclusion="failure" if number % 2 else "success")
        for number, run in enumerate(well.runs)
    )
    return replace(well, runs=runs)


def unread(days: float) -> Upstream:
    """Return a project whose issues could not be read for so many days."""
    well = upstream(WEEK)
    return replace(
        well,
        read_at={**well.read_at, Part.ISSUES: WEEK.as_of - days * DAY},
        failures={Part.ISSUES: UpstreamFailure.RATE_LIMITED},
    )


def test_a_red_default_branch_is_a_risk() -> None:
    (risk,) = found(project(red(WEEK)), "default_branch")

    assert risk.key == "default_branch:project"
    assert risk.evidence["failing"] == 2
    assert found(project(upstream(WEEK)), "default_branch") == []


def test_many_failed_runs_are_a_risk() -> None:
    (risk,) = found(project(half_failed()), "ci_pass_rate")

    assert risk.evidence["percent"] == pytest.approx(50, abs=5)
    assert found(project(upstream(WEEK)), "ci_pass_rate") == []


def test_an_image_that_grew_is_a_risk() -> None:
    (risk,) = found(project(grown(15)), "image_growth")

    assert risk.key == "image_growth:project:amd64"
    assert risk.evidence == {"bytes": 115_000_000, "percent": 15.0, "releases": 3}
    assert found(project(grown(5)), "image_growth") == []


def test_a_project_that_cannot_be_read_for_a_week_is_a_risk() -> None:
    (risk,) = found(project(unread(8)), "project_unread")

    assert risk.evidence == {
        "parts": "issues (last read on 2026-11-15)",
        "reasons": "rate_limited",
    }
    assert "GitHub token" in risk.mitigation
    assert found(project(unread(6)), "project_unread") == []


def test_a_project_that_was_never_read_is_a_risk_and_nothing_else_of_it_is_judged() -> None:
    examined = examine(project(unreached()))

    assert [risk.key for risk in examined.risks] == ["project_unread:project"]
    assert {each for each in examined.judged if each.endswith(":project")} == {
        "project_unread:project"
    }


def test_nothing_is_judged_of_a_project_that_is_not_watched() -> None:
    assert not [each for each in examine(home()).judged if each.endswith(":project")]


@pytest.mark.parametrize(("version", "behind"), [("8.4.0", 3), ("8.5.0", None)])
def test_three_skipped_releases_are_a_risk(version: str, behind: int | None) -> None:
    about = replace(the_server().current.about, running_version=version)
    material = replace(seen(about=about), project=upstream(WEEK))

    assert [risk.evidence["behind"] for risk in found(material, "outdated")] == (
        [] if behind is None else [behind]
    )

"""Why something of ha-mcp's own project is unknown."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.ha_mcp_sre.assess.upstream import Part, Upstream
from custom_components.ha_mcp_sre.report.render import render

from .materials import quiet_week
from .parts import at, week
from .reports import Data, report
from .upstreams import REPOSITORY, upstream

LATER = week(as_of=at("2026-12-10T08:00"))
"""The week, when it is reported two weeks later."""


def known_since_december() -> Upstream:
    since = at("2026-12-01T00:00")
    return replace(upstream(LATER), runs_since=since, issues_since=since)


def told(project: Upstream) -> Data:
    return report(replace(quiet_week(), week=LATER, project=project))


def test_runs_of_after_the_week_only_are_said_to_be_so() -> None:
    data = told(known_since_december())
    why = "runs are known only since 2026-12-01 00:00:00"
    assert data["reliability_summary"]["ci_cd_pass_rate"]["unknown_because"] == why
    assert f"- CI/CD Pass Rate: unknown ({why}" in render(data)


def test_issues_of_after_the_week_only_are_said_to_be_so() -> None:
    data = told(known_since_december())
    assert data["issues"]["unknown_because"] == "issues are known only since 2026-12-01 00:00:00"


def test_a_part_that_was_read_and_is_empty_is_not_said_to_be_unread() -> None:
    data = told(replace(upstream(LATER), releases=(), images=()))
    assert data["ci_cd"]["releases"]["unknown_because"] == "none was found"
    assert data["ci_cd"]["images"]["unknown_because"] == "none was found"


def test_runs_that_were_read_in_part_are_said_to_be_so() -> None:
    data = told(replace(upstream(LATER), runs_since=None))
    assert data["ci_cd"]["week"]["unknown_because"] == "not all of them were read yet"


def test_runs_that_were_read_last_before_the_week_are_said_to_be_so() -> None:
    early = dict.fromkeys(Part, at("2026-11-15T23:00"))
    data = told(replace(upstream(LATER), read_at=early))
    assert data["ci_cd"]["week"]["unknown_because"] == "runs were read last at 2026-11-15 23:00:00"


def test_a_part_that_was_never_read_is_said_to_be_so() -> None:
    unread = Upstream(repository=REPOSITORY)
    assert told(unread)["ci_cd"]["week"]["unknown_because"] == "the project was not read yet"


@pytest.mark.parametrize(
    ("part", "known"),
    [
        pytest.param(Part.RUNS, {"runs_since": None}, id="runs"),
        pytest.param(Part.ISSUES, {"issues_since": None}, id="issues"),
        pytest.param(
            Part.IMAGES, {"read_at": dict.fromkeys(set(Part) - {Part.IMAGES}, 1.0)}, id="images"
        ),
    ],
)
def test_a_part_that_is_still_being_read_is_a_gap(part: Part, known: dict[str, Any]) -> None:
    data = told(replace(upstream(LATER), **known))
    assert [gap["part"] for gap in data["monitoring_gaps"]["project"]] == [part]
    assert "all parts were read" not in render(data)

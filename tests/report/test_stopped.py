"""A server that somebody stopped: it is neither down nor well."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.objectives import Objective
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.report.material import CallTotals, Material
from custom_components.ha_mcp_sre.report.render import render

from .homes import STOPPED, home, outages, the_server
from .parts import Span, at, incidents
from .reports import report


def stopped(since: str, until: str | None = None) -> Material:
    """Return a home whose server was stopped in that time, or still is."""
    end = None if until is None else at(until)
    span = Span(STOPPED, at(since), end)
    return home(incidents=incidents(span, until=home().week.as_of))


def away() -> Material:
    """Return a home whose server did nothing in the week: it was stopped in the one before."""
    idle = replace(
        stopped("2026-11-10T10:00").servers[0],
        tallies={Objective.AVAILABILITY: Tally(excluded=10_080)},
        calls=CallTotals(),
        diary=Diary(),
    )
    return replace(home(), servers=(idle,))


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("2026-11-10T10:00", None, "for 7 d, and is not started again"),
        ("2026-11-17T10:00", None, "for 5 d 14 h, and is not started again"),
        ("2026-11-15T12:00", "2026-11-16T06:00", "for 6 h"),
        ("2026-11-22T22:00", "2026-11-23T07:00", "for 2 h"),
    ],
)
def test_how_long_a_server_was_stopped_in_the_week_is_remarked(
    since: str, until: str | None, told: str
) -> None:
    data = report(stopped(since, until))
    statements = {each["key"]: each["statement"] for each in data["key_observations"]}
    assert statements["stopped"] == (
        f"ha-mcp was stopped {told}; that time counts in none of its objectives."
    )


def test_a_server_that_was_stopped_is_not_called_healthy() -> None:
    (row,) = report(stopped("2026-11-17T10:00"))["reliability_summary"]["servers"]
    assert (row["health"], row["health_before"]) == ("stopped for a time", "healthy")


def test_what_is_worse_than_a_stop_is_told_of_the_health() -> None:
    (server,) = stopped("2026-11-17T10:00").servers
    bad = {**the_server().tallies, Objective.AVAILABILITY: Tally(10_000, 2, 78)}
    data = report(replace(home(), servers=(replace(server, tallies=bad),)))
    assert data["reliability_summary"]["servers"][0]["health"] == "degraded"


def test_an_outage_of_which_nobody_was_told_is_one_of_the_health() -> None:
    data = report(home(incidents=outages(("2026-11-17T10:00", 0.5))))
    (row,) = data["reliability_summary"]["servers"]
    assert data["reliability_summary"]["incidents"]["reported"] == 0
    assert (row["down_minutes"], row["health"]) == (0, "down for a time")


def test_a_server_that_did_nothing_is_watched_all_the_same() -> None:
    text = render(report(away()))
    assert "no server is watched" not in text
    assert "ha-mcp was stopped for 7 d, and is not started again" in text


def test_where_nothing_is_worth_a_remark_nothing_else_is_claimed() -> None:
    large = Finding(RuleKey.USAGE_LOG_LARGE, Severity.P3, {})
    known = incidents(Span(large, at("2026-11-10T10:00")), until=home().week.as_of)
    text = render(report(replace(away(), servers=(replace(away().servers[0], incidents=known),))))
    assert "- Nothing to observe in what is known.\n" in text


def test_a_home_without_a_server_says_so() -> None:
    assert "no server is watched" in render(report(replace(home(), servers=())))

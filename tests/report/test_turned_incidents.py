"""Incidents that became another one: each rule is told for its own time only."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.signals import Mode
from custom_components.ha_mcp_sre.report.beliefs import beliefs
from custom_components.ha_mcp_sre.report.material import Material
from custom_components.ha_mcp_sre.report.outages import lasted_as

from .homes import DOWN, LINK, MINUTE, found, home
from .parts import HOUR, Span, at, incidents
from .reports import file_of, outage_remark, report

type Part = tuple[Finding, float]

BEGIN = at("2026-11-18T02:00")
LINK_FIRST: tuple[Part, ...] = ((LINK, 8 * HOUR), (DOWN, 2 * MINUTE))
DOWN_FIRST: tuple[Part, ...] = ((DOWN, 2 * MINUTE), (LINK, 8 * HOUR))
"""Here the link is seen to be what remains when the server has answered for two minutes."""


def turned(*parts: Part, watchdog: bool | None = False) -> Material:
    """Return a home whose one incident was these findings, one after another, for so long each."""
    spans, begin = list[Span](), BEGIN
    for finding, seconds in parts:
        spans.append(Span(finding, begin, begin + seconds))
        begin += seconds
    known = incidents(*spans, until=home().week.until)
    assert len(known) == 1
    return home(incidents=known, mode=Mode.HTTP, watchdog=watchdog)


@pytest.mark.parametrize("parts", [LINK_FIRST, DOWN_FIRST])
def test_a_server_was_down_only_for_the_time_in_which_it_was(parts: tuple[Part, ...]) -> None:
    assert outage_remark(turned(*parts)).startswith(
        "ha-mcp was down for 2 min, in an incident of 8 h 2 min ("
    )


def test_one_that_is_down_now_had_been_down_since_then_only() -> None:
    now = at("2026-11-18T12:00")
    spans = (Span(LINK, now - HOUR, now - 600), Span(DOWN, now - 600))
    going_on = home(as_of=now, incidents=incidents(*spans, until=now))
    assert "it had been down for 10 min (" in outage_remark(going_on)


def test_what_went_down_after_the_week_was_not_down_in_it() -> None:
    monday = at("2026-11-23T05:00")
    spans = (Span(LINK, monday - 9 * HOUR, monday), Span(DOWN, monday))
    later = home(incidents=incidents(*spans, until=home().week.as_of))
    keys = [each["key"] for each in report(later)["key_observations"]]
    assert not [key for key in keys if key.startswith("outage:")]


@pytest.mark.parametrize("parts", [LINK_FIRST, DOWN_FIRST])
def test_a_watchdog_is_missed_for_the_time_down_only(parts: tuple[Part, ...]) -> None:
    (risk,) = found(turned(*parts), "no_watchdog")
    assert risk.current_state.endswith("it was down once in the last 28 days, for 2 min.")


def test_what_refused_all_connections_for_long_is_missed_though_it_turned() -> None:
    refused = turned((DOWN, HOUR), (LINK, HOUR), watchdog=None)
    hung = replace(DOWN, evidence={"kind": "timeout"})
    assert len(found(refused, "no_watchdog")) == 1
    assert found(turned((hung, HOUR), (LINK, HOUR), watchdog=None), "no_watchdog") == []


@pytest.mark.parametrize("parts", [LINK_FIRST, DOWN_FIRST])
def test_a_long_outage_is_told_by_what_it_was_for_most_of_its_time(parts: tuple[Part, ...]) -> None:
    (risk,) = found(turned(*parts), "long_outages")
    assert "8 h 2 min (ha-mcp cannot reach Home Assistant)." in risk.current_state
    assert risk.evidence["rule"] == "link_broken"


@pytest.mark.parametrize("name", ["incident-log", "notes"])
@pytest.mark.parametrize("parts", [LINK_FIRST, DOWN_FIRST])
def test_what_an_incident_was_itself_it_does_not_explain(
    parts: tuple[Part, ...], name: str
) -> None:
    assert "Consequences that it explains" not in file_of(turned(*parts), name)


def test_what_else_was_bad_meanwhile_is_still_explained() -> None:
    failing = Finding(RuleKey.TOOLS_FAILING, Severity.P1, {})
    begin = BEGIN + HOUR
    spans = (Span(DOWN, BEGIN, BEGIN + 2 * HOUR), Span(failing, begin, begin + 600))
    known = home(incidents=incidents(*spans, until=home().week.until))
    assert "- Consequences that it explains: " in file_of(known, "incident-log")


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (LINK_FIRST, "ha-mcp cannot reach Home Assistant (8 h) and ha-mcp is down (2 min)"),
        (DOWN_FIRST, "ha-mcp is down (2 min) and ha-mcp cannot reach Home Assistant (8 h)"),
    ],
)
def test_the_log_and_the_beliefs_say_what_an_incident_was_in_turn(
    parts: tuple[Part, ...], told: str
) -> None:
    material = turned(*parts)
    assert f"\n- In turn it was: {told}\n" in file_of(material, "incident-log")
    assert f"; in turn it was {told}; " in dict(beliefs(material, ()))["incidents"]


def test_one_that_was_always_the_same_has_no_turns() -> None:
    assert "In turn" not in file_of(turned((DOWN, HOUR)), "incident-log")


def test_a_budget_lost_only_the_minutes_that_were_unavailable() -> None:
    failing = Finding(RuleKey.TOOLS_FAILING, Severity.P1, {})
    note = file_of(turned((failing, 2 * MINUTE), (DOWN, HOUR)), "notes")
    share = 60 / (28 * 1440 * 0.005)
    assert f"this incident used at most {share:.2%}".replace("%", " %") in note


@pytest.mark.parametrize("parts", [LINK_FIRST, DOWN_FIRST])
def test_a_rule_was_never_in_force_for_longer_than_the_incident(parts: tuple[Part, ...]) -> None:
    (incident,) = turned(*parts).servers[0].incidents
    times = lasted_as(incident, home().week.until)
    assert set(times) == {RuleKey.LINK_BROKEN, RuleKey.SERVER_DOWN}
    assert sum(times.values()) == incident.duration(home().week.until)

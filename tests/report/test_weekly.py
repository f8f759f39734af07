"""What a weekly report says, as data."""

from dataclasses import replace
from datetime import date
import json
import re

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.ha_mcp_sre.assess.assessment import ToolCalls
from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import Incident
from custom_components.ha_mcp_sre.assess.signals import Gap, Signal
from custom_components.ha_mcp_sre.report.material import CallTotals, Material, ServerMaterial, Week
from custom_components.ha_mcp_sre.report.phrases import written
from custom_components.ha_mcp_sre.report.render import render

from . import materials
from .parts import Span, at, incidents, totals, week
from .reports import Data, leaves, report


def _with_server(material: Material, server: ServerMaterial) -> Material:
    return replace(material, servers=(server, *material.servers[1:]))


@pytest.fixture(scope="module")
def bad() -> Data:
    return report(materials.bad_week(), prose="One.\n\nTwo.")


def test_its_keys_stay(bad: Data, snapshot: SnapshotAssertion) -> None:
    assert sorted({path for path, _ in leaves(bad)}) == snapshot


def test_it_survives_a_file(bad: Data) -> None:
    assert json.loads(json.dumps(bad, allow_nan=False)) == bad


def test_two_runs_are_equal(bad: Data) -> None:
    again = report(materials.bad_week(), prose="One.\n\nTwo.")
    assert json.dumps(again) == json.dumps(bad)


def test_incidents_are_counted_without_those_that_were_brief(bad: Data) -> None:
    counts = bad["reliability_summary"]["incidents"]
    assert counts["reported"] == 6
    assert counts["brief_outages"] == 1
    assert sum(counts["by_severity"].values()) == counts["reported"]
    assert len(bad["incidents"]) == 7


def test_an_incident_that_began_after_the_week_is_none_of_it(bad: Data) -> None:
    assert any(each.started_at > at("2026-11-23T00:00") for each in _incidents())
    assert "Workshop" not in {each["server"] for each in bad["incidents"]}


def _incidents() -> list[Incident]:
    return [each for server in materials.bad_week().servers for each in server.incidents]


def test_repair_takes_the_mean_of_the_outages_that_were_over(bad: Data) -> None:
    mttr = bad["reliability_summary"]["mttr"]
    assert mttr["incidents"] == 2
    assert mttr["hours"] == pytest.approx((29.5 + 9.5 + 44) / 2 / 60, abs=0.005)
    assert mttr["hours_before"] == pytest.approx(20 / 60, abs=0.005)


def _with_outage(begin: str, end: str | None, week: Week) -> Data:
    """Return the report on a server that was down once."""
    down = Finding(RuleKey.SERVER_DOWN, Severity.P0, {"kind": "refused"})
    known = incidents(Span(down, at(begin), at(end) if end else None), until=at("2026-11-24T08:00"))
    server = replace(materials.quiet_week().servers[0], incidents=known)
    return report(replace(materials.quiet_week(), week=week, servers=(server,)))


def test_an_outage_that_ends_with_the_week_is_over_in_that_week_only() -> None:
    now, after = (
        _with_outage("2026-11-22T23:00", "2026-11-23T00:00", each)["reliability_summary"]["mttr"]
        for each in (week(), week(date(2026, 11, 23)))
    )
    assert (now["incidents"], now["hours"]) == (1, 1)
    assert (after["incidents"], after["incidents_before"]) == (0, 1)


def test_the_true_end_of_an_outage_is_told_though_it_came_after_the_week() -> None:
    data = _with_outage("2026-11-22T23:00", "2026-11-23T01:30", week())
    (row,) = data["incidents"]
    assert row["ended"] == "2026-11-23T01:30:00+01:00"
    assert (row["duration_hours"], row["open_at_end_of_week"]) == (2.5, True)
    assert data["reliability_summary"]["mttr"]["incidents"] == 0
    assert "in this outage" in render(data)
    assert "for 2 h 30 min" in render(data)


def test_an_outage_that_goes_on_has_lasted_the_same_whenever_that_is_asked() -> None:
    late = week(as_of=at("2026-11-25T08:00"))
    rows = [_with_outage("2026-11-22T23:00", None, each)["incidents"] for each in (week(), late)]
    assert rows[0] == rows[1]
    assert rows[0][0]["duration_minutes"] == 60


UNCHANGING = (
    *("reliability_summary", "key_observations", "objectives", "incidents", "error_analysis"),
    *("issues", "performance", "predictions", "what_changed"),
)


def test_a_week_that_is_over_stays_as_it_was() -> None:
    # What is read of the project grows old.
    material = replace(materials.bad_week(), project=None)
    early = report(material)
    late = report(replace(material, week=week(as_of=at("2026-11-25T12:00"))))
    for key in UNCHANGING:
        assert late[key] == early[key], key


def test_calls_and_events_that_are_not_kept_are_told() -> None:
    material = materials.quiet_week()
    since = at("2026-11-09T00:00")
    data = report(_with_server(material, replace(material.servers[0], counted_since=since)))
    text = render(data)
    assert data["objectives"]["servers"][0]["counted_since"] == "2026-11-09T00:00:00+01:00"
    assert "Budgets are of 28 days, counted since Mon 2026-11-09 00:00:00." in text
    assert "; the 28 days before it have tool calls since Mon 2026-11-09 00:00:00\n" in text
    assert "counted since" not in render(report(material))


def test_a_young_server_is_no_reason_for_alarm() -> None:
    first, *_ = report(materials.first_hour())["key_observations"]
    assert first["statement"].startswith("ha-mcp was watched for a part of the week only: ")


def test_the_registry_is_not_reached_by_reaching_github() -> None:
    needs = report(materials.upstream_unreachable())["capability_needs"]
    assert {each["need"] for each in needs if each["server"] is None} == {
        "let Home Assistant reach GitHub",
        "let Home Assistant reach the registry",
    }


def test_what_happened_in_maintenance_is_left_out() -> None:
    material = materials.bad_week()
    server = material.servers[0]
    cared = tuple(replace(each, in_maintenance=True) for each in server.incidents)
    data = report(_with_server(material, replace(server, incidents=cared)))
    assert data["reliability_summary"]["incidents"]["reported"] == 0
    assert data["incidents"] == []


def test_who_took_care_is_told_though_the_outage_came_back(bad: Data) -> None:
    (down,) = [each for each in bad["incidents"] if each["severity"] == "p0" and not each["brief"]]
    assert down["outages"] == 2
    assert down["acknowledged"] == "2026-11-18T03:30:00+01:00"


def test_an_unwatched_project_is_unknown_and_never_zero() -> None:
    data = report(materials.without_upstream())
    rate = data["reliability_summary"]["ci_cd_pass_rate"]
    assert rate["percent"] is None
    assert rate["runs"] is None
    assert rate["unknown_because"] == "ha-mcp's project is not watched"
    assert (
        "- CI/CD Pass Rate: unknown (ha-mcp's project is not watched)" in render(data).splitlines()
    )


def test_a_project_that_was_never_reached_says_why() -> None:
    data = report(materials.upstream_unreachable())
    rate = data["reliability_summary"]["ci_cd_pass_rate"]
    assert rate["percent"] is None
    assert rate["unknown_because"] == "GitHub could not be reached"
    assert data["ci_cd"]["images"]["unknown_because"] == "the registry could not be reached"


def test_of_the_week_before_a_new_server_nothing_is_known() -> None:
    data = report(materials.first_hour())
    (row,) = data["reliability_summary"]["servers"]
    assert row["health_before"] == "unknown"
    assert {row[key] for key in row if key.endswith("_before")} == {None, "unknown"}
    assert data["reliability_summary"]["incidents"]["reported_before"] is None
    assert data["reliability_summary"]["mttr"]["incidents_before"] is None


def test_time_without_home_assistant_is_unknown_and_no_downtime() -> None:
    (row,) = report(materials.three_days_off())["reliability_summary"]["servers"]
    assert row["unknown_percent"] == pytest.approx(43, abs=0.1)
    assert row["availability_percent"] == 100
    assert row["down_minutes"] == 0


def test_calls_that_could_not_be_read_are_unknown() -> None:
    material = materials.quiet_week()
    server = material.servers[0]
    blind = replace(
        server, calls=CallTotals(), current=replace(server.current, tool_calls=ToolCalls())
    )
    (row,) = report(_with_server(material, blind))["reliability_summary"]["servers"]
    assert (row["calls"], row["error_rate_percent"]) == (None, None)


def test_no_calls_are_none_where_they_are_read() -> None:
    material = materials.quiet_week()
    quiet = replace(material.servers[0], calls=CallTotals())
    (row,) = report(_with_server(material, quiet))["reliability_summary"]["servers"]
    assert (row["calls"], row["error_rate_percent"]) == (0, None)


def test_what_callers_ask_wrongly_is_no_error_of_the_server() -> None:
    material = materials.quiet_week()
    calls = CallTotals(week=totals({"ha_search": (10, 0.1, {"VALIDATION_FAILED": 10})}))
    server = replace(material.servers[0], calls=calls)
    (found,) = report(_with_server(material, server))["error_analysis"]
    assert found["errors"] == 10
    assert found["error_rate_percent"] == 0
    assert found["caller_error_rate_percent"] == 50


def test_the_tools_that_fail_by_the_server_come_first(bad: Data) -> None:
    tools = bad["error_analysis"][0]["tools"]
    assert [each["bad"] for each in tools] == sorted((t["bad"] for t in tools), reverse=True)
    assert tools[0]["tool"] == "ha_call_service"


def test_the_weightiest_observations_come_first_and_are_few(bad: Data) -> None:
    found = bad["key_observations"]
    assert len(found) == 10
    assert found[0]["key"].startswith("outage:")


def test_each_figure_of_an_observation_is_its_evidence(bad: Data) -> None:
    for each in [*bad["key_observations"], *report(materials.first_hour())["key_observations"]]:
        said = set(re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", each["statement"]))
        shown = " ".join(written(value) for value in each["evidence"].values())
        assert said <= set(re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", shown)), each["key"]


def test_a_quiet_week_says_what_was_seen() -> None:
    keys = {each["key"] for each in report(materials.quiet_week())["key_observations"]}
    assert {"no_incident", "availability", "error_rate", "ci_cd_pass_rate"} <= keys


def test_a_gap_that_nobody_can_close_is_no_need() -> None:
    data = report(materials.first_hour())
    reasons = {each["key"] for each in data["monitoring_gaps"]["servers"][0]["gaps"]}
    assert "session_before_listening" in reasons
    assert [each["would_show"] for each in data["capability_needs"]] == [["Size of the usage log"]]


def test_one_need_for_several_signals_is_told_once(bad: Data) -> None:
    needs = [each for each in bad["capability_needs"] if each["server"] == "Workshop"]
    assert ["CPU", "Memory"] in [each["would_show"] for each in needs]
    assert len({each["need"] for each in needs}) == len(needs)


def test_every_gap_that_can_be_closed_says_how() -> None:
    material = materials.quiet_week()
    server = material.servers[0]
    for key in material.words.gaps:
        signal = max((each for each in Signal if key.startswith(f"{each}_")), key=len)
        gap = Gap(signal, key.removeprefix(f"{signal}_"))
        seen = replace(server, current=replace(server.current, gaps=(gap,)))
        for need in report(_with_server(material, seen))["capability_needs"]:
            assert not need["need"].startswith(("it is ", "nothing ")), key


def test_a_server_that_never_answered_has_unknown_gaps() -> None:
    material = materials.quiet_week()
    server = material.servers[0]
    silent = replace(server, current=replace(server.current, gaps=None))
    data = report(_with_server(material, silent))
    assert data["monitoring_gaps"]["servers"] == [{"server": "ha-mcp", "known": False, "gaps": []}]
    assert "- ha-mcp: unknown, it did not answer since watching began" in render(data)


def test_times_are_local_on_both_sides_of_a_change_of_clocks() -> None:
    week = report(materials.autumn_week())["week"]
    assert week["start"] == "2026-10-19T00:00:00+02:00"
    assert week["end"] == "2026-10-26T00:00:00+01:00"
    assert week["hours"] == 169


def test_no_server_at_all_makes_a_report() -> None:
    data = report(replace(materials.quiet_week(), servers=()))
    assert data["reliability_summary"]["incidents"]["reported"] is None
    text = render(data)
    assert "No server is watched." in text
    assert "- Reported Incidents: unknown (nothing is known of the week)" in text


def test_health_is_the_worst_of_the_week(bad: Data) -> None:
    rows = bad["reliability_summary"]["servers"]
    assert [each["health"] for each in rows] == ["down for a time", "healthy"]
    assert {Severity(each["severity"]) for each in bad["incidents"]} == set(Severity)


def test_what_an_ai_wrote_is_kept_in_paragraphs(bad: Data) -> None:
    assert bad["in_prose"] == ["One.", "Two."]


def _starts(timed: tuple[float, ...], restarts: int) -> object:
    days = tuple(
        replace(each, restarts=restarts, startups=timed)
        for each in materials.quiet_week().servers[0].diary.days
    )
    server = replace(materials.quiet_week().servers[0], diary=Diary(days))
    data = report(_with_server(materials.quiet_week(), server))
    rows = {each["key"]: each for each in data["performance"]["servers"][0]["measures"]}
    assert rows["startups"]["name"] == "Starts timed"
    return rows["startups"]["week"]


def test_starts_that_nobody_could_time_are_unknown_and_not_none() -> None:
    assert _starts((), restarts=1) is None
    assert _starts((), restarts=0) == 0
    assert _starts((2.5,), restarts=1) == 7

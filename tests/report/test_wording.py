"""What a report says in a home with one server, or with one outage, or with little to tell."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.objectives import Objective
from custom_components.ha_mcp_sre.assess.signals import Mode
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.report.edition import Known, draft, edition
from custom_components.ha_mcp_sre.report.material import CallTotals, Material
from custom_components.ha_mcp_sre.report.render import render
from custom_components.ha_mcp_sre.report.risks import examine

from . import materials
from .homes import DOWN, found, home, outages
from .parts import Span, at, budgets, incidents, totals, week
from .reports import report
from .servers import day_tallies, known_for
from .upstreams import red


def markdown(material: Material) -> str:
    """Return a report as Markdown."""
    return render(report(material))


def files(material: Material) -> dict[str, str]:
    """Return the new files that go with a report, by their folder or name."""
    documents = edition(draft(material, Known())).documents
    return {
        each.path.parts[-2]: each.updated("") for each in documents if len(each.path.parts) > 1
    } | {each.path.name: each.updated("") for each in documents}


def crash(seconds: float = 11) -> Material:
    """Return a home whose only server was down once, for some seconds."""
    begin = at("2026-11-17T10:00")
    (one,) = incidents(Span(DOWN, begin, begin + seconds), until=begin + 7200)
    return home(incidents=(replace(one, paged_at=begin + 4),))


def one_minute(*, bad: bool = True) -> Material:
    """Return the home of a server that is known for one minute."""
    first = materials.first_hour()
    days = {first.week.last_day: day_tallies(Tally(0, 1) if bad else Tally(1))}
    left = budgets(days, first.week.as_of, first.servers[0].watched_since)
    return replace(first, servers=(replace(first.servers[0], tallies=known_for(1), budgets=left),))


def test_an_outage_of_seconds_has_a_time_to_repair() -> None:
    assert report(crash())["reliability_summary"]["mttr"]["hours"] == 0.00306
    assert "- MTTR (if applicable): 0.00306h" in markdown(crash())


def test_an_outage_is_told_in_its_own_unit() -> None:
    text = markdown(crash())
    assert "; lasted 11 s\n" in text
    assert "detected within 19 s of the last good look" in text


def test_only_who_was_paged_can_have_failed_to_answer() -> None:
    lines = markdown(materials.bad_week()).splitlines()
    silent = [line for line in lines if "not acknowledged; detected" in line]
    assert silent == ["- Paged; not acknowledged; detected within 30 s of the last good look"]


def test_an_outage_before_which_no_look_was_good_says_so() -> None:
    (incident,) = crash().servers[0].incidents
    unseen = home(incidents=(replace(incident, last_good_at=None),))
    assert "; no good look before it is known\n" in markdown(unseen)


def test_one_outage_is_one() -> None:
    (incident,) = crash().servers[0].incidents
    assert (
        f"- ha-mcp was down once, for 11 s ({incident.id}); no change is known shortly before."
    ) in markdown(crash())
    (risk,) = found(crash(), "single_install")
    assert "was down or badly broken once in the last 12 weeks, for 11 s in all." in (
        risk.current_state
    )


def test_an_outage_that_goes_on_says_for_how_long_so_far() -> None:
    now = at("2026-11-18T12:00")
    (open_one,) = incidents(Span(DOWN, now - 3600), until=now)
    so_far = replace(home(as_of=now, incidents=(open_one,)))
    assert (
        f"- ha-mcp went down and has not come back: it had been down for 1 h ({open_one.id}); "
    ) in markdown(so_far)


def test_one_known_minute_tells_nothing_of_a_budget() -> None:
    made = draft(one_minute(), Known())
    assert not [each for each in made.risks if each.key.startswith("error_budget:")]
    assert made.predictions == ()
    assert not [each for each in examine(one_minute()).judged if each.startswith("error_budget:")]
    assert "| too early to tell |" in render(made.data())


def test_a_bad_day_tells_something_of_a_budget() -> None:
    over = week()
    days = {over.last_day: day_tallies(Tally(1400, 40))}
    left = budgets(days, over.until, over.midnight(over.last_day))
    material = home(budgets={Objective.AVAILABILITY: left[Objective.AVAILABILITY]})
    (risk,) = found(material, "error_budget")
    assert risk.title == "Protect the availability budget of ha-mcp"
    assert "of the error budget is left." in risk.current_state
    assert "too early to tell" not in markdown(material)


def test_a_first_week_says_once_that_there_is_none_before() -> None:
    text = markdown(replace(materials.first_hour(), project=None))
    assert text.count("week before: ") == 0
    assert "\nNothing is known of any server in the week before.\n" in text
    assert "of all seven days" not in text


def test_a_server_that_is_new_beside_another_one_is_named() -> None:
    bad = materials.bad_week()
    new = replace(bad.servers[1], tallies_before={})
    text = markdown(replace(bad, servers=(bad.servers[0], new)))
    assert "\nNothing is known of Workshop in the week before.\n" in text


def test_a_week_so_far_says_that_the_one_before_is_whole() -> None:
    text = markdown(home(as_of=at("2026-11-18T12:00")))
    assert "Figures of the week before are of all seven days.\n" in text
    assert "Nothing is known" not in text.partition("## ")[0]


@pytest.mark.parametrize(
    ("since", "before"), [("2026-11-18T18:30", None), ("2026-11-12T00:00", 100)]
)
def test_time_before_watching_began_is_not_called_unknown(since: str, before: float | None) -> None:
    young = replace(materials.first_hour().servers[0], watched_since=at(since), tallies_before={})
    data = report(replace(materials.first_hour(), servers=(young,)))
    (row,) = data["reliability_summary"]["servers"]
    (time,) = data["monitoring_gaps"]["unknown_time"]
    assert row["unknown_percent_before"] == time["unknown_percent_before"] == before


def test_an_only_server_is_not_named_with_its_incidents() -> None:
    written = files(crash())
    assert " P0: ha-mcp is down\n" in written["incident-log.md"]
    assert "\nha-mcp is down: P0. It began at " in written["notes"]
    assert written["notes"].startswith("# 2026-11-17 P0: ha-mcp is down\n")
    assert "Mean time to repair: 11 s, of one P0 or P1;" in written["incident-log.md"]


def test_one_of_two_servers_is_named_with_its_incidents() -> None:
    log = files(materials.bad_week())["incident-log.md"]
    assert "P0: ha-mcp is down, Home\n" in log
    assert "P0: ha-mcp is down, Workshop\n" in log


def test_without_a_repair_there_is_no_mean_time_to_it() -> None:
    now = at("2026-11-18T12:00")
    going_on = home(as_of=now, incidents=incidents(Span(DOWN, now - 3600), until=now))
    log = files(going_on)["incident-log.md"]
    assert "Mean time to repair: not applicable, as no P0 or P1 is over;" in log


def test_calls_of_the_time_before_are_told_of_where_there_are_any() -> None:
    earlier = markdown(home(counted_since=at("2026-11-02T10:00")))
    later = markdown(home(counted_since=at("2026-11-18T18:30")))
    assert "; the 28 days before it have tool calls since Mon 2026-11-02 10:00:00" in earlier
    assert "the 28 days before it have" not in later


def test_how_long_a_young_server_was_watched_is_said() -> None:
    log = files(materials.first_hour())["incident-log.md"]
    assert "ha-mcp has been watched only since 2026-11-18 18:30:00." in log


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        (Mode.HTTP, "by its address"),
        (Mode.APP, "as an app"),
        (Mode.IN_PROCESS, "inside Home Assistant"),
    ],
)
def test_the_gaps_say_how_a_server_is_watched(mode: Mode, told: str) -> None:
    assert f"## ha-mcp, {told}\n" in files(home(mode=mode))["monitoring-gaps.md"]


def test_one_of_one_is_the_only_one() -> None:
    (risk,) = found(home(incidents=outages(("2026-11-17T10:00", 45))), "long_outages")
    assert risk.current_state.startswith(
        "The only outage in the last 28 days lasted longer than 30 minutes: 45 min ("
    )


def test_a_failing_tool_without_a_blamed_code_makes_a_report() -> None:
    server = home().servers[0]
    failing = totals({"ha_search": (5, 0.1, {"INTERNAL_ERROR": 9})})["ha_search"]
    nameless = replace(failing, codes=(("ENTITY_NOT_FOUND", 9),))
    material = home(calls=CallTotals(week={"ha_search": nameless}))
    (risk,) = found(material, "failing_tool")
    assert risk.mitigation.startswith("Look in ha-mcp's log for these failures. ")
    assert server.name in markdown(material)


def test_a_branch_that_fails_since_tomorrow_has_no_duration() -> None:
    over = week()
    before = replace(over, as_of=at("2026-11-19T11:00"))
    risks = found(replace(home(project=red(over)), week=before), "default_branch")
    assert "for -" not in risks[0].current_state

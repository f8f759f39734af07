"""One incident that was an outage and a stop that somebody wanted: the stop is no outage."""

from typing import Any

from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.history import Hint
from custom_components.ha_mcp_sre.assess.objectives import Objective
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.report.beliefs import beliefs
from custom_components.ha_mcp_sre.report.material import Material
from custom_components.ha_mcp_sre.report.render import render

from .homes import DOWN, LINK, STOPPED, found, home
from .parts import DAY, HOUR, Span, at, budgets, incidents
from .reports import file_of, report
from .servers import day_tallies

BEGIN = at("2026-11-17T10:00")
START = BEGIN + 2 * DAY


def stop_then_down(times: int = 1) -> list[Span]:
    """Return what is wrong with a server that was stopped, and goes down when it is started."""
    downs = [Span(DOWN, START + 500 * each, START + 500 * each + 300) for each in range(times)]
    return [Span(STOPPED, BEGIN, START), *downs]


def down_then_stop(begin: float = BEGIN) -> list[Span]:
    """Return what is wrong with a server that goes down, and is stopped for an hour then."""
    return [Span(DOWN, begin, begin + 300), Span(STOPPED, begin + 240, begin + HOUR)]


def after(*spans: Span, **changes: Any) -> Material:
    """Return a home after this."""
    return home(incidents=incidents(*spans, until=home().week.until), **changes)


def blamed(*spans: Span) -> str:
    """Return what is blamed for the loss of the availability budget in a home after this."""
    over = home().week
    days = {over.last_day: day_tallies(Tally(1400, 40))}
    left = budgets(days, over.until, over.midnight(over.last_day))
    known = {Objective.AVAILABILITY: left[Objective.AVAILABILITY]}
    (risk,) = found(after(*spans, budgets=known), "error_budget")
    return risk.mitigation


def test_a_stop_is_not_blamed_for_a_lost_budget() -> None:
    for spans in (stop_then_down(), down_then_stop()):
        assert blamed(*spans).startswith("Most was lost to: ha-mcp is down (5 min). ")


def test_what_took_most_of_all_outages_together_is_blamed() -> None:
    days = [at(f"2026-11-{day}T10:00") for day in (17, 18, 19)]
    first, *others = days
    downs = [Span(DOWN, day, day + 2400) for day in others]
    assert blamed(Span(LINK, first, first + HOUR), *downs).startswith(
        "Most was lost to: ha-mcp is down (1 h 20 min). "
    )


def test_one_outage_after_a_stop_is_one() -> None:
    material = after(*stop_then_down())
    (row,) = report(material)["incidents"]
    assert (row["lasted"], row["outages"]) == ("2 d", 1)
    assert "; lasted 2 d; in turn it was " in dict(beliefs(material, ()))["incidents"]
    assert "in a row" not in file_of(material, "incident-log")
    assert "\nThe outage in it lasted 5 min. The target" in file_of(material, "notes")


def test_outages_after_a_stop_lasted_for_their_own_time() -> None:
    material = after(*stop_then_down(2))
    assert "; lasted 2 d, 10 min of it in 2 outages\n" in render(report(material))
    assert "; lasted 2 d, 10 min of it in 2 outages; " in dict(beliefs(material, ()))["incidents"]


def test_the_log_and_the_note_tell_when_the_outages_after_a_stop_began() -> None:
    material, began = after(*stop_then_down(2)), "which began at 11-19 10:00:00 and 11-19 10:08:20"
    log, note = (file_of(material, name) for name in ("incident-log", "notes"))
    assert f"\n- 2 outages in a row, 10 min together, {began}\n" in log
    assert f" It had 2 outages, 10 min together, {began}." in note
    assert "\nThe outages lasted 10 min together. The target" in note


def test_what_only_turned_is_not_bad_again() -> None:
    assert "bad again" not in file_of(after(*stop_then_down()), "notes")
    assert file_of(after(*stop_then_down(2)), "notes").count(": bad again\n") == 1


def test_what_comes_again_and_again_and_is_no_outage_is_called_none() -> None:
    storm = Finding(RuleKey.RECONNECT_STORM, Severity.P2, {})
    material = after(Span(storm, BEGIN, BEGIN + 300), Span(storm, BEGIN + 900, BEGIN + 1200))
    (row,) = report(material)["incidents"]
    assert (row["lasted"], row["outages"]) == ("10 min", 0)
    assert (
        "\n- Bad 2 times in a row, 10 min together, which began at 11-17 10:00:00 and 11-17 "
        "10:15:00\n"
    ) in file_of(material, "incident-log")


def test_a_server_that_is_stopped_again_and_again_went_down_so_often() -> None:
    spans = [each for day in (17, 18, 19) for each in down_then_stop(at(f"2026-11-{day}T10:00"))]
    (risk,) = found(after(*spans), "recurring")
    assert risk.title == "Improve the reliability of ha-mcp: ha-mcp is down"
    assert risk.evidence == {"times": 3, "seconds": 900, "rule": "server_down"}


def test_a_start_after_a_stop_does_not_end_an_outage() -> None:
    end = BEGIN + HOUR
    started = Diary((), ((end, Hint.RELOAD.value, None),))
    assert found(after(*down_then_stop(), diary=started), "recovery_by_hand") == []


def test_what_a_restart_ends_after_a_stop_lasted_since_it_went_down() -> None:
    reloaded = Diary((), ((START + 300, Hint.RELOAD.value, None),))
    (risk,) = found(after(*stop_then_down(), diary=reloaded), "recovery_by_hand")
    assert risk.evidence["mean_seconds"] == 300

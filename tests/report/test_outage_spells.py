"""What comes and goes is bad in its spells only: the good times in between are no outage."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.finding import Finding, Severity
from custom_components.ha_mcp_sre.assess.history import Hint
from custom_components.ha_mcp_sre.assess.incident import Incident
from custom_components.ha_mcp_sre.assess.signals import Mode
from custom_components.ha_mcp_sre.report.beliefs import beliefs
from custom_components.ha_mcp_sre.report.material import Material
from custom_components.ha_mcp_sre.report.outages import lasted, lasted_as

from .homes import DOWN, LINK, MINUTE, STOPPED, found, home
from .materials import bad_week
from .parts import HOUR, Span, at, incidents
from .reports import file_of, outage_remark, report

type Spell = tuple[float, float]

BEGIN = at("2026-11-18T02:00")
THRICE: tuple[Spell, ...] = ((0, 2), (11, 2), (22, 2))
"""Three outages of two minutes, each nine minutes after the one before."""


def spells(*minutes: Spell, finding: Finding = DOWN, until: float | None = None) -> Incident:
    """Return an incident whose spells began so many minutes later, and lasted so many."""
    spans = (
        Span(finding, BEGIN + MINUTE * begin, BEGIN + MINUTE * (begin + long))
        for begin, long in minutes
    )
    (incident,) = incidents(*spans, until=home().week.until if until is None else until)
    return incident


def flapping(*minutes: Spell, watchdog: bool | None = False, finding: Finding = DOWN) -> Material:
    """Return a home whose one incident had such spells."""
    known = (spells(*minutes, finding=finding),)
    return home(incidents=known, mode=Mode.HTTP, watchdog=watchdog)


def just_back(minute: float = 10) -> Material:
    """Return a home whose server was down for so long, and has answered for a minute again."""
    now = BEGIN + MINUTE * (minute + 1)
    known = spells((0, minute), until=now)
    assert known.clean_since is not None
    return home(as_of=now, incidents=(known,))


def test_a_server_that_went_down_often_was_down_for_its_spells() -> None:
    assert outage_remark(flapping(*THRICE)).startswith(
        "ha-mcp went down 3 times within 24 min, and was down for 6 min in all ("
    )


def test_a_server_that_has_just_come_back_is_not_told_to_be_down() -> None:
    assert outage_remark(just_back()).startswith("ha-mcp was down once, for 10 min (")


def test_what_came_back_before_the_week_ended_had_come_back() -> None:
    monday = at("2026-11-23T00:00")
    spans = (Span(DOWN, monday - 300, monday - 120), Span(DOWN, monday + 300))
    known = incidents(*spans, until=home().week.as_of)
    assert len(known) == 1
    assert outage_remark(home(incidents=known)).startswith("ha-mcp was down once, for 3 min (")


def test_what_came_back_after_the_week_without_its_link_has_come_back() -> None:
    monday, now = at("2026-11-23T00:00"), home().week.as_of
    spans = (Span(DOWN, monday - 300, monday + 300), Span(LINK, monday + 300))
    known = incidents(*spans, until=now)
    assert [each.rule for each in known] == [LINK.rule]
    assert outage_remark(home(incidents=known)).startswith("ha-mcp was down once, for 5 min (")


def test_of_an_incident_that_is_open_only_the_time_of_the_week_is_told() -> None:
    monday, now = at("2026-11-23T00:00"), home().week.as_of
    spans = (Span(DOWN, monday - 300, monday + 300), Span(DOWN, monday + 600))
    known = incidents(*spans, until=now)
    assert len(known) == 1
    (row,) = report(home(incidents=known))["incidents"]
    assert (row["lasted"], row["outages"]) == ("5 min", 1)


def test_a_server_that_is_down_for_the_third_time_says_so() -> None:
    now = BEGIN + 30 * MINUTE
    spans = (
        *(Span(DOWN, BEGIN + minute * MINUTE, BEGIN + (minute + 2) * MINUTE) for minute in (0, 11)),
        Span(DOWN, BEGIN + 22 * MINUTE),
    )
    going_on = home(as_of=now, incidents=incidents(*spans, until=now))
    assert outage_remark(going_on).startswith(
        "ha-mcp went down 3 times and has not come back: it had been down for 12 min in all ("
    )


def test_each_outage_is_one_without_a_watchdog() -> None:
    (risk,) = found(flapping(*THRICE), "no_watchdog")
    assert "it was down 3 times in the last 28 days, for 2 min at the longest" in risk.current_state
    assert risk.evidence == {"outages": 3, "longest_seconds": 120}


def test_what_was_started_again_each_time_misses_no_watchdog() -> None:
    assert found(flapping((0, 5), (10, 5), (20, 5), watchdog=None), "no_watchdog") == []


def test_several_short_outages_are_no_long_one() -> None:
    assert found(flapping((0, 15), (20, 15), (40, 15)), "long_outages") == []


def test_a_long_outage_is_told_without_the_short_ones_around_it() -> None:
    (risk,) = found(flapping((0, 5), (10, 40)), "long_outages")
    assert risk.current_state == (
        "1 of 2 outages in the last 28 days lasted longer than 30 minutes: 40 min (ha-mcp is down)."
    )
    assert risk.risk.endswith("was out of use for 40 min in this outage.")


def test_what_was_stopped_for_long_was_not_out_of_use_for_long() -> None:
    spans = (Span(STOPPED, BEGIN, BEGIN + HOUR), Span(DOWN, BEGIN + HOUR, BEGIN + HOUR + 300))
    known = incidents(*spans, until=home().week.until)
    assert [each.worst for each in known] == [Severity.P0]
    assert found(home(incidents=known), "long_outages") == []


def test_a_long_outage_that_is_over_for_a_minute_does_not_go_on() -> None:
    (risk,) = found(just_back(40), "long_outages")
    assert (risk.severity, risk.evidence["open"]) == (Severity.P2, 0)


@pytest.mark.parametrize("again", [None, 300])
def test_a_long_outage_of_a_week_that_ended_before_now_does_not_go_on(again: float | None) -> None:
    """It came back after the week; or within it, and went down again since."""
    end, now = at("2026-11-23T00:00"), home().week.as_of
    first = Span(DOWN, end - HOUR, now - 60 if again is None else end - 120)
    known = incidents(first, *([] if again is None else [Span(DOWN, end + again)]), until=now)
    assert [each.is_open for each in known] == [True]
    (risk,) = found(home(incidents=known), "long_outages")
    assert (risk.severity, risk.evidence["open"]) == (Severity.P2, 0)


def test_the_only_server_was_away_for_each_of_its_outages() -> None:
    (risk,) = found(flapping(*THRICE), "single_install")
    assert "3 times in the last 12 weeks, for 6 min in all" in risk.current_state


def test_who_is_paged_for_short_outages_has_nothing_to_answer() -> None:
    assert found(flapping((0, 10), (14, 10), (28, 10)), "unanswered_pages") == []


def test_who_restarts_a_server_did_so_after_the_beginning_of_the_last_outage() -> None:
    incident = spells((0, 10), (15, 10))
    assert incident.resolved_at is not None
    restart = (incident.resolved_at, Hint.RELOAD.value, None)
    (risk,) = found(
        home(incidents=(incident,), diary=Diary((), (restart,))),
        "recovery_by_hand",
    )
    assert risk.evidence["mean_seconds"] == 600


def test_what_happens_again_and_again_lasted_for_its_spells() -> None:
    (risk,) = found(flapping(*THRICE), "recurring")
    assert "It happened 3 times in the last 28 days, for 6 min together." in risk.current_state


def test_the_log_tells_the_outages_of_a_row_together() -> None:
    log = file_of(flapping(*THRICE), "incident-log")
    assert (
        "- Over at 2026-11-18 02:24:00, after 24 min\n- 3 outages in a row, 6 min together" in log
    )


def test_the_note_tells_the_outages_of_a_row_together() -> None:
    note = file_of(flapping(*THRICE), "notes")
    assert "after 24 min. It had 3 outages, 6 min together, which began at " in note
    assert "\nThe outages lasted 6 min together. The target" in note


def test_the_report_and_the_beliefs_tell_in_how_many_outages_it_lasted() -> None:
    material = flapping(*THRICE)
    (row,) = report(material)["incidents"]
    assert (row["lasted"], row["duration_minutes"], row["outages"]) == ("6 min", 6, 3)
    assert "; lasted 6 min in 3 outages; " in dict(beliefs(material, ()))["incidents"]


def test_what_is_over_for_a_minute_is_not_believed_to_go_on() -> None:
    told = dict(beliefs(just_back(), ()))["incidents"]
    assert "; is open, and has lasted 10 min; " in told


def test_what_is_stopped_now_is_not_believed_to_be_an_outage_that_goes_on() -> None:
    now = BEGIN + HOUR
    spans = (Span(DOWN, BEGIN, BEGIN + 600), Span(STOPPED, BEGIN + 600))
    known = incidents(*spans, until=now)
    assert [(each.rule, each.worst) for each in known] == [(STOPPED.rule, DOWN.severity)]
    told = dict(beliefs(home(as_of=now, incidents=known), ()))["incidents"]
    assert "; is open, and has lasted 1 h; in turn it was " in told


def of_a_bad_week() -> list[Incident]:
    return [each for server in bad_week().servers for each in server.incidents]


@pytest.mark.parametrize("incident", of_a_bad_week(), ids=lambda each: each.id)
def test_an_incident_lasted_as_long_as_it_was_bad(incident: Incident) -> None:
    week = home().week
    assert lasted(incident, week.until) == incident.time_bad(week.until)


@given(st.sampled_from([*of_a_bad_week(), spells(*THRICE)]), st.floats(0, 30 * 86_400))
def test_the_times_of_all_rules_are_those_of_the_spells(incident: Incident, later: float) -> None:
    until = incident.started_at + later
    assert sum(lasted_as(incident, until).values()) == pytest.approx(lasted(incident, until))


def test_a_link_that_breaks_again_and_again_is_long_for_its_longest_time() -> None:
    (risk,) = found(flapping((0, 35), (40, 32), finding=LINK), "long_outages")
    assert (
        "2 of 2 outages in the last 28 days lasted longer than 30 minutes: the longest 35 min "
        "(ha-mcp cannot reach Home Assistant)."
    ) in risk.current_state
    assert risk.risk.endswith("was out of use for 1 h 7 min in these outages.")

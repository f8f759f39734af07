"""The life of an incident."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import ChangeKind
from custom_components.ha_mcp_sre.assess.incidents import MOST_INCIDENTS, Incidents
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.repair import mean_time_to_repair
from tests.assess.docket import DOWN, LINK, POLICY, SLOW, UPDATE, Docket

OPENED, PAGED, RESOLVED = ChangeKind.OPENED, ChangeKind.PAGED, ChangeKind.RESOLVED


def test_a_finding_opens_an_incident_at_once() -> None:
    docket = Docket()
    docket.look(0)

    assert docket.look(10, DOWN) == [OPENED]

    incident = docket.only
    assert (incident.rule, incident.severity) == (RuleKey.SERVER_DOWN, Severity.P0)
    assert (incident.started_at, incident.detected_at, incident.last_good_at) == (10, 10, 0)
    assert incident.time_to_detect == 10


def test_a_finding_that_goes_on_is_one_incident() -> None:
    docket = Docket()

    docket.looks(0, 50, DOWN)

    assert docket.kinds == [OPENED]
    assert docket.only.last_bad_at == 50


def test_an_outage_that_ends_within_its_grace_is_a_brief_one() -> None:
    docket = Docket()
    docket.looks(0, 50, DOWN)

    docket.looks(60, 180)

    assert docket.kinds == [OPENED, RESOLVED]
    assert docket.only.brief
    assert (docket.only.resolved_at, docket.only.duration(999)) == (60, 60)


def test_it_is_resolved_after_two_clean_minutes_and_dated_at_the_first() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)
    docket.looks(110, 220)
    assert RESOLVED not in docket.kinds

    assert docket.look(230) == [RESOLVED]
    assert docket.only.resolved_at == 110


def test_an_outage_that_comes_back_before_it_is_resolved_is_the_same_one() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)
    docket.looks(30, 100)

    docket.looks(110, 120, DOWN)

    assert docket.kinds == [OPENED]
    assert docket.only.spells == (0, 110)
    assert docket.only.clean_since is None


def test_one_that_returns_within_15_minutes_after_it_was_over_is_reopened() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)
    docket.looks(110, 230)
    assert docket.kinds[-1] is RESOLVED

    assert docket.look(230 + 900, DOWN) == [ChangeKind.REOPENED]
    assert docket.only.started_at == 0
    assert docket.look(230 + 960, DOWN) == [PAGED]


def test_one_that_returns_later_is_another_one() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)
    docket.looks(110, 230)

    assert docket.look(230 + 901, DOWN) == [OPENED]
    assert len(docket.incidents.all) == 2


def test_what_takes_long_to_be_over_is_reopened_like_any_other() -> None:
    docket = Docket(Incidents(Policy()))
    docket.looks(0, 100, SLOW)
    docket.looks(110, 1010)
    assert docket.kinds[-1] is RESOLVED

    assert docket.look(1010 + 900, SLOW) == [ChangeKind.REOPENED]


def test_a_rule_that_cannot_tell_neither_opens_nor_ends_anything() -> None:
    docket = Docket()
    docket.looks(0, 20, LINK)

    docket.looks(30, 600, unknown=frozenset({RuleKey.LINK_BROKEN}))

    assert docket.kinds == [OPENED]
    assert docket.only.clean_since is None


def test_a_quiet_time_opens_and_tells_nothing() -> None:
    docket = Docket()

    docket.looks(0, 110, DOWN, quiet=True)
    assert docket.kinds == []

    assert docket.look(120, DOWN) == [OPENED]
    assert docket.only.started_at == 0


def test_a_finding_that_must_hold_is_no_incident_before() -> None:
    docket = Docket()
    restart = replace(UPDATE, rule=RuleKey.RESTART_NEEDED)

    docket.looks(0, 590, restart)
    assert docket.kinds == []

    assert docket.look(600, restart) == [OPENED]
    assert docket.only.started_at == 0


def test_a_finding_that_stops_holding_begins_anew() -> None:
    docket = Docket()
    restart = replace(UPDATE, rule=RuleKey.RESTART_NEEDED)
    docket.looks(0, 500, restart)
    docket.look(510)

    docket.looks(520, 1110, restart)

    assert docket.kinds == []


def test_the_times_that_matter_next_are_known() -> None:
    docket = Docket()
    assert docket.incidents.due() is None

    docket.look(0, DOWN)
    assert docket.incidents.due() == 60

    docket.look(10)
    assert docket.incidents.due() == 130


def test_the_mean_time_to_repair_is_that_of_what_was_resolved() -> None:
    docket = Docket()
    assert mean_time_to_repair(docket.incidents.all) is None

    docket.looks(0, 90, DOWN)
    docket.looks(100, 230)
    docket.looks(5000, 5290, DOWN)
    docket.looks(5300, 5430)
    docket.look(9000, SLOW)

    assert mean_time_to_repair(docket.incidents.all) == pytest.approx(200)


def test_neither_brief_outages_nor_maintenance_count_for_the_time_to_repair() -> None:
    docket = Docket()
    docket.looks(0, 40, DOWN)
    docket.looks(50, 200)
    docket.looks(5000, 5090, DOWN, maintenance=True)
    docket.looks(5100, 5230, maintenance=True)
    assert [each.is_open for each in docket.incidents.all] == [False, False]
    assert mean_time_to_repair(docket.incidents.all) is None

    docket.looks(20_000, 20_090, DOWN)
    docket.looks(20_100, 20_230)
    assert mean_time_to_repair(docket.incidents.all) == pytest.approx(100)


def test_what_was_resolved_more_than_a_year_ago_is_forgotten() -> None:
    docket = Docket()
    docket.looks(0, 90, DOWN)
    docket.looks(100, 230)

    docket.incidents.forget(100 + 366 * 86_400)
    assert len(docket.incidents.all) == 1
    docket.incidents.forget(101 + 366 * 86_400)
    assert not docket.incidents.all


def test_what_is_open_is_not_forgotten_because_there_are_many() -> None:
    docket = Docket()
    docket.look(0, DOWN)
    others = (
        replace(docket.only, id=f"other {number}", resolved_at=10.0)
        for number in range(MOST_INCIDENTS + 1)
    )
    incidents = Incidents(POLICY, (docket.only, *others))

    incidents.forget(20)

    assert [each.id for each in incidents.open] == [docket.only.id]
    assert len(incidents.all) == MOST_INCIDENTS


def test_an_open_incident_goes_on_after_a_restart_of_home_assistant() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)

    after = Docket(Incidents(POLICY, docket.incidents.all))
    after.look(5000, DOWN)

    assert after.kinds == []
    assert (after.only.id, after.only.started_at) == (docket.only.id, 0)


def test_one_that_ended_while_nobody_watched_ended_when_the_server_came_up() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)

    after = Docket(Incidents(POLICY, docket.incidents.all))
    after.looks(5000, 5120, came_up=3000.0)

    assert after.kinds == [RESOLVED]
    assert after.only.resolved_at == 3000


def test_one_whose_end_nobody_saw_ended_at_the_latest_when_it_was_seen_well() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)

    after = Docket(Incidents(POLICY, docket.incidents.all))
    after.looks(5000, 5120, came_up=-50.0)

    assert after.only.resolved_at == 5000
    assert after.only.last_bad_at == 100


def test_an_outage_began_when_the_look_began_that_found_it() -> None:
    docket = Docket()

    docket.look(15, DOWN, began=5.0)

    assert (docket.only.started_at, docket.only.detected_at) == (5, 15)


def test_a_lesser_incident_that_is_over_was_no_brief_outage() -> None:
    docket = Docket()
    docket.looks(0, 100, SLOW)
    docket.look(110)

    assert docket.kinds == [OPENED, RESOLVED]
    assert not docket.only.brief


def test_what_nobody_can_tell_for_a_day_is_over() -> None:
    docket = Docket()
    docket.look(0, UPDATE)

    docket.look(86_400, unknown=frozenset({RuleKey.UPDATE_WAITING}))
    assert docket.kinds == [OPENED]
    docket.look(86_401, unknown=frozenset({RuleKey.UPDATE_WAITING}))
    assert docket.kinds == [OPENED, RESOLVED]


def test_what_nobody_could_tell_until_it_came_up_again_ended_then() -> None:
    docket = Docket()
    untold = frozenset({RuleKey.SERVER_DOWN})
    docket.look(0, DOWN)

    docket.look(90_000, unknown=untold, came_up=50_000.0)
    docket.look(90_200, unknown=untold, came_up=50_000.0)

    assert docket.only.resolved_at == 50_000


def test_a_clock_that_is_set_back_keeps_no_incident_open() -> None:
    docket = Docket()
    docket.looks(7200, 7220, DOWN)
    docket.look(7230)

    docket.look(0, resumed=True)
    docket.looks(10, 120)

    assert docket.kinds[-1] is RESOLVED

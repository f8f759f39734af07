"""The life of an incident."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import ChangeKind, mean_time_to_repair
from custom_components.ha_mcp_sre.assess.incidents import Incidents
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


def test_nobody_is_told_before_the_grace_is_over() -> None:
    docket = Docket()
    docket.looks(0, 50, DOWN)

    assert docket.look(60, DOWN) == [PAGED]
    assert docket.only.told
    docket.looks(70, 3600, DOWN)
    assert docket.kinds == [OPENED, PAGED]


def test_a_p1_has_a_grace_of_its_own() -> None:
    docket = Docket()
    docket.looks(0, 110, LINK)

    assert docket.kinds == [OPENED]
    assert docket.look(120, LINK) == [PAGED]


def test_a_p2_is_never_paged() -> None:
    docket = Docket()

    docket.looks(0, 7200, SLOW)

    assert docket.kinds == [OPENED]


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


def test_the_end_is_told_to_those_who_were_told_of_it() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)
    docket.looks(110, 300)

    assert docket.changes[-1].told
    assert not docket.only.told


def test_an_outage_that_comes_back_before_it_is_resolved_is_the_same_one() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)
    docket.looks(30, 100)

    docket.looks(110, 120, DOWN)

    assert docket.kinds == [OPENED]
    assert docket.only.spells == (0, 110)
    assert docket.only.clean_since is None


def test_an_outage_that_comes_back_has_its_grace_anew() -> None:
    docket = Docket()
    docket.looks(0, 40, DOWN)
    docket.looks(50, 60)

    docket.looks(70, 120, DOWN)
    assert docket.kinds == [OPENED]
    assert docket.look(130, DOWN) == [PAGED]


def test_one_that_returns_within_15_minutes_of_its_end_is_reopened() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)
    docket.looks(110, 240)

    assert docket.look(110 + 900, DOWN) == [ChangeKind.REOPENED]
    assert docket.only.started_at == 0
    assert docket.look(110 + 960, DOWN) == [PAGED]


def test_one_that_returns_later_is_another_one() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)
    docket.looks(110, 240)

    assert docket.look(110 + 901, DOWN) == [OPENED]
    assert len(docket.incidents.all) == 2


def test_the_third_brief_outage_in_an_hour_is_told_at_once() -> None:
    docket = Docket()
    for beginning in (0, 1200):
        docket.looks(beginning, beginning + 20, DOWN)
        docket.looks(beginning + 30, beginning + 160)
    assert PAGED not in docket.kinds

    assert docket.look(2400, DOWN) == [OPENED, PAGED]


def test_brief_outages_in_different_hours_are_not_told() -> None:
    docket = Docket()
    for beginning in (0, 3000, 6000, 9000):
        docket.looks(beginning, beginning + 20, DOWN)
        docket.looks(beginning + 30, beginning + 160)

    assert PAGED not in docket.kinds


def test_a_rule_that_cannot_tell_neither_opens_nor_ends_anything() -> None:
    docket = Docket()
    docket.looks(0, 20, LINK)

    docket.looks(30, 600, unknown=frozenset({RuleKey.LINK_BROKEN}))

    assert docket.kinds == [OPENED]
    assert docket.only.clean_since is None


def test_an_outage_is_told_only_when_it_can_be_seen() -> None:
    docket = Docket()
    docket.looks(0, 20, LINK)
    docket.looks(30, 150, unknown=frozenset({RuleKey.LINK_BROKEN}))
    assert docket.kinds == [OPENED]

    assert docket.look(160, LINK) == [PAGED]


def test_a_quiet_time_opens_and_tells_nothing() -> None:
    docket = Docket()

    docket.looks(0, 110, DOWN, quiet=True)
    assert docket.kinds == []

    assert docket.look(120, DOWN) == [OPENED]
    assert docket.only.started_at == 0


def test_the_grace_comes_after_the_quiet_time() -> None:
    docket = Docket()
    docket.looks(0, 110, DOWN, quiet=True)

    docket.looks(120, 170, DOWN)
    assert docket.kinds == [OPENED]
    assert docket.look(180, DOWN) == [PAGED]


def test_outages_that_reloads_explain_are_not_too_many() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)
    for reloaded in (30, 60, 90):
        docket.look(reloaded)
        docket.look(reloaded + 10, DOWN, quiet=True)

    assert docket.only.spells == (0,)


def test_in_maintenance_nobody_is_told_until_it_is_over() -> None:
    docket = Docket()

    docket.looks(0, 600, DOWN, maintenance=True)
    assert docket.kinds == [OPENED]
    assert docket.only.in_maintenance

    assert docket.look(610, DOWN) == [PAGED]


def test_who_takes_care_of_it_before_the_page_is_not_paged() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)

    change = docket.incidents.acknowledge(docket.only.id, 25)
    docket.looks(30, 300, DOWN)

    assert change is not None
    assert change.kind is ChangeKind.ACKNOWLEDGED
    assert docket.only.acknowledged_at == 25
    assert PAGED not in docket.kinds


def test_an_incident_is_acknowledged_once() -> None:
    docket = Docket()
    docket.look(0, DOWN)
    docket.incidents.acknowledge(docket.only.id, 5)

    assert docket.incidents.acknowledge(docket.only.id, 6) is None
    assert docket.incidents.acknowledge("no such", 6) is None


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


def test_who_took_care_first_is_known_when_it_came_back() -> None:
    docket = Docket()
    docket.looks(0, 90, DOWN)
    docket.incidents.acknowledge(docket.only.id, 90)
    docket.looks(100, 230)
    docket.looks(300, 400, DOWN)
    assert docket.only.acknowledged_at is None
    assert docket.only.first_acknowledged_at == 90
    assert docket.only.first(ChangeKind.DE_ESCALATED) is None


def test_what_was_resolved_more_than_a_year_ago_is_forgotten() -> None:
    docket = Docket()
    docket.looks(0, 90, DOWN)
    docket.looks(100, 230)

    docket.incidents.forget(100 + 366 * 86_400)
    assert len(docket.incidents.all) == 1
    docket.incidents.forget(101 + 366 * 86_400)
    assert not docket.incidents.all


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


def test_a_gap_in_looking_gives_an_outage_its_grace_anew() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)

    docket.look(7200, DOWN, resumed=True)
    docket.looks(7210, 7250, DOWN)
    assert docket.kinds == [OPENED]

    assert docket.look(7260, DOWN) == [PAGED]
    assert docket.only.started_at == 0


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


def test_one_that_is_reopened_is_news_to_who_took_care_of_it() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)
    docket.incidents.acknowledge(docket.only.id, 25)
    docket.looks(30, 150)

    docket.looks(600, 660, DOWN)

    assert docket.kinds[-2:] == [ChangeKind.REOPENED, PAGED]


def test_who_was_told_lately_is_not_told_of_each_brief_outage() -> None:
    docket = Docket()
    for beginning in range(0, 7200, 600):
        docket.looks(beginning, beginning + 20, DOWN)
        docket.looks(beginning + 30, beginning + 160)

    assert docket.kinds.count(PAGED) == 2


def test_what_nobody_can_tell_for_a_day_is_over() -> None:
    docket = Docket()
    docket.look(0, UPDATE)

    docket.look(86_400, unknown=frozenset({RuleKey.UPDATE_WAITING}))
    assert docket.kinds == [OPENED]
    docket.look(86_401, unknown=frozenset({RuleKey.UPDATE_WAITING}))
    assert docket.kinds == [OPENED, RESOLVED]


def test_a_clock_that_is_set_back_keeps_no_incident_open() -> None:
    docket = Docket()
    docket.looks(7200, 7220, DOWN)
    docket.look(7230)

    docket.look(0, resumed=True)
    docket.looks(10, 120)

    assert docket.kinds[-1] is RESOLVED

"""When people are told of an incident, and who takes care of it."""

from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.incident import ChangeKind
from tests.assess.docket import DOWN, LINK, SLOW, Docket

OPENED, PAGED, RESOLVED = ChangeKind.OPENED, ChangeKind.PAGED, ChangeKind.RESOLVED


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


def test_the_end_is_told_to_those_who_were_told_of_it() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)
    docket.looks(110, 300)

    assert docket.changes[-1].told
    assert not docket.only.told


def test_an_outage_that_comes_back_has_its_grace_anew() -> None:
    docket = Docket()
    docket.looks(0, 40, DOWN)
    docket.looks(50, 60)

    docket.looks(70, 120, DOWN)
    assert docket.kinds == [OPENED]
    assert docket.look(130, DOWN) == [PAGED]


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


def test_an_outage_is_told_only_when_it_can_be_seen() -> None:
    docket = Docket()
    docket.looks(0, 20, LINK)
    docket.looks(30, 150, unknown=frozenset({RuleKey.LINK_BROKEN}))
    assert docket.kinds == [OPENED]

    assert docket.look(160, LINK) == [PAGED]


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


def test_who_took_care_first_is_known_when_it_came_back() -> None:
    docket = Docket()
    docket.looks(0, 90, DOWN)
    docket.incidents.acknowledge(docket.only.id, 90)
    docket.looks(100, 230)
    docket.looks(300, 400, DOWN)
    assert docket.only.acknowledged_at is None
    assert docket.only.first_acknowledged_at == 90
    assert docket.only.first(ChangeKind.DE_ESCALATED) is None


def test_a_gap_in_looking_gives_an_outage_its_grace_anew() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)

    docket.look(7200, DOWN, resumed=True)
    docket.looks(7210, 7250, DOWN)
    assert docket.kinds == [OPENED]

    assert docket.look(7260, DOWN) == [PAGED]
    assert docket.only.started_at == 0


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


def test_what_gets_worse_after_it_was_acknowledged_has_a_grace_of_its_own() -> None:
    docket = Docket()
    docket.looks(0, 100, LINK)
    docket.incidents.acknowledge(docket.only.id, 105)

    docket.looks(110, 160, DOWN)
    assert PAGED not in docket.kinds

    assert docket.look(170, DOWN) == [PAGED]


def test_what_got_worse_can_be_acknowledged_anew() -> None:
    docket = Docket()
    docket.look(0, LINK)
    docket.incidents.acknowledge(docket.only.id, 5)
    docket.look(10, DOWN)

    assert docket.incidents.acknowledge(docket.only.id, 15) is not None

"""What comes and goes is one incident of several spells: how long it was bad, and since when."""

from dataclasses import replace

from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.incident import ChangeKind, Incident, Spell
from custom_components.ha_mcp_sre.assess.repair import mean_time_to_repair
from tests.assess.docket import DOWN, LINK, SLOW, STOPPED, Docket

LINK_UNKNOWN = frozenset({RuleKey.LINK_BROKEN, RuleKey.TOKEN_REJECTED})


def thrice() -> Docket:
    """Return three outages of 20 seconds, ten minutes apart, of which the third was told."""
    docket = Docket()
    for beginning in (0, 600, 1200):
        docket.looks(beginning, beginning + 10, DOWN)
        docket.looks(beginning + 20, beginning + 150)
    return docket


def test_the_good_times_in_between_are_no_part_of_the_outage() -> None:
    incident = thrice().only

    assert incident.spells == (0, 600, 1200)
    assert incident.time_bad(9999) == 60
    assert incident.duration(9999) == 1220
    assert mean_time_to_repair([incident]) == 60


def test_what_shows_clean_is_bad_no_longer() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)
    docket.looks(30, 100)

    assert docket.only.time_bad(100) == 30


def test_what_goes_on_is_bad_until_now() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)

    assert docket.only.time_bad(25) == 25


def test_a_clock_that_was_set_back_makes_no_outage_shorter_than_nothing() -> None:
    docket = Docket()
    docket.looks(7200, 7290, DOWN)
    docket.look(0, resumed=True)
    docket.looks(10, 130)

    assert docket.kinds[-1] is ChangeKind.RESOLVED
    assert docket.only.counts
    assert mean_time_to_repair(docket.incidents.all) == 0


def test_what_comes_back_is_bad_since_then() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)
    docket.looks(30, 150)
    docket.looks(600, 610, DOWN)

    assert (docket.only.started_at, docket.only.turned_at) == (0, 600)


def test_what_got_worse_is_as_bad_since_then() -> None:
    docket = Docket()
    docket.looks(0, 600, LINK)
    docket.look(610, DOWN, unknown=LINK_UNKNOWN)

    assert (docket.only.started_at, docket.only.turned_at) == (0, 610)


def test_an_outage_that_a_reload_explained_first_has_lasted_since_its_beginning() -> None:
    docket = Docket()
    docket.looks(0, 110, DOWN, quiet=True)
    docket.look(120, DOWN)

    assert docket.only.turned_at == 0


def test_a_gap_in_looking_does_not_change_since_when_it_is_bad() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)
    docket.look(7200, DOWN, resumed=True)

    assert (docket.only.turned_at, docket.only.grace_from) == (0, 7200)


def test_an_outage_after_a_maintenance_counts_though_it_began_with_one_in_it() -> None:
    docket = Docket()
    docket.looks(0, 10, DOWN, maintenance=True)
    docket.looks(20, 150, maintenance=True)

    docket.looks(600, 9600, DOWN)
    docket.looks(9610, 9730)

    assert docket.kinds[2:] == [ChangeKind.REOPENED, ChangeKind.PAGED, ChangeKind.RESOLVED]
    assert docket.only.counts
    assert mean_time_to_repair(docket.incidents.all) == 20 + 9010


def test_what_comes_back_in_the_maintenance_in_which_it_began_does_not_count() -> None:
    docket = Docket()
    docket.looks(0, 10, DOWN, maintenance=True)
    docket.looks(20, 150, maintenance=True)
    docket.looks(200, 300, DOWN, maintenance=True)

    assert docket.only.in_maintenance


def test_outages_in_a_maintenance_are_not_too_many() -> None:
    docket = Docket()
    for beginning in (0, 600):
        docket.looks(beginning, beginning + 10, DOWN, maintenance=True)
        docket.looks(beginning + 20, beginning + 150, maintenance=True)

    docket.look(1200, DOWN)

    assert docket.kinds[-1] is ChangeKind.REOPENED


def test_outages_of_another_kind_in_the_same_incident_are_not_too_many() -> None:
    docket = Docket()
    docket.looks(0, 30, LINK)
    docket.looks(40, 300)
    docket.looks(310, 340, LINK)
    docket.looks(350, 450)

    docket.looks(460, 480, DOWN, unknown=LINK_UNKNOWN)

    assert docket.kinds[-1] is ChangeKind.ESCALATED
    assert [spell.key for spell in docket.only.bad_times] == [LINK.key, LINK.key, DOWN.key]


def test_a_spell_is_of_the_worst_that_it_became() -> None:
    docket = Docket()
    docket.looks(0, 20, LINK)
    docket.looks(30, 50, DOWN, unknown=LINK_UNKNOWN)
    docket.looks(60, 190, LINK)

    assert docket.only.rule is RuleKey.LINK_BROKEN
    assert docket.only.bad_times == (Spell(DOWN.key, 0),)


def test_what_was_no_outage_before_is_one_since_it_turned_into_one() -> None:
    docket = Docket()
    docket.looks(0, 130, STOPPED)
    docket.look(140, DOWN)

    assert docket.only.bad_times == (Spell(STOPPED.key, 0, ended=140), Spell(DOWN.key, 140))


def test_the_last_hundred_spells_are_remembered() -> None:
    docket = Docket()
    for beginning in range(0, 120 * 300, 300):
        docket.look(beginning, SLOW)
        docket.look(beginning + 10)

    incident: Incident = replace(docket.only, timeline=())
    assert len(incident.spells) == 100
    assert incident.spells[-1] == 119 * 300

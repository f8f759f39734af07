"""What turns into something that is no outage, or from it, is an outage only for its time as one."""

import pytest

from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import ChangeKind, Spell
from custom_components.ha_mcp_sre.assess.repair import mean_time_to_repair, time_out
from tests.assess.docket import DOWN, LINK, SLOW, STOPPED, TOKEN, Docket

LINK_UNKNOWN = frozenset({RuleKey.LINK_BROKEN, RuleKey.TOKEN_REJECTED})


def stopped_then_down() -> Docket:
    """Return what was stopped for an hour, and down for five minutes when it was started."""
    docket = Docket()
    docket.looks(0, 3590, STOPPED)
    docket.looks(3600, 3890, DOWN)
    docket.looks(3900, 4020)
    return docket


def down_then_stopped(**more: bool) -> Docket:
    """Return what was down for five minutes, and then stopped for an hour."""
    docket = Docket()
    docket.looks(0, 290, DOWN, **more)
    docket.looks(300, 3890, STOPPED)
    docket.look(3900)
    return docket


def test_to_be_stopped_after_an_outage_is_a_spell_of_its_own() -> None:
    incident = down_then_stopped().only

    assert incident.rule is RuleKey.SERVER_STOPPED
    assert incident.bad_times == (Spell(DOWN.key, 0, ended=300), Spell(STOPPED.key, 300))


def test_an_outage_that_turns_out_to_be_a_stop_ends_with_that() -> None:
    docket = Docket()
    docket.looks(0, 20, LINK)
    docket.looks(30, 160, STOPPED, unknown=LINK_UNKNOWN)

    assert docket.only.bad_times == (Spell(LINK.key, 0, ended=150), Spell(STOPPED.key, 150))


def test_what_was_well_before_it_was_stopped_has_no_spell_in_between() -> None:
    docket = Docket()
    docket.looks(0, 20, LINK)
    docket.looks(30, 50)
    docket.looks(60, 180, STOPPED, unknown=LINK_UNKNOWN)

    assert docket.only.bad_times == (Spell(LINK.key, 0, ended=30), Spell(STOPPED.key, 180))


@pytest.mark.parametrize("docket", [stopped_then_down(), down_then_stopped()])
def test_the_time_for_which_it_was_stopped_is_no_outage(docket: Docket) -> None:
    assert docket.only.worst is Severity.P0
    assert time_out(docket.only, 9999) == 300
    assert mean_time_to_repair(docket.incidents.all) == 300


def test_what_never_was_an_outage_was_bad_for_all_its_spells() -> None:
    docket = Docket()
    docket.looks(0, 90, SLOW)
    docket.look(100)

    assert time_out(docket.only, 9999) == 100


def test_an_outage_in_a_maintenance_does_not_count_though_it_is_stopped_after_that() -> None:
    assert down_then_stopped(maintenance=True).only.in_maintenance


@pytest.mark.parametrize("rest", [LINK, TOKEN, STOPPED])
def test_a_lesser_incident_began_with_the_first_look_at_which_the_greater_was_over(
    rest: Finding,
) -> None:
    docket = Docket()
    docket.looks(0, 80, DOWN)
    docket.looks(90, 210, rest)

    turn = next(each for each in docket.only.timeline if each.kind is ChangeKind.DE_ESCALATED)
    assert (turn.at, turn.rule) == (90, rest.rule)
    (news,) = [each for each in docket.changes if each.kind is ChangeKind.DE_ESCALATED]
    assert news.at == 210
    assert docket.only.turned_at == 210

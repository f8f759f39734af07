"""One outage is one incident: what explains what, escalation and its reverse."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import ChangeKind
from tests.assess.docket import (
    BROKEN,
    BURNING,
    DOWN,
    FAILING,
    LINK,
    RESTARTS,
    SLOW,
    STOPPED,
    TOKEN,
    UPDATE,
    Docket,
)

LINK_UNKNOWN = frozenset({RuleKey.LINK_BROKEN, RuleKey.TOKEN_REJECTED})


def test_an_outage_absorbs_what_it_explains() -> None:
    docket = Docket()

    docket.look(0, DOWN, LINK, BURNING)

    assert docket.kinds == [ChangeKind.OPENED]
    assert docket.only.rule is RuleKey.SERVER_DOWN
    assert docket.only.absorbed == {LINK.key, BURNING.key}


def test_what_it_does_not_explain_is_an_incident_of_its_own() -> None:
    docket = Docket()

    docket.look(0, DOWN, UPDATE)

    assert [each.rule for each in docket.incidents.open] == [
        RuleKey.SERVER_DOWN,
        RuleKey.UPDATE_WAITING,
    ]


def test_a_broken_link_becomes_an_outage_under_the_same_name() -> None:
    docket = Docket()
    docket.looks(0, 50, LINK)
    known = docket.only.id

    assert docket.look(60, DOWN, unknown=LINK_UNKNOWN) == [ChangeKind.ESCALATED]

    assert docket.only.id == known
    assert (docket.only.severity, docket.only.started_at) == (Severity.P0, 0)


def test_the_grace_of_an_escalation_begins_with_it() -> None:
    docket = Docket()
    docket.looks(0, 50, LINK)
    docket.looks(60, 110, DOWN, unknown=LINK_UNKNOWN)

    assert docket.look(120, DOWN, unknown=LINK_UNKNOWN) == [ChangeKind.PAGED]


def test_a_server_that_is_back_without_its_link_is_a_lesser_incident() -> None:
    docket = Docket()
    docket.looks(0, 50, DOWN)
    docket.looks(60, 90)

    docket.looks(100, 170, LINK)
    # All in all it has lasted for longer than any grace.
    assert docket.look(180, LINK) == [ChangeKind.DE_ESCALATED, ChangeKind.PAGED]

    assert (docket.only.rule, docket.only.severity) == (RuleKey.LINK_BROKEN, Severity.P1)
    assert docket.only.worst is Severity.P0
    assert len(docket.incidents.all) == 1


def test_it_ends_when_the_lesser_ends() -> None:
    docket = Docket()
    docket.look(0, LINK)
    docket.looks(10, 60, DOWN, unknown=LINK_UNKNOWN)
    docket.looks(70, 190, LINK)
    docket.looks(200, 320)

    assert docket.kinds == [
        ChangeKind.OPENED,
        ChangeKind.ESCALATED,
        ChangeKind.DE_ESCALATED,
        ChangeKind.PAGED,
        ChangeKind.RESOLVED,
    ]
    assert docket.only.resolved_at == 200


def test_a_budget_that_still_burns_after_the_outage_does_not_keep_it_open() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN, BURNING)

    docket.looks(110, 230, BURNING)

    assert docket.kinds[-1] is ChangeKind.RESOLVED
    assert docket.only.resolved_at == 110


def test_the_aftermath_of_an_outage_is_no_incident() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)
    docket.looks(110, 230)

    docket.looks(240, 1800, BURNING)

    assert len(docket.incidents.all) == 1


def test_a_budget_that_goes_on_burning_long_after_is_one() -> None:
    docket = Docket()
    docket.looks(0, 100, DOWN)
    docket.looks(110, 230)

    docket.looks(240, 3600, BURNING)

    assert docket.incidents.open[0].rule is RuleKey.BUDGET_BURNING


def test_a_rejected_token_explains_the_broken_link() -> None:
    docket = Docket()

    docket.look(0, TOKEN, LINK)

    assert docket.only.rule is RuleKey.TOKEN_REJECTED


def test_an_incident_that_went_on_for_long_is_not_taken_for_the_outage() -> None:
    docket = Docket()
    docket.looks(0, 600, SLOW)

    docket.look(610, DOWN, SLOW)

    assert len(docket.incidents.open) == 2


def test_a_stopped_app_that_turns_out_to_have_crashed_is_the_same_incident() -> None:
    docket = Docket()
    docket.looks(0, 130, STOPPED)

    docket.look(140, DOWN)

    assert docket.kinds == [ChangeKind.OPENED, ChangeKind.ESCALATED]


def test_what_got_worse_is_told_again_when_that_has_lasted_too() -> None:
    docket = Docket()
    docket.looks(0, 130, LINK)
    docket.looks(140, 190, DOWN, unknown=LINK_UNKNOWN)
    assert docket.kinds[-1] is ChangeKind.ESCALATED

    assert docket.look(200, DOWN, unknown=LINK_UNKNOWN) == [ChangeKind.PAGED]
    assert docket.only.paged_again


def test_a_restart_that_mends_what_was_told_is_not_told() -> None:
    docket = Docket()
    docket.looks(0, 130, LINK)
    docket.looks(140, 160, DOWN, unknown=LINK_UNKNOWN)

    docket.looks(170, 290)

    assert docket.kinds[2:] == [ChangeKind.ESCALATED, ChangeKind.RESOLVED]
    assert not docket.only.paged_again


def test_what_a_finding_explains_that_must_still_hold_is_no_incident() -> None:
    docket = Docket()

    docket.looks(0, 130, STOPPED, BURNING)

    assert [each.rule for each in docket.incidents.all] == [RuleKey.SERVER_STOPPED]


def test_who_took_care_of_the_lesser_is_told_of_the_greater() -> None:
    docket = Docket()
    docket.looks(0, 130, LINK)
    docket.incidents.acknowledge(docket.only.id, 135)

    docket.looks(140, 200, DOWN, unknown=LINK_UNKNOWN)

    assert docket.kinds[-1] is ChangeKind.PAGED


def test_what_gets_worse_once_more_is_told_once_more() -> None:
    docket = Docket()
    docket.looks(0, 60, DOWN)
    docket.looks(70, 200, TOKEN)
    assert docket.kinds[-1] is ChangeKind.DE_ESCALATED

    docket.looks(3600, 3660, DOWN, unknown=LINK_UNKNOWN)

    assert docket.kinds[-2:] == [ChangeKind.ESCALATED, ChangeKind.PAGED]


def test_a_crash_loop_does_not_go_to_and_fro() -> None:
    docket = Docket()
    for beginning in range(0, 1200, 40):
        docket.look(beginning, DOWN)
        docket.look(beginning + 10, RESTARTS)

    assert docket.kinds.count(ChangeKind.DE_ESCALATED) == 0
    assert len(docket.incidents.all) == 1


def test_tools_that_fail_first_are_the_beginning_of_the_outage() -> None:
    docket = Docket()
    docket.looks(0, 130, BROKEN)

    docket.looks(140, 260, LINK, BROKEN)

    assert docket.kinds.count(ChangeKind.PAGED) == 1
    assert docket.only.rule is RuleKey.LINK_BROKEN


def test_to_be_stopped_is_less_than_to_be_broken() -> None:
    docket = Docket()
    docket.looks(0, 20, LINK)

    docket.looks(30, 150, STOPPED, unknown=LINK_UNKNOWN)

    assert docket.kinds == [ChangeKind.OPENED, ChangeKind.DE_ESCALATED]


def test_of_one_finding_there_is_one_incident() -> None:
    docket = Docket()
    docket.look(0, DOWN, TOKEN, RESTARTS)
    docket.look(60, TOKEN, RESTARTS)
    docket.looks(120, 600, TOKEN, LINK)

    keys = [each.key for each in docket.incidents.open]
    assert len(keys) == len(set(keys))


def test_a_tool_that_is_broken_does_not_wait_until_many_are() -> None:
    docket = Docket()

    docket.look(0, FAILING, BROKEN)
    assert [each.rule for each in docket.incidents.open] == [RuleKey.TOOL_BROKEN]

    docket.looks(10, 360, FAILING, BROKEN)
    assert docket.only.rule is RuleKey.TOOLS_FAILING


def test_the_other_signs_of_a_general_failure_end_with_its_beginning() -> None:
    others = [replace(BROKEN, subject=f"ha_tool_{number}") for number in range(2)]
    docket = Docket()
    docket.looks(0, 360, FAILING, BROKEN, *others)

    (general,) = docket.incidents.open
    signs = [each for each in docket.incidents.all if not each.is_open]
    assert general.rule is RuleKey.TOOLS_FAILING
    assert {each.part_of for each in signs} == {general.id}
    assert {each.key for each in others} < general.absorbed
    ends = [each for each in docket.changes if each.kind is ChangeKind.RESOLVED]
    assert [each.told for each in ends] == [False, False]


def test_the_sign_of_another_is_no_outage_of_its_own() -> None:
    other = replace(BROKEN, subject="ha_other")
    docket = Docket()
    docket.looks(0, 360, FAILING, BROKEN, other)

    (sign,) = [each for each in docket.incidents.all if not each.is_open]
    assert sign.is_outage
    assert not sign.counts
    assert not replace(sign, paged_at=None).brief


def test_a_lesser_sign_that_came_just_before_ends_without_a_word() -> None:
    docket = Docket()
    docket.looks(0, 170, BURNING)
    docket.looks(180, 540, FAILING, BURNING)

    (general,) = docket.incidents.open
    assert general.rule is RuleKey.TOOLS_FAILING
    assert BURNING.key in general.absorbed


@pytest.mark.parametrize("before", [570, 590])
def test_a_sign_that_one_reading_showed_before_is_part_of_the_whole(before: int) -> None:
    docket = Docket()
    docket.looks(0, before - 10, BURNING)
    docket.looks(before, before + 360, FAILING, BURNING)

    (general,) = docket.incidents.open
    assert general.rule is RuleKey.TOOLS_FAILING
    assert BURNING.key in general.absorbed


@pytest.mark.parametrize("told", [SLOW, BURNING])
def test_a_short_restart_does_not_end_what_was_told_just_before(told: Finding) -> None:
    docket = Docket()
    docket.looks(0, 130, told)
    docket.looks(140, 150, DOWN, told, unknown=LINK_UNKNOWN)
    docket.looks(160, 290, told)

    assert [each.key for each in docket.incidents.open] == [told.key]
    assert docket.incidents.open[0].started_at == 0


def test_a_short_restart_does_not_end_the_other_tools_that_are_broken() -> None:
    other = replace(BROKEN, subject="ha_other")
    docket = Docket()
    docket.looks(0, 60, BROKEN)
    docket.looks(70, 200, BROKEN, other)
    docket.looks(210, 220, DOWN, BROKEN, other, unknown=LINK_UNKNOWN)

    assert [each.key for each in docket.incidents.open] == [DOWN.key, other.key]


def test_a_sign_that_comes_back_by_itself_is_an_incident_again() -> None:
    other = replace(BROKEN, subject="ha_other")
    docket = Docket()
    docket.looks(0, 360, FAILING, BROKEN, other)
    docket.looks(370, 500)

    docket.look(510, replace(other, calls_since=490))

    (again,) = docket.incidents.open
    assert (again.key, again.part_of) == (other.key, None)


def test_what_failed_after_an_outage_was_not_left_behind_by_it() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)
    docket.looks(30, 150)

    docket.look(300, replace(BROKEN, calls_since=30))

    assert docket.incidents.open[0].key == BROKEN.key


def test_what_failed_before_the_end_of_an_outage_may_be_left_behind_by_it() -> None:
    docket = Docket()
    docket.looks(0, 20, DOWN)
    docket.looks(30, 150)

    docket.look(300, replace(BROKEN, calls_since=29))

    assert docket.incidents.open == ()

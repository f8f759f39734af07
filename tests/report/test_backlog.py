"""The backlog: items keep their identity and age, and are done when their evidence is gone."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date, timedelta
import json

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.finding import Severity
from custom_components.ha_mcp_sre.report.backlog import (
    DONE_SHOWN,
    ITEMS_KEPT,
    UNSEEN_KEPT,
    WEEKS_KEPT,
    BacklogMemory,
    backlog,
)
from custom_components.ha_mcp_sre.report.risk import BacklogItem, Risk
from custom_components.ha_mcp_sre.report.risks import examine

from .materials import bad_week

FIRST = date(2026, 11, 16)
KEYS = ("long_outages:a", "failing_tool:a:ha_search", "failing_tool:b:ha_search", "outdated:b")
SCOPES = frozenset({"long_outages:a", "failing_tool:a", "failing_tool:b", "outdated:b"})
NOTHING = BacklogMemory()

reports = st.tuples(st.frozensets(st.sampled_from(KEYS)), st.frozensets(st.sampled_from(KEYS)))
"""What held in a week, and what nobody could tell of the rest."""


def week(number: int) -> str:
    return (FIRST + timedelta(weeks=number)).isoformat()


def risk(key: str, severity: Severity = Severity.P2, title: str = "title") -> Risk:
    return Risk(key, severity, "server", title, "state", "risk", "mitigation", {"n": 1})


def scope(key: str) -> str:
    return ":".join(key.split(":")[:2])


def report(
    memory: BacklogMemory,
    number: int,
    keys: Iterable[str],
    unknown: Iterable[str] = (),
) -> tuple[tuple[BacklogItem, ...], BacklogMemory]:
    """Report a week in which these keys held, and nobody could tell of those unknown."""
    keys = frozenset(keys)
    blind = {scope(key) for key in unknown} - {scope(key) for key in keys}
    return backlog(map(risk, sorted(keys)), memory, week(number), SCOPES - blind)


def after(*weeks: Iterable[str]) -> BacklogMemory:
    """Return what is remembered after weeks in which these keys held."""
    memory = NOTHING
    for number, keys in enumerate(weeks):
        _, memory = report(memory, number, keys)
    return memory


A, B = KEYS[:2]


def test_an_item_keeps_its_first_week_and_counts_its_weeks() -> None:
    (item,), _ = report(after({A}, {A}), 2, {A})

    assert (item.first_week, item.weeks, item.done) == (week(0), 3, False)


def test_an_item_says_what_was_found_last() -> None:
    worse = replace(risk(A, Severity.P1), title="worse")

    (item,), _ = backlog([worse], after({A}), week(1), SCOPES)

    assert (item.severity, item.title) == (Severity.P1, "worse")


def test_an_item_is_done_in_the_first_week_without_its_evidence() -> None:
    (item,), _ = report(after({A}), 1, ())

    assert item.done_week == week(1)
    assert item.weeks == 1


def test_an_item_that_is_done_is_shown_for_four_weeks() -> None:
    memory = after({A})

    shown = []
    for number in range(1, 7):
        items, memory = report(memory, number, ())
        shown.append(len(items))

    assert shown == [1] * DONE_SHOWN + [0, 0]
    assert memory.entries == ()


def test_an_item_that_comes_back_is_open_again_with_its_first_week() -> None:
    (item,), _ = report(after({A}, ()), 2, {A})

    assert (item.first_week, item.weeks, item.done_week) == (week(0), 2, None)


def test_what_nobody_can_tell_is_not_done() -> None:
    (item,), memory = report(after({A}), 1, (), unknown={A})

    assert (item.done, item.weeks) == (False, 1)

    (item,), _ = report(memory, 2, ())

    assert item.done_week == week(2)


def test_an_item_says_when_somebody_could_tell_last() -> None:
    items, memory = report(after({A, B}), 1, {B}, unknown={A})
    assert {item.key: item.judged_week for item in items} == {A: week(0), B: week(1)}

    items, _ = report(memory, 2, {B})
    assert {item.key: item.judged_week for item in items} == {A: week(2), B: week(2)}


def test_what_nobody_can_tell_for_long_is_forgotten() -> None:
    memory = after({A})

    shown = []
    for number in range(1, UNSEEN_KEPT + 1):
        items, memory = report(memory, number, (), unknown={A})
        shown.append(len(items))

    assert shown == [1] * (UNSEEN_KEPT - 1) + [0]


def test_a_tool_is_judged_with_the_tools_of_its_server() -> None:
    items, _ = report(after({B, KEYS[2]}), 1, (), unknown={KEYS[2]})

    assert {item.key: item.done for item in items} == {B: True, KEYS[2]: False}


def test_of_a_rule_that_is_judged_by_subject_only_those_subjects_are_done() -> None:
    memory = after({B, KEYS[2]})

    items, _ = backlog([], memory, week(1), frozenset({B}))

    assert {item.key: item.done for item in items} == {B: True, KEYS[2]: False}


def test_an_item_of_the_same_week_that_proves_wrong_was_never_there() -> None:
    _, memory = report(NOTHING, 0, {A})

    items, _ = report(memory, 0, ())

    assert items == ()


def test_an_item_of_the_same_week_that_nobody_can_tell_of_any_more_stays() -> None:
    _, memory = report(NOTHING, 0, {A})

    (item,), _ = report(memory, 0, (), unknown={A})

    assert (item.weeks, item.done) == (1, False)


def test_an_older_week_shows_what_was_known_of_its_own_items() -> None:
    memory = after({A}, {A}, {A, B})

    items, unchanged = report(memory, 1, {A, B})

    assert {item.key: (item.first_week, item.weeks) for item in items} == {
        A: (week(0), 2),
        B: (week(1), 1),
    }
    assert unchanged == memory


def test_open_items_come_first_the_worst_of_them_at_the_top() -> None:
    memory = after({A})
    risks = [risk(B, Severity.P3), risk(KEYS[2], Severity.P1)]

    items, _ = backlog(risks, memory, week(1), SCOPES)

    assert [(item.key, item.done) for item in items] == [
        (KEYS[2], False),
        (B, False),
        (A, True),
    ]


def test_a_long_life_takes_no_more_room_and_loses_no_count() -> None:
    memory = after(*[{A}] * (WEEKS_KEPT + 10))

    (entry,) = memory.entries

    assert len(entry.seen) == WEEKS_KEPT
    assert entry.item.weeks == WEEKS_KEPT + 10


def test_no_more_items_are_kept_than_anybody_reads() -> None:
    risks = [risk(f"failing_tool:a:{number}") for number in range(ITEMS_KEPT + 20)]

    items, memory = backlog(risks, NOTHING, week(0), SCOPES)

    assert len(items) == len(memory.entries) == ITEMS_KEPT


def test_the_items_of_a_bad_week_are_its_risks() -> None:
    examined = examine(bad_week())

    items, _ = backlog(examined.risks, NOTHING, "2026-11-16", examined.judged)

    assert sorted(item.key for item in items) == sorted(risk.key for risk in examined.risks)


@given(st.lists(reports, max_size=6), reports)
def test_a_week_that_is_reported_twice_is_the_same(
    weeks: list[tuple[frozenset[str], frozenset[str]]],
    last: tuple[frozenset[str], frozenset[str]],
) -> None:
    memory = NOTHING
    for number, each in enumerate(weeks):
        _, memory = report(memory, number, *each)

    once = report(memory, len(weeks), *last)

    assert report(once[1], len(weeks), *last) == once


@given(st.lists(reports, max_size=6), st.frozensets(st.sampled_from(KEYS)), reports)
def test_the_last_report_of_a_week_is_the_one_that_counts(
    weeks: list[tuple[frozenset[str], frozenset[str]]],
    last: frozenset[str],
    other: tuple[frozenset[str], frozenset[str]],
) -> None:
    memory = NOTHING
    for number, each in enumerate(weeks):
        _, memory = report(memory, number, *each)
    _, corrected = report(memory, len(weeks), *other)

    assert report(corrected, len(weeks), last) == report(memory, len(weeks), last)


@given(st.lists(reports, min_size=2, max_size=8), st.data())
def test_an_older_week_damages_nothing(
    weeks: list[tuple[frozenset[str], frozenset[str]]], data: st.DataObject
) -> None:
    memory = NOTHING
    for number, each in enumerate(weeks):
        _, memory = report(memory, number, *each)
    older = data.draw(st.integers(0, len(weeks) - 2))

    items, unchanged = report(memory, older, *data.draw(reports))

    assert unchanged == memory
    assert all(item.first_week <= week(older) and item.weeks >= 1 for item in items)


@given(st.lists(reports, min_size=1, max_size=DONE_SHOWN))
def test_an_item_is_what_its_weeks_say(
    weeks: list[tuple[frozenset[str], frozenset[str]]],
) -> None:
    memory, items = NOTHING, tuple[BacklogItem, ...]()
    for number, each in enumerate(weeks):
        items, memory = report(memory, number, *each)
    known = {item.key: item for item in items}

    for key in KEYS:
        held = [number for number, (keys, _) in enumerate(weeks) if key in keys]
        if not held:
            assert key not in known
            continue
        gone = [
            number
            for number, (keys, unknown) in enumerate(weeks)
            if number > held[-1]
            and not (
                scope(key) in {scope(each) for each in unknown}
                and scope(key) not in {scope(each) for each in keys}
            )
        ]
        item = known[key]
        assert item.first_week == week(held[0])
        assert item.weeks == len(held)
        assert item.done_week == (week(gone[0]) if gone else None)


@pytest.mark.parametrize("number", [0, 1])
def test_the_memory_is_plain(number: int) -> None:
    memory = after({A, B}, {B})

    entries = json.loads(json.dumps(asdict(memory)))["entries"]

    assert entries[number]["item"]["key"] == memory.entries[number].item.key

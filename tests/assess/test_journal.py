"""Telling our own calls from the assistant's."""

from collections.abc import Mapping
from typing import Any, override

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.observe.journal import CLOCK_SLACK, KEPT, UNANSWERED, Journal
from custom_components.ha_mcp_sre.observe.plain import LATEST

TOOL = "ha_eval_template"
ARGUMENTS: Mapping[str, Any] = {"template": "{# ha_mcp_sre #}{{ 1 }}"}
SENT, ANSWERED = 1000.0, 1001.0


def journal_of_one_call(*, answered: float | None = ANSWERED) -> Journal:
    journal = Journal()
    entry = journal.sent(TOOL, ARGUMENTS, SENT)
    if answered is not None:
        journal.answered(entry, answered)
    return journal


def test_our_own_call_is_claimed_once() -> None:
    journal = journal_of_one_call()
    assert journal.claim(TOOL, ARGUMENTS, ANSWERED)
    assert not journal.claim(TOOL, ARGUMENTS, ANSWERED)


def test_two_calls_of_ours_are_two_records() -> None:
    journal = journal_of_one_call()
    journal.answered(journal.sent(TOOL, ARGUMENTS, SENT), ANSWERED)
    claims = [journal.claim(TOOL, ARGUMENTS, ANSWERED) for _ in range(3)]
    assert claims == [True, True, False]


@pytest.mark.parametrize(
    ("ended", "ours"),
    [
        (SENT - CLOCK_SLACK - 0.1, False),
        (SENT - CLOCK_SLACK, True),
        (ANSWERED + CLOCK_SLACK, True),
        (ANSWERED + CLOCK_SLACK + 0.1, False),
    ],
)
def test_an_identical_call_at_another_time_is_the_assistants(ended: float, ours: bool) -> None:
    assert journal_of_one_call().claim(TOOL, ARGUMENTS, ended) is ours


@pytest.mark.parametrize(
    ("ended", "ours"),
    [
        (SENT + 1, True),
        (SENT + UNANSWERED + CLOCK_SLACK, True),
        (SENT + UNANSWERED + CLOCK_SLACK + 0.1, False),
    ],
)
def test_a_call_whose_answer_never_came_may_end_late(ended: float, ours: bool) -> None:
    assert journal_of_one_call(answered=None).claim(TOOL, ARGUMENTS, ended) is ours


@pytest.mark.parametrize(
    ("tool", "parameters", "ours"),
    [
        (TOOL, ARGUMENTS, True),
        (TOOL, {**ARGUMENTS, "timeout": 3}, True),
        (TOOL, {"template": "{{ 1 }}"}, False),
        (TOOL, {}, False),
        ("ha_get_state", ARGUMENTS, False),
    ],
)
def test_only_our_tool_with_our_arguments_is_ours(
    tool: str, parameters: Mapping[str, Any], ours: bool
) -> None:
    """ha-mcp may fill in defaults, so a record may hold more than we sent."""
    assert journal_of_one_call().claim(tool, parameters, ANSWERED) is ours


@pytest.mark.parametrize("late_first", [True, False])
def test_a_call_that_hangs_does_not_lend_its_place_to_a_later_one(late_first: bool) -> None:
    journal = journal_of_one_call(answered=None)
    journal.answered(journal.sent(TOOL, ARGUMENTS, SENT + 300), SENT + 301)
    records = [SENT + 301, SENT + 400]
    for ended in reversed(records) if late_first else records:
        assert journal.claim(TOOL, ARGUMENTS, ended)


def test_an_answer_after_its_record_was_read_changes_nothing() -> None:
    journal = Journal()
    entry = journal.sent(TOOL, ARGUMENTS, SENT)
    assert journal.claim(TOOL, ARGUMENTS, ANSWERED)
    journal.answered(entry, ANSWERED)
    assert journal.entries == ()


def test_only_the_latest_calls_are_remembered() -> None:
    journal = Journal()
    for number in range(KEPT + 1):
        journal.sent(TOOL, {"number": number}, SENT)
    assert len(journal.entries) == KEPT
    assert not journal.claim(TOOL, {"number": 0}, SENT)
    assert journal.claim(TOOL, {"number": KEPT}, SENT)


@pytest.mark.parametrize("at", [-3600.0, -0.1, 0.0, SENT, LATEST, LATEST + 1])
def test_a_time_that_no_clock_should_show_is_moved_to_one_that_can_be_kept(at: float) -> None:
    """Our clock and the server's may both be wrong, and one of them set in between."""
    journal = Journal()
    journal.answered(journal.sent(TOOL, ARGUMENTS, at), at)
    (entry,) = journal.entries
    assert entry.sent == entry.answered == min(max(at, 0.0), LATEST)


def test_whoever_keeps_the_journal_hears_of_every_call() -> None:
    journal, heard = Journal(), []
    journal.on_sent = lambda: heard.append(len(journal.entries))
    journal.sent(TOOL, ARGUMENTS, SENT)
    journal.remember(journal_of_one_call().entries)
    journal.remember(journal.entries)
    assert heard == [1, 2]


class Counting(dict[str, Any]):
    """Parameters that count how often they are looked into."""

    looks = 0

    @override
    def get(self, key: str, default: object = None, /) -> Any:
        self.looks += 1
        return super().get(key, default)


def test_a_call_of_the_assistant_is_not_compared_with_each_of_ours() -> None:
    journal, parameters = Journal(), Counting(template="{{ 2 }}")
    for _ in range(KEPT):
        journal.sent(TOOL, ARGUMENTS, SENT)
    assert not journal.claim(TOOL, parameters, SENT)
    assert parameters.looks == 1


def test_a_journal_goes_on_from_what_was_remembered() -> None:
    journal = Journal()
    journal.remember(journal_of_one_call().entries)
    assert journal.claim(TOOL, ARGUMENTS, ANSWERED)


sent = st.lists(
    st.tuples(st.integers(0, 3), st.floats(0, 20), st.booleans()), min_size=1, max_size=KEPT
)


@given(sent, st.randoms(use_true_random=False))
def test_every_call_of_ours_is_recognised_among_the_assistants(
    ours: list[tuple[int, float, bool]], order: Any
) -> None:
    """Ours follow each other; the assistant calls the same tools with arguments of its own."""
    journal, now, records = Journal(), 0.0, []
    for argument, took, is_answered in ours:
        entry = journal.sent(TOOL, {"number": argument}, now)
        now += took
        records.append((argument, now))
        if is_answered:
            journal.answered(entry, now)
        now += 2 * CLOCK_SLACK + UNANSWERED
    order.shuffle(records)
    for argument, ended in records:
        assert not journal.claim(TOOL, {"number": argument + 10}, ended)
        assert journal.claim(TOOL, {"number": argument}, ended)
    assert journal.entries == ()

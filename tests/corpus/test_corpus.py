"""Failures that users of ha-mcp met, and harmless life: what is made of each."""

import sys

import pytest

from custom_components.ha_mcp_sre.assess.finding import RuleKey
from tests.corpus.traces import traces
from tests.corpus.verdicts import MODES, Outcome, expected, modes_right, outcomes


def _row(outcome: Outcome) -> str:
    trace = outcome.trace
    mode = trace.mode or ""
    ok = "ok" if outcome.right else "WRONG"
    return f"{mode:>4}  {trace.name:<76}  {expected(trace):<28}  {outcome.got:<28}  {ok}"


def _last_line() -> str:
    everything = [each for kind in ("failures", "harmless", "others") for each in outcomes(kind)]
    false_pages = sum(each.pages for each in everything if not each.trace.paged)
    return f"corpus: {modes_right(outcomes('failures'))}/{len(MODES)}, false pages: {false_pages}"


def test_every_failure_is_judged_rightly_and_nobody_is_told_of_harmless_life(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = [each for kind in ("failures", "others", "harmless") for each in outcomes(kind)]
    title = f"mode  {'trace':<76}  {'expected':<28}  {'got':<28}"
    with capsys.disabled():
        sys.stdout.write("\n".join(["", title, *map(_row, found), _last_line(), ""]))
    assert [_row(each) for each in found if not each.right] == []
    assert _last_line() == "corpus: 25/25, false pages: 0"


def test_each_failure_mode_has_a_trace() -> None:
    assert {trace.mode for trace in traces("failures")} == set(MODES)


def test_each_rule_has_a_trace_that_ends_in_it() -> None:
    ends = {
        trace.verdict.rule
        for kind in ("failures", "others")
        for trace in traces(kind)
        if trace.verdict is not None
    }
    assert ends == set(RuleKey)


def test_there_are_many_traces_of_harmless_life() -> None:
    assert len(traces("harmless")) >= 20


def test_no_two_traces_have_the_same_name() -> None:
    names = [trace.name for kind in ("failures", "others", "harmless") for trace in traces(kind)]
    assert len(names) == len(set(names))

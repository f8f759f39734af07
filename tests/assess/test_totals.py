"""Rates and percentiles of calls that were added up."""

from itertools import repeat

import pytest

from custom_components.ha_mcp_sre.assess.ledger import Totals

from .builders import DAY, MIDNIGHT, call, counted

ENOUGH = 20


def totals(*, good: int = 0, **failed: int) -> Totals:
    codes = [code.upper() for code, number in failed.items() for code in repeat(code, number)]
    return counted(*[call()] * good, *(call(code=code) for code in codes)).totals(
        MIDNIGHT, MIDNIGHT + DAY
    )


def test_without_a_call_there_are_no_rates() -> None:
    nothing = totals()
    assert nothing.calls == nothing.errors == 0
    assert nothing.error_rate is None
    assert nothing.caller_error_rate is None
    assert nothing.p95(0) is None


@pytest.mark.parametrize(
    ("found", "rate"),
    [
        (totals(good=4), 0),
        (totals(good=3, internal_error=1), 25),
        (totals(good=3, auth_expired=1), 25),
        (totals(timeout_operation=2), 100),
        (totals(good=1, entity_not_found=9), 0),
        (totals(good=1, user_denied=9), 0),
        (totals(good=1, something_new=9), 0),
        (totals(good=1, internal_error=1, entity_not_found=8), 50),
    ],
)
def test_the_error_rate_holds_only_the_server_and_its_link_to_account(
    found: Totals, rate: float
) -> None:
    assert found.error_rate == rate


@pytest.mark.parametrize("code", ["entity_not_found", "read_only_mode", "something_new"])
def test_without_a_valid_call_the_error_rate_is_unknown(code: str) -> None:
    assert totals(**{code: 3}).error_rate is None


def test_the_caller_error_rate_is_of_all_calls() -> None:
    assert totals(good=1, internal_error=2, entity_not_found=1).caller_error_rate == 25


def test_errors_are_everybodys() -> None:
    assert totals(good=5, internal_error=1, entity_not_found=1, user_denied=1).errors == 3


def test_codes_come_with_the_most_frequent_first_and_equals_by_name() -> None:
    found = totals(good=1, b_code=1, a_code=1, c_code=2)
    assert found.codes == (("C_CODE", 2), ("A_CODE", 1), ("B_CODE", 1))


def test_a_failure_without_a_code_is_named_none() -> None:
    found = counted(call(failed=True)).totals(MIDNIGHT, MIDNIGHT + DAY)
    assert found.codes == (("none", 1),)


@pytest.mark.parametrize(("calls", "known"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_the_95th_percentile_of_few_calls_is_unknown(calls: int, known: bool) -> None:
    assert (totals(good=calls).p95(ENOUGH) is not None) is known


def test_the_95th_percentile_leaves_the_slowest_twentieth_out() -> None:
    fast, slow = [call(duration=0.005)] * 95, [call(duration=100)] * 5
    found = counted(*fast, *slow).totals(MIDNIGHT, MIDNIGHT + DAY)
    assert found.p95(ENOUGH) == pytest.approx(0.01)

"""Which look is due when."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.observation import (
    SKIPPED,
    FailureKind,
    Outcome,
    Stage,
    StageResult,
    ToolCallReading,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.schedule import TOOL_STAGES, Schedule

from .probes import FAILED, OK, REFUSED, STALLED, probe, reading

POLICY = Policy()
HOUR = 3600
NOW = 5_000.0


def after(
    websocket: StageResult = SKIPPED,
    rest: StageResult = SKIPPED,
    *,
    known: Schedule | None = None,
    now: float = NOW,
    restarted: bool = False,
) -> Schedule:
    found = probe(websocket=websocket, rest=rest)
    return (known or Schedule()).after_probe(
        found, now, POLICY, restarted=restarted, broken=FAILED in (websocket, rest)
    )


def test_at_first_everything_is_due() -> None:
    assert Schedule().stages(0) == TOOL_STAGES
    assert Schedule().reading(0)


@pytest.mark.parametrize("result", [OK, REFUSED])
def test_the_tool_stages_come_every_five_minutes(result: StageResult) -> None:
    schedule = after(OK, result)
    assert not schedule.stages(NOW + 299)
    assert Stage.WEBSOCKET in schedule.stages(NOW + 300)


def test_a_look_at_the_endpoint_alone_puts_nothing_off() -> None:
    schedule = after(known=after(OK, OK), now=NOW + 299)
    assert schedule.stages(NOW + 300) == TOOL_STAGES


@pytest.mark.parametrize("results", [(OK, OK), (FAILED, FAILED), (SKIPPED, SKIPPED)])
def test_after_a_restart_the_tool_stages_are_due_at_once(results: tuple[StageResult, ...]) -> None:
    assert after(*results, known=after(OK, OK), restarted=True).stages(NOW) == TOOL_STAGES


def test_a_broken_link_is_tried_soon_and_then_ever_more_rarely() -> None:
    schedule, now = after(OK, OK), NOW
    waits = []
    for _ in range(6):
        schedule = after(OK, FAILED, known=schedule, now=now)
        waits.append(schedule.stages_due - now)
        now = schedule.stages_due
    assert waits == [30, 60, 120, 300, 300, 300]


def test_a_link_that_works_again_and_breaks_again_is_tried_soon() -> None:
    broken = after(FAILED, FAILED, known=after(FAILED, FAILED))
    schedule = after(FAILED, FAILED, known=after(OK, OK, known=broken))
    assert schedule.stages_due == NOW + 30


def test_a_rejected_token_is_not_tried_again_for_an_hour() -> None:
    rejected = StageResult(Outcome.FAILED, 0.01, FailureKind.TOOL_ERROR, "AUTH_INVALID_TOKEN")
    schedule = after(FAILED, rejected)
    assert not schedule.stages(NOW + HOUR - 1)
    assert schedule.stages(NOW + HOUR) == TOOL_STAGES


def test_stages_during_which_we_stalled_are_repeated_at_once() -> None:
    assert after(STALLED, STALLED).stages(NOW) == TOOL_STAGES


def test_while_the_link_is_unknown_the_stages_do_not_wait() -> None:
    schedule = after(OK, OK)
    assert schedule.stages(NOW + 1, unknown=True) == TOOL_STAGES


def test_what_speaks_against_the_link_has_the_stages_run_at_once() -> None:
    schedule = after(OK, OK)
    assert not schedule.stages(NOW + 31)
    assert schedule.suspected(NOW + 31, POLICY).stages(NOW + 31) == TOOL_STAGES


def test_what_goes_on_speaking_against_it_has_them_run_once_in_half_a_minute() -> None:
    schedule = after(OK, OK)
    for seconds in range(30):
        schedule = schedule.suspected(NOW + seconds, POLICY)
        assert not schedule.stages(NOW + seconds)
    assert schedule.stages(NOW + 30) == TOOL_STAGES


def test_before_people_are_told_of_a_broken_link_it_is_looked_at() -> None:
    schedule = after(FAILED, FAILED).before_page(NOW + 20)
    assert not schedule.stages(NOW + 19)
    assert schedule.stages(NOW + 20) == TOOL_STAGES


@pytest.mark.parametrize("due", [None, NOW + 31])
def test_a_page_never_delays_the_stages(due: float | None) -> None:
    assert after(FAILED, FAILED).before_page(due).stages_due == NOW + 30


def test_a_broken_link_is_looked_at_before_the_calls_are_read() -> None:
    schedule = after(FAILED, FAILED)
    due = schedule.due(NOW + 30, unknown=False, mute=False, thorough=False)
    assert due == (TOOL_STAGES, False)


def test_a_suspicion_never_delays_the_stages() -> None:
    schedule = Schedule(stages_due=NOW + 5, stages_ran=NOW)
    assert schedule.suspected(NOW + 1, POLICY).stages_due == NOW + 5


def test_a_link_that_is_known_to_be_broken_is_tried_in_its_own_time() -> None:
    schedule = after(OK, FAILED, known=after(OK, FAILED))
    assert schedule.suspected(NOW + 31, POLICY) == schedule


@pytest.mark.parametrize(
    ("websocket", "rest", "other"),
    [(REFUSED, OK, Stage.REST), (OK, REFUSED, Stage.WEBSOCKET)],
)
@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("unknown", [False, True])
def test_a_refused_tool_is_left_alone_for_six_hours_and_the_other_is_not(
    websocket: StageResult, rest: StageResult, other: Stage, restarted: bool, unknown: bool
) -> None:
    schedule = after(websocket, rest, restarted=restarted)
    assert schedule.stages(NOW + 300, unknown=unknown) == {other}
    assert schedule.stages(NOW + 6 * HOUR - 1, unknown=unknown) == {other}
    assert schedule.stages(NOW + 6 * HOUR, unknown=unknown) == TOOL_STAGES


def test_the_other_tool_does_not_shorten_the_refusal() -> None:
    schedule = after(rest=OK, known=after(REFUSED, OK), now=NOW + HOUR)
    assert schedule.stages(NOW + 6 * HOUR - 1) == {Stage.REST}


@pytest.mark.parametrize(
    ("result", "duration", "wait"),
    [
        (reading(), 0.5, 300),
        (reading(), 10, 500),
        (reading(lost=True), 0.5, 60),
        (reading(lost=True), 10, 500),
        (FailureKind.TIMEOUT, 0.5, 300),
        (FailureKind.TIMEOUT, 60, 3000),
        (FailureKind.TOOL_REFUSED, 0.5, 6 * HOUR),
    ],
)
def test_the_tool_calls_are_read_again_after(
    result: ToolCallReading | FailureKind, duration: float, wait: float
) -> None:
    schedule = Schedule().after_reading(result, duration, NOW, POLICY)
    assert not schedule.reading(NOW + wait - 0.1)
    assert schedule.reading(NOW + wait)


results = st.sampled_from([reading(), reading(lost=True), *FailureKind])


@given(results, st.floats(0, 600))
def test_reading_never_takes_more_than_two_percent_of_the_time(
    result: ToolCallReading | FailureKind, duration: float
) -> None:
    pause = Schedule().after_reading(result, duration, NOW, POLICY).reading_due - NOW
    assert pause >= 60
    assert duration / (duration + pause) <= 0.02


def test_a_reading_does_not_move_the_stages_nor_a_probe_the_reading() -> None:
    schedule = after(OK, OK).after_reading(reading(), 1, NOW, POLICY)
    assert schedule.stages(NOW + 300) == TOOL_STAGES
    assert not after(FAILED, FAILED, known=schedule, restarted=True).reading(NOW + 1)


def test_evidence_outlives_a_tool_stage_that_a_reading_pushed_back() -> None:
    longest = 2 * POLICY.tool_stage_interval + POLICY.cycle
    assert longest <= POLICY.evidence_lifetime

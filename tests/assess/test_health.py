"""Whether the server works, from what the probes showed."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.health import Health, Link, Proof, cause, health_of
from custom_components.ha_mcp_sre.assess.observation import SKIPPED, StageResult

from .probes import FAILED, OK, REFUSED, STALLED, probe

LIFETIME = 100


def link(*, websocket: StageResult | None = None, rest: StageResult | None = None) -> Link:
    return Link(
        websocket=None if websocket is None else Proof(websocket, 0),
        rest=None if rest is None else Proof(rest, 0),
    )


@pytest.mark.parametrize(
    ("endpoint", "works", "health"),
    [
        (OK, True, Health.HEALTHY),
        (OK, False, Health.DEGRADED),
        (OK, None, Health.UNKNOWN),
        (FAILED, None, Health.DOWN),
        (FAILED, True, Health.DOWN),
        (FAILED, False, Health.DOWN),
        (STALLED, True, Health.UNKNOWN),
        (STALLED, False, Health.UNKNOWN),
        (SKIPPED, None, Health.UNKNOWN),
    ],
)
def test_health_is_the_endpoint_first_and_then_the_link(
    endpoint: StageResult, works: bool | None, health: Health
) -> None:
    assert health_of(endpoint, works) is health


@pytest.mark.parametrize(
    ("known", "works"),
    [
        (link(), None),
        (link(websocket=OK), True),
        (link(rest=OK), True),
        (link(websocket=OK, rest=OK), True),
        (link(websocket=FAILED), False),
        (link(rest=FAILED), False),
        (link(websocket=FAILED, rest=OK), False),
        (link(websocket=OK, rest=FAILED), False),
    ],
)
def test_the_link_works_unless_one_of_its_ways_is_broken(known: Link, works: bool | None) -> None:
    assert known.works(LIFETIME, LIFETIME) is works


def test_a_success_too_long_ago_proves_nothing() -> None:
    assert link(websocket=OK, rest=OK).works(LIFETIME + 1, LIFETIME) is None


def test_a_failure_stands_until_something_proves_otherwise() -> None:
    assert link(websocket=OK, rest=FAILED).works(LIFETIME + 1, LIFETIME) is False


@pytest.mark.parametrize("known", [link(), link(websocket=OK, rest=FAILED)])
@pytest.mark.parametrize("result", [SKIPPED, STALLED, REFUSED])
def test_a_stage_that_proves_nothing_changes_nothing(known: Link, result: StageResult) -> None:
    assert known.after(probe(websocket=result, rest=result)) == known


@pytest.mark.parametrize("result", [OK, FAILED])
def test_a_stage_that_proves_something_replaces_what_was_known_of_its_way(
    result: StageResult,
) -> None:
    known = link(websocket=OK, rest=FAILED).after(probe(rest=result, at=7))
    assert known.rest == Proof(result, 7)
    assert known.websocket == Proof(OK, 0)


def test_behind_a_dead_endpoint_nothing_is_known() -> None:
    assert link(websocket=OK, rest=FAILED).after(probe(FAILED)) == Link()


def test_an_inconclusive_endpoint_leaves_the_link_alone() -> None:
    known = link(websocket=OK, rest=FAILED)
    assert known.after(probe(STALLED)) == known


def test_a_server_that_reports_its_connection_proves_rest() -> None:
    known = link(websocket=OK).connected(7)
    assert known.works(LIFETIME + 7, LIFETIME) is True
    assert known.websocket == Proof(OK, 0)


def test_a_report_does_not_outweigh_a_stage_that_failed() -> None:
    known = link(rest=FAILED)
    assert known.connected(7) == known


@pytest.mark.parametrize(
    ("endpoint", "known", "stage"),
    [
        (FAILED, link(websocket=FAILED), "endpoint"),
        (OK, link(websocket=FAILED, rest=FAILED), "websocket"),
        (OK, link(websocket=OK, rest=FAILED), "rest"),
    ],
)
def test_the_cause_is_the_first_stage_that_failed(
    endpoint: StageResult, known: Link, stage: str
) -> None:
    assert cause(endpoint, known) == (stage, FAILED)


@pytest.mark.parametrize("endpoint", [OK, STALLED, SKIPPED])
def test_without_a_failed_stage_there_is_no_cause(endpoint: StageResult) -> None:
    assert cause(endpoint, link(websocket=OK)) is None


stages = st.sampled_from([OK, FAILED, REFUSED, STALLED, SKIPPED])


@given(st.lists(st.tuples(stages, stages, stages), min_size=1))
def test_a_degraded_or_down_server_always_has_a_cause(
    history: list[tuple[StageResult, StageResult, StageResult]],
) -> None:
    known = Link()
    for at, (endpoint, websocket, rest) in enumerate(history):
        known = known.after(probe(endpoint, websocket, rest, at=at))
        health = health_of(endpoint, known.works(at, LIFETIME))
        if health in {Health.DEGRADED, Health.DOWN}:
            assert cause(endpoint, known) is not None

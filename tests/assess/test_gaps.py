"""What cannot be seen, and why."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.gaps import Seen, find_gaps
from custom_components.ha_mcp_sre.assess.observation import (
    SKIPPED,
    EndpointMethod,
    FailureKind,
    Probe,
    StageResult,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Gap, Signal

from .probes import FAILED, OK, REFUSED, STALLED, probe, reading

POLICY = Policy()
NOW = 100_000.0
RECENTLY = NOW - POLICY.tool_calls_gap
LONG_AGO = RECENTLY - 1
KNOWN = Server("8.7.0", "instance-1", "worker-1", started_at=1000, startup_time=3.8)


def gaps(
    seen: Seen,
    *,
    look: Probe | None = None,
    link: bool | None = True,
    server: Server = KNOWN,
) -> set[tuple[Signal, str]]:
    found = find_gaps(seen, look or probe(), link, server, NOW, POLICY)
    assert all(isinstance(gap, Gap) for gap in found)
    return {(gap.signal, gap.reason) for gap in found}


def test_when_everything_is_seen_there_is_no_gap() -> None:
    assert gaps(Seen(skew=0, read_at=RECENTLY)) == set()


def test_what_was_not_looked_at_yet_is_no_gap() -> None:
    assert gaps(Seen(), link=None, server=Server()) == set()


@pytest.mark.parametrize("endpoint", [FAILED, STALLED, SKIPPED])
def test_of_a_server_that_does_not_answer_no_gap_is_told(endpoint: StageResult) -> None:
    blind = Seen(skew=60, unread=FailureKind.TIMEOUT, inconclusive=FailureKind.TOOL_REFUSED)
    assert gaps(blind, look=probe(endpoint), link=None, server=Server()) == set()


def test_a_link_that_no_stage_could_prove_is_a_gap() -> None:
    seen = Seen().after_probe(probe(websocket=REFUSED, rest=REFUSED), None)
    assert gaps(seen, link=None) == {(Signal.HOME_ASSISTANT_LINK, "tool_refused")}


def test_a_link_that_is_known_otherwise_is_no_gap() -> None:
    seen = Seen().after_probe(probe(websocket=REFUSED, rest=REFUSED), None)
    assert gaps(seen, link=True) == set()


@pytest.mark.parametrize(
    "look",
    [
        probe(websocket=OK, rest=REFUSED),
        probe(websocket=REFUSED, rest=FAILED),
        probe(websocket=OK),
    ],
)
def test_one_stage_that_proves_something_is_enough(look: Probe) -> None:
    refused = Seen().after_probe(probe(websocket=REFUSED, rest=REFUSED), None)
    assert refused.after_probe(look, None).inconclusive is None


def test_a_probe_of_the_endpoint_alone_leaves_the_refusal_standing() -> None:
    refused = Seen().after_probe(probe(websocket=REFUSED, rest=REFUSED), None)
    assert refused.after_probe(probe(), None) == refused


@pytest.mark.parametrize("stages", [SKIPPED, OK])
def test_the_clock_skew_last_seen_counts(stages: StageResult) -> None:
    seen = Seen().after_probe(probe(websocket=stages), 3).after_probe(probe(websocket=stages), None)
    assert seen.skew == 3
    assert seen.after_probe(probe(websocket=stages), -1).skew == -1


def test_a_start_that_this_way_of_asking_does_not_show_is_a_gap() -> None:
    server = replace(KNOWN, started_at=None)
    by_initialize = probe(method=EndpointMethod.INITIALIZE)
    assert gaps(Seen(), look=by_initialize, server=server) == {(Signal.STARTED, "not_reported")}
    assert gaps(Seen(), look=by_initialize) == set()


def test_a_start_up_time_that_is_not_in_the_log_is_a_gap() -> None:
    server = replace(KNOWN, startup_time=None)
    asked = Seen(read_at=RECENTLY, startup_log_of=server.instance)
    assert gaps(asked, server=server) == {(Signal.STARTUP_TIME, "not_in_log")}


def test_a_start_up_log_that_was_not_read_yet_is_no_gap() -> None:
    server = replace(KNOWN, startup_time=None)
    assert gaps(Seen(read_at=RECENTLY, startup_log_of="earlier"), server=server) == set()


@pytest.mark.parametrize("read_at", [None, LONG_AGO])
def test_tool_calls_that_could_not_be_read_for_half_an_hour_are_a_gap(
    read_at: float | None,
) -> None:
    seen = Seen(read_at=read_at).after_reading(FailureKind.TIMEOUT, NOW)
    assert gaps(seen) == {(Signal.TOOL_CALLS, "timeout")}


def test_one_failed_reading_is_no_gap_yet() -> None:
    assert gaps(Seen(read_at=RECENTLY).after_reading(FailureKind.TIMEOUT, NOW)) == set()


def test_a_reading_closes_the_gap() -> None:
    seen = Seen(unread=FailureKind.TIMEOUT).after_reading(reading(), NOW)
    assert gaps(seen) == set()


def test_a_failure_before_the_last_reading_explains_nothing() -> None:
    seen = Seen(unread=FailureKind.TIMEOUT).after_reading(reading(), LONG_AGO)
    assert gaps(seen) == {(Signal.TOOL_CALLS, "too_slow")}


def test_readings_that_take_too_long_to_be_frequent_are_a_gap() -> None:
    assert gaps(Seen(read_at=LONG_AGO)) == {(Signal.TOOL_CALLS, "too_slow")}


@pytest.mark.parametrize(("skew", "doubtful"), [(5, False), (-5, False), (5.1, True), (-5.1, True)])
def test_a_server_clock_that_is_off_makes_call_times_doubtful(skew: float, doubtful: bool) -> None:
    found = gaps(Seen(skew=skew, read_at=RECENTLY))
    assert found == ({(Signal.TOOL_CALLS, "clock_skew")} if doubtful else set())

"""What can be seen, what cannot, and why."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from custom_components.ha_mcp_sre.assess.gaps import Seen, View, look_around
from custom_components.ha_mcp_sre.assess.observation import (
    SKIPPED,
    About,
    EndpointMethod,
    FailureKind,
    HostReading,
    Probe,
    StageResult,
)
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Mode, Signal, Source
from custom_components.ha_mcp_sre.assess.sources import ALWAYS_MISSING, NOT_APPLICABLE, sources

from .probes import FAILED, OK, REFUSED, probe, reading

POLICY = Policy()
NOW = 100_000.0
RECENTLY = NOW - POLICY.tool_calls_gap
LONG_AGO = RECENTLY - 1
KNOWN = Server(
    "8.7.0",
    "instance-1",
    "worker-1",
    started_at=1000,
    startup_time=3.8,
    startup_source=Source.STARTUP_LOG,
)
ABOUT = About("8.7.0", "8.7.0", "2.0.1", read_only=False, websocket_enabled=True)
HOST = HostReading(NOW, Source.PROCESS, 100_000_000, 1.5, 10, 20)


def view(seen: Seen | None = None, *, mode: Mode = Mode.HTTP, **changes: Any) -> View:
    """Return a view in which everything can be seen, but for the changes."""
    whole = View(
        mode=mode,
        seen=seen or Seen(skew=0, read_at=RECENTLY, read_from=sources(mode, Signal.TOOL_CALLS)[0]),
        now=NOW,
        policy=POLICY,
        link=True,
        server=KNOWN,
        about=ABOUT,
        session=sources(mode, Signal.SESSION)[0],
        expiry=Source.CREDENTIAL_STORE,
        host=HOST,
        log_size=1000,
    )
    return replace(whole, **changes)


def gaps(seen: Seen | None = None, **changes: Any) -> dict[Signal, str]:
    """Return the gaps, by default of an HTTP server, without those that are always there."""
    changed = view(seen, **changes)
    always = {signal for mode, signal in ALWAYS_MISSING if mode is changed.mode}
    return {gap.signal: gap.reason for gap in look_around(changed)[1] if gap.signal not in always}


def seen_by(**changes: Any) -> Mapping[Signal, Source]:
    """Return the sources of an HTTP server."""
    return look_around(view(**changes))[0]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("signal", Signal)
def test_each_signal_has_a_source_or_a_reason_or_no_meaning(mode: Mode, signal: Signal) -> None:
    kinds = [
        bool(sources(mode, signal)),
        (mode, signal) in ALWAYS_MISSING,
        (mode, signal) in NOT_APPLICABLE,
    ]
    assert kinds.count(True) == 1


@pytest.mark.parametrize("mode", Mode)
def test_where_everything_is_seen_every_signal_names_a_source_that_can_show_it(mode: Mode) -> None:
    shown, found = look_around(view(mode=mode))
    assert {(mode, gap.signal): gap.reason for gap in found} == {
        key: reason for key, reason in ALWAYS_MISSING.items() if key[0] is mode
    }
    applicable = {signal for signal in Signal if sources(mode, signal)}
    assert set(shown) == applicable
    startup = {Signal.STARTUP_TIME: Source.STARTUP_LOG}
    assert shown == {each: sources(mode, each)[0] for each in applicable} | startup | (
        {Signal.CREDENTIAL: Source.TOOL_CHECKS}
    )


def test_what_was_not_looked_at_yet_is_neither_seen_nor_missed() -> None:
    blind = View(Mode.HTTP, Seen(), NOW, POLICY)
    shown, found = look_around(blind)
    assert shown == {Signal.ENDPOINT: Source.ENDPOINT_CHECK}
    assert [gap.signal for gap in found] == [Signal.USAGE_LOG_SIZE]


def test_the_key_of_a_gap_names_signal_and_reason() -> None:
    _, found = look_around(view(host="hidden"))
    assert {"memory_hidden", "cpu_hidden"} <= {gap.key for gap in found}


def test_a_link_that_no_stage_could_prove_is_a_gap() -> None:
    seen = Seen(read_at=NOW, read_from=Source.REPORT)
    seen = seen.after_probe(probe(websocket=REFUSED, rest=REFUSED), None)
    assert gaps(seen, link=None, expiry=None) == {
        Signal.HOME_ASSISTANT_LINK: "tool_refused",
        Signal.CREDENTIAL: "tool_refused",
    }


def test_a_link_that_is_known_otherwise_is_no_gap() -> None:
    seen = Seen(read_at=NOW, read_from=Source.REPORT)
    assert gaps(seen.after_probe(probe(websocket=REFUSED, rest=REFUSED), None)) == {}


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
    asked = gaps(server=server, method=EndpointMethod.INITIALIZE)
    assert asked == {Signal.STARTED: "not_reported"}
    assert gaps(method=EndpointMethod.INITIALIZE) == {}


def test_a_start_up_time_that_is_not_in_the_log_is_a_gap() -> None:
    server = replace(KNOWN, startup_time=None)
    asked = Seen(read_at=RECENTLY, read_from=Source.REPORT, startup_log_of=server.life)
    assert gaps(asked, server=server) == {Signal.STARTUP_TIME: "not_in_log"}


def test_a_start_up_log_that_was_not_read_yet_is_no_gap() -> None:
    server = replace(KNOWN, startup_time=None)
    asked = Seen(read_at=RECENTLY, read_from=Source.REPORT, startup_log_of="earlier")
    assert gaps(asked, server=server) == {}


@pytest.mark.parametrize("read_at", [None, LONG_AGO])
@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (FailureKind.TIMEOUT, "no_answer"),
        (FailureKind.TOOL_REFUSED, "tool_refused"),
        (FailureKind.UNREADABLE, "no_file"),
    ],
)
def test_tool_calls_that_could_not_be_read_for_half_an_hour_are_a_gap(
    read_at: float | None, failure: FailureKind, reason: str
) -> None:
    seen = Seen(read_at=read_at).after_reading(failure, NOW)
    assert gaps(seen) == {Signal.TOOL_CALLS: reason}


def test_one_failed_reading_is_no_gap_yet() -> None:
    seen = Seen(read_at=RECENTLY, read_from=Source.REPORT)
    assert gaps(seen.after_reading(FailureKind.TIMEOUT, NOW)) == {}


def test_a_reading_closes_the_gap() -> None:
    seen = Seen(unread=FailureKind.TIMEOUT).after_reading(reading(), NOW)
    assert gaps(seen) == {}


def test_a_failure_before_the_last_reading_explains_nothing() -> None:
    seen = Seen(unread=FailureKind.TIMEOUT).after_reading(reading(), LONG_AGO)
    assert gaps(seen) == {Signal.TOOL_CALLS: "too_slow"}


def test_calls_that_are_not_read_because_of_a_bad_token_say_so() -> None:
    seen = Seen(read_at=LONG_AGO, token_rejected=True)
    assert gaps(seen, link=False, about=None) == {
        Signal.TOOL_CALLS: "token_rejected",
        Signal.VERSIONS: "token_rejected",
        Signal.SETTINGS: "token_rejected",
    }


@pytest.mark.parametrize(("skew", "doubtful"), [(5, False), (-5, False), (5.1, True), (-5.1, True)])
def test_a_server_clock_that_is_off_makes_call_times_doubtful(skew: float, doubtful: bool) -> None:
    found = gaps(Seen(skew=skew, read_at=RECENTLY, read_from=Source.REPORT))
    assert found == ({Signal.TOOL_CALLS: "clock_skew"} if doubtful else {})


def test_the_source_that_was_read_is_the_one_that_is_named() -> None:
    seen = Seen(read_at=NOW, read_from=Source.RING_BUFFER)
    shown = look_around(view(seen, mode=Mode.IN_PROCESS))[0]
    assert shown[Signal.TOOL_CALLS] is Source.RING_BUFFER


def test_a_usage_log_that_cannot_be_read_has_no_size() -> None:
    seen = Seen(read_at=NOW, read_from=Source.RING_BUFFER)
    found = gaps(seen, mode=Mode.IN_PROCESS, log_size=None)
    assert found == {Signal.USAGE_LOG_SIZE: "no_file"}


def test_a_usage_log_that_is_not_there_yet_is_no_gap() -> None:
    seen = Seen(read_at=NOW, read_from=Source.USAGE_LOG)
    assert gaps(seen, mode=Mode.IN_PROCESS, log_size=None) == {}


def test_what_the_machine_does_not_show_is_a_gap_with_its_reason() -> None:
    assert gaps(host="other_machine") == {
        Signal.MEMORY: "other_machine",
        Signal.CPU: "other_machine",
    }


def test_processor_time_that_was_measured_once_is_neither_seen_nor_missed() -> None:
    first = replace(HOST, cpu=None)
    assert gaps(host=first) == {}
    assert Signal.CPU not in seen_by(host=first)


def test_an_app_on_the_network_of_its_machine_has_no_counts_of_its_own() -> None:
    host = replace(HOST, network_received=None, network_sent=None)
    assert gaps(mode=Mode.APP, host=host) == {Signal.NETWORK: "host_network"}


def test_a_session_that_cannot_be_told_is_a_gap_with_its_reason() -> None:
    assert gaps(session="before_listening") == {Signal.SESSION: "before_listening"}


def test_a_token_of_unknown_owner_is_accepted_where_the_link_works() -> None:
    assert gaps(expiry="no_session") == {Signal.CREDENTIAL_EXPIRY: "no_session"}
    assert seen_by(expiry="no_session")[Signal.CREDENTIAL] is Source.TOOL_CHECKS


def test_a_token_whose_owner_is_known_needs_no_link_to_be_judged() -> None:
    assert seen_by(link=None)[Signal.CREDENTIAL] is Source.CREDENTIAL_STORE


def test_a_report_without_versions_or_settings_is_a_gap() -> None:
    assert gaps(about=About()) == {
        Signal.VERSIONS: "not_reported",
        Signal.SETTINGS: "not_reported",
    }


def test_a_report_that_was_refused_is_a_gap_until_one_is_read() -> None:
    refused = Seen(read_at=NOW, read_from=Source.REPORT).after_description(FailureKind.TOOL_REFUSED)
    assert gaps(refused, about=None) == {
        Signal.VERSIONS: "tool_refused",
        Signal.SETTINGS: "tool_refused",
    }
    assert refused.after_description(None, "instance-1").undescribed is None

"""Each risk: that it appears with its evidence, and does not without."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from custom_components.ha_mcp_sre.assess.assessment import Credential
from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.history import Hint
from custom_components.ha_mcp_sre.assess.observation import About
from custom_components.ha_mcp_sre.assess.signals import Gap, Mode, Signal
from custom_components.ha_mcp_sre.report.material import CallTotals, Material
from custom_components.ha_mcp_sre.report.risks import examine

from .homes import MINUTE, found, home, outages, seen, the_server, two_servers
from .materials import quiet_week, three_days_off
from .parts import DAY, Span, Tools, at, incidents, totals

AS_OF = quiet_week().week.as_of
ABOUT = the_server().current.about

LONG = outages(("2026-11-17T10:00", 45), ("2026-11-18T10:00", 20))
SHORT = outages(("2026-11-17T10:00", 20))
THRICE = outages(*((f"2026-11-{day}T10:00", 10) for day in (10, 13, 17)))
OLD = outages(("2026-10-10T10:00", 45))
WRITING: Tools = {f"ha_config_set_{name}": (5, 0.1, {}) for name in "abcdefgh"}
READING: Tools = {f"ha_get_{name}": (5, 0.1, {}) for name in "abcdefgh"}
WAITING = Finding(RuleKey.UPDATE_WAITING, Severity.P3, {"version": "8.8.0", "days": 15})


def restarted(
    hint: Hint, watchdog: bool | None = None, at_time: str = "2026-11-17T10:44"
) -> Material:
    """Return a home where something was done just before an outage ended."""
    changes = ((at(at_time), hint.value, None),)
    diary = replace(the_server().diary, changes=changes)
    return home(incidents=LONG, diary=diary, watchdog=watchdog)


def used(tools: Tools, mode: Mode = Mode.HTTP) -> Material:
    """Return a home in which these tools are used."""
    return home(calls=CallTotals(week=totals(tools), usual=totals(tools)), mode=mode)


def failing(tool_failures: int) -> Material:
    """Return a home in which a tool failed so often, and never before."""
    calls = totals({"ha_search": (40, 0.1, {"INTERNAL_ERROR": tool_failures, "CONFIG_INVALID": 3})})
    before = totals({"ha_search": (50, 0.1, {})})
    return home(calls=CallTotals(week=calls, before=before))


CASES: Mapping[str, tuple[str, dict[str, Any], Material, Material]] = {
    "two servers with one token": (
        "shared_token",
        {"servers": 2, "names": "ha-mcp and Other"},
        two_servers(),
        two_servers(token="t2"),
    ),
    "an app that went down without a watchdog": (
        "no_watchdog",
        {"outages": 2, "longest_seconds": 45 * 60},
        home(incidents=LONG, mode=Mode.APP, watchdog=False),
        home(incidents=LONG, mode=Mode.APP, watchdog=True),
    ),
    "no watchdog": (
        "no_watchdog",
        {"outages": 1},
        home(incidents=SHORT, mode=Mode.APP, watchdog=False),
        home(mode=Mode.APP, watchdog=False),
    ),
    "a program that nothing started again": (
        "no_watchdog",
        {"outages": 2},
        home(incidents=LONG, mode=Mode.HTTP, watchdog=None),
        home(incidents=outages(("2026-11-17T10:00", 5)), mode=Mode.HTTP, watchdog=None),
    ),
    "the only server, which had an outage": (
        "single_install",
        {"outages": 1, "seconds": 20 * 60},
        home(incidents=SHORT),
        home(),
    ),
    "one of two servers had an outage": (
        "single_install",
        {"outages": 1},
        home(incidents=SHORT),
        two_servers(incidents=SHORT),
    ),
    "tool calls that cannot be seen": (
        "monitoring_gaps",
        {"gaps": 1, "names": "tool_calls_tool_refused"},
        seen(gaps=(Gap(Signal.TOOL_CALLS, "tool_refused"), Gap(Signal.CPU, "hidden"))),
        seen(gaps=(Gap(Signal.CPU, "hidden"),)),
    ),
    "a gap that ends by itself": (
        "monitoring_gaps",
        {"gaps": 1},
        seen(gaps=(Gap(Signal.SESSION, "no_session"),)),
        seen(gaps=(Gap(Signal.SESSION, "ambiguous"),)),
    ),
    "calls that may have been missed": (
        "missed_calls",
        {"readings": 3},
        home(diary=Diary((replace(the_server().diary.days[-1], lost_windows=3),))),
        home(diary=Diary((replace(the_server().diary.days[-1], lost_windows=0),))),
    ),
    "days in which nobody watched": (
        "unwatched",
        {"unknown_minutes": 4330, "minutes": 7 * 1440},
        three_days_off(),
        home(),
    ),
    "an outage longer than half an hour": (
        "long_outages",
        {"outages": 2, "long": 1, "open": 0, "longest_seconds": 45 * 60, "rule": "server_down"},
        home(incidents=LONG),
        home(incidents=SHORT),
    ),
    "a long outage of five weeks ago": (
        "long_outages",
        {"long": 1},
        home(incidents=LONG),
        home(incidents=OLD),
    ),
    "an outage that ended with a reload": (
        "recovery_by_hand",
        {"outages": 2, "by_hand": 1, "mean_seconds": 45 * 60},
        restarted(Hint.RELOAD),
        restarted(Hint.SETTINGS),
    ),
    "an outage that ended with a restart": (
        "recovery_by_hand",
        {"by_hand": 1},
        restarted(Hint.RESTART),
        restarted(Hint.RESTART, watchdog=True),
    ),
    "a restart after an outage": (
        "recovery_by_hand",
        {"by_hand": 1},
        restarted(Hint.RELOAD),
        restarted(Hint.RELOAD, at_time="2026-11-17T15:00"),
    ),
    "a page that nobody answered": (
        "unanswered_pages",
        {"pages": 1, "unanswered": 1, "longest_seconds": 19 * 60},
        home(incidents=SHORT),
        home(incidents=outages(("2026-11-17T10:00", 20), acknowledged=[at("2026-11-17T10:05")])),
    ),
    "a page for what was soon over": (
        "unanswered_pages",
        {"unanswered": 1},
        home(incidents=SHORT),
        home(incidents=outages(("2026-11-17T10:00", 10))),
    ),
    "the third outage of a kind": (
        "recurring",
        {"times": 3, "seconds": 30 * 60, "rule": "server_down"},
        home(incidents=THRICE),
        home(incidents=LONG),
    ),
    "a token that expires in 40 days": (
        "token_expiring",
        {"days": 40, "expires": "2027-01-02"},
        seen(credential=Credential(expires_at=AS_OF + 40.5 * DAY)),
        seen(credential=Credential(expires_at=AS_OF + 61 * DAY)),
    ),
    "a token that is renewed all the time": (
        "token_expiring",
        {"days": 0},
        seen(credential=Credential(expires_at=AS_OF + MINUTE)),
        seen(
            credential=Credential(expires_at=AS_OF + MINUTE),
            server=replace(the_server().current.server, started_at=AS_OF - 60 * MINUTE),
        ),
    ),
    "many tools that write, from elsewhere": (
        "write_exposure",
        {"tools": 8, "writing": 8, "calls": 80},
        used(WRITING),
        used(WRITING, Mode.APP),
    ),
    "nothing that writes": (
        "write_exposure",
        {"tools": 8, "writing": 0, "calls": 80},
        used(READING, Mode.APP),
        used({**READING, "ha_call_service": (5, 0.1, {})}, Mode.APP),
    ),
    "another version than the one installed": (
        "restart_needed",
        {"running": "8.7.0", "installed": "8.8.0"},
        seen(about=replace(ABOUT, installed_version="8.8.0")),
        home(),
    ),
    "no WebSocket": (
        "websocket_disabled",
        {"websocket_enabled": 0},
        seen(about=replace(ABOUT, websocket_enabled=False)),
        home(),
    ),
    "an update that has waited": (
        "outdated",
        {"running": "8.7.0"},
        home(incidents=incidents(Span(WAITING, AS_OF - DAY), until=AS_OF)),
        seen(update_available="8.8.0"),
    ),
    "a tool that fails": (
        "failing_tool",
        {"bad": 8, "valid": 48, "error_rate": 16.67, "error_rate_before": 0.0},
        failing(8),
        failing(4),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_risk_appears_with_its_evidence(case: str) -> None:
    rule, evidence, material, _ = CASES[case]

    (risk,) = found(material, rule)

    assert {key: risk.evidence.get(key) for key in evidence} == evidence
    assert all((risk.title, risk.current_state, risk.risk, risk.mitigation))


@pytest.mark.parametrize("case", CASES)
def test_a_risk_does_not_appear_without_its_evidence(case: str) -> None:
    rule, _, _, material = CASES[case]

    assert found(material, rule) == []


@pytest.mark.parametrize(
    ("rule", "material"),
    [
        ("token_expiring", seen(credential=Credential())),
        ("monitoring_gaps", seen(gaps=None)),
        ("websocket_disabled", seen(about=About())),
        ("restart_needed", seen(about=About())),
        ("write_exposure", seen(about=About())),
        ("no_watchdog", home(mode=Mode.HTTP, watchdog=None)),
        ("failing_tool", home(calls=CallTotals())),
        ("missed_calls", home(diary=Diary())),
        ("outdated", home()),
        ("shared_token", two_servers(token=None)),
        ("shared_token", replace(two_servers(), whole=False)),
        ("single_install", replace(home(incidents=LONG), whole=False)),
    ],
)
def test_what_nobody_can_tell_is_not_judged(rule: str, material: Material) -> None:
    examined = examine(material)

    assert not [each for each in examined.judged if each.startswith(f"{rule}:")]
    assert found(material, rule) == []


def test_a_server_in_read_only_mode_exposes_nothing() -> None:
    current = replace(the_server().current, about=replace(ABOUT, read_only=True))
    calls = CallTotals(week=totals(READING), usual=totals(READING))
    assert found(home(calls=calls, current=current), "write_exposure") == []


def test_a_token_that_no_other_watched_server_has_is_told_as_a_gap() -> None:
    gap = Gap(Signal.SESSION, "shared_credential")
    assert found(seen(gaps=(gap,)), "monitoring_gaps") != []

"""What is minor: it can wait for the weekend."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.assessment import (
    Assessment,
    Credential,
    UsageLog,
)
from custom_components.ha_mcp_sre.assess.finding import Evidence, RuleKey
from custom_components.ha_mcp_sre.assess.history import History
from custom_components.ha_mcp_sre.assess.observation import (
    About,
)
from custom_components.ha_mcp_sre.assess.project import (
    STALE_AFTER,
    UNTOLD,
    BranchState,
    FailingWorkflow,
)
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.workflows import WorkflowKind

from .builders import DAY, HOUR, MINUTE
from .situations import GONE, NOW, UP, evidence, findings, situation

MIB = 1024 * 1024


def starts(*seconds: float, ago: float = HOUR, last_by: str = "app_log") -> History:
    """Return a history of starts, the last so many seconds ago."""
    *before, last = seconds
    known = [(f"life {n}", each, NOW - 9 * DAY, "app_log") for n, each in enumerate(before)]
    return History(startups=(*known, ("last", last, NOW - ago, last_by)))


def test_a_start_is_slow_by_its_own_median() -> None:
    history = starts(3, 4, 3, 60, 3, 6.5)
    assert evidence(RuleKey.SLOW_START, situation(history=history)) == {
        "seconds": 6.5,
        "usual_seconds": 3,
    }


@pytest.mark.parametrize(
    "history",
    [
        starts(3, 4, 3, 60, 3, 6),
        starts(3, 3, 3, 3, 60),
        starts(3, 3, 3, 3, 3, 60, ago=DAY + 1),
        starts(3, 3, 3, 3, 3, 60, last_by="startup_log"),
    ],
    ids=["twice", "few starts", "yesterday", "measured otherwise"],
)
def test_a_start_that_is_usual_incomparable_or_long_ago_is_not_slow(history: History) -> None:
    assert findings(RuleKey.SLOW_START, situation(history=history)) == []


@pytest.mark.parametrize(
    ("left", "answer"),
    [
        (10.5 * DAY, [{"days": 10}]),
        (HOUR, [{"days": 0}]),
        (31 * DAY, []),
        (-HOUR, []),
        (None, None),
    ],
)
def test_a_token_expires_soon_within_thirty_days(
    left: float | None, answer: list[Evidence] | None
) -> None:
    expires_at = None if left is None else NOW + left
    current = replace(UP, credential=Credential(accepted=True, expires_at=expires_at))
    found = findings(RuleKey.TOKEN_EXPIRING, situation(current))
    assert (found if found is None else [each.evidence for each in found]) == answer


def test_a_token_that_is_renewed_all_the_time_does_not_expire() -> None:
    server = replace(UP.server, started_at=NOW - 10 * MINUTE)
    credential = Credential(accepted=True, expires_at=NOW + 20 * MINUTE)
    current = replace(UP, server=server, credential=credential)
    assert findings(RuleKey.TOKEN_EXPIRING, situation(current)) == []


@pytest.mark.parametrize(
    ("current", "answer"),
    [
        (replace(UP, about=About("8.7.0", "8.8.0")), [{"running": "8.7.0", "installed": "8.8.0"}]),
        (UP, []),
        (replace(UP, about=About("8.7.0")), None),
        (replace(GONE, about=About("8.7.0", "8.8.0")), None),
    ],
    ids=["another", "the same", "unknown", "gone"],
)
def test_a_restart_is_needed_if_another_version_is_installed(
    current: Assessment, answer: list[Evidence] | None
) -> None:
    found = findings(RuleKey.RESTART_NEEDED, situation(current))
    assert (found if found is None else [each.evidence for each in found]) == answer


@pytest.mark.parametrize(("size", "large"), [(100_000_000, False), (100_000_001, True)])
def test_a_usage_log_over_100_megabytes_is_large(size: int, large: bool) -> None:
    current = replace(UP, usage_log=UsageLog(size, 0))
    assert bool(findings(RuleKey.USAGE_LOG_LARGE, situation(current))) is large


def test_of_a_usage_log_that_cannot_be_seen_nobody_knows_the_size() -> None:
    assert findings(RuleKey.USAGE_LOG_LARGE, situation()) is None


OFFERED = replace(UP, update_available="8.8.0")


@pytest.mark.parametrize(
    ("since", "offered", "answer"),
    [
        (NOW - 15 * DAY, True, [{"version": "8.8.0", "days": 15}]),
        (NOW - 14 * DAY, True, []),
        (NOW - 15 * DAY, False, None),
        (None, False, []),
    ],
    ids=["long", "not yet", "out of sight", "none"],
)
def test_an_update_waits_if_it_was_offered_over_14_days_ago(
    since: float | None, offered: bool, answer: list[Mapping[str, object]] | None
) -> None:
    history = History(update_since=since, update_seen_at=since and NOW)
    found = findings(RuleKey.UPDATE_WAITING, situation(OFFERED if offered else UP, history=history))
    assert (found if found is None else [each.evidence for each in found]) == answer


def test_a_start_without_a_life_of_the_server_is_no_start_of_anything() -> None:
    current = replace(UP, server=Server())
    assert findings(RuleKey.SLOW_START, situation(current)) is None


def red(hours: float, *, workflows: int = 1, read: float = 0) -> BranchState:
    """Return a branch on which workflows fail, the first for so long."""
    failing = [
        FailingWorkflow(f"{n}.yml", f"Tests {n}", WorkflowKind.TEST, NOW - hours * HOUR + n, 1)
        for n in range(workflows)
    ]
    return BranchState(not failing, 3, tuple(failing), NOW - read + STALE_AFTER)


@pytest.mark.parametrize(
    ("branch", "answer"),
    [
        (red(24), []),
        (red(24.1), [{"days": 1, "workflows": 1}]),
        (red(75, workflows=2), [{"days": 3, "workflows": 2}]),
        (red(75, workflows=0), []),
        (red(75, read=STALE_AFTER + 1), None),
        (BranchState(), None),
        (None, None),
        (UNTOLD, []),
    ],
    ids=["a day", "more", "days", "green", "read long ago", "unknown", "not loaded", "not told"],
)
def test_a_branch_that_is_red_for_more_than_a_day_is_told(
    branch: BranchState | None, answer: list[Evidence] | None
) -> None:
    found = findings(RuleKey.UPSTREAM_RED, situation(upstream=branch))
    assert (None if found is None else [each.evidence for each in found]) == answer

"""What shows a finding, as a person reads it."""

import re

import pytest

from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.report.evidence_words import evidence
from custom_components.ha_mcp_sre.report.render import render

from . import materials
from .parts import words
from .reports import report


@pytest.mark.parametrize(
    ("rule", "key", "value", "told"),
    [
        (RuleKey.SERVER_DOWN, "kind", "refused", "how it failed: connection refused"),
        (RuleKey.SERVER_DOWN, "kind", "http_error", "how it failed: HTTP error"),
        (RuleKey.SERVER_DOWN, "kind", "tool_error", "how it failed: ha-mcp reported an error"),
        (RuleKey.SERVER_DOWN, "kind", "starting", "how it failed: starting"),
        (RuleKey.LINK_BROKEN, "stage", "rest", "what failed: its requests to Home Assistant"),
        (RuleKey.SLOW, "p95", 8.4, "95 % of calls within 8.4 s"),
        (RuleKey.SLOW, "usual_p95", 1.6, "usually within 1.6 s"),
        (RuleKey.MEMORY_GROWING, "bytes_a_day", 31_400_000, "growth within a day: 31.4 MB"),
        (RuleKey.TOKEN_EXPIRING, "days", 1, "expires in 1 day"),
        (RuleKey.UPDATE_WAITING, "days", 15, "waits for 15 days"),
        (RuleKey.UPSTREAM_RED, "days", 4, "fails for 4 days"),
        (RuleKey.BUDGET_BURNING, "hours", 6, "in the last 6 h"),
        (RuleKey.SLOW, "from_a_later_version", 3, "from a later version: 3"),
        (RuleKey.SLOW, "p95", "unread", "95 % of calls within unread"),
    ],
)
def test_evidence_is_told_in_words_with_units(
    rule: RuleKey, key: str, value: str | float, told: str
) -> None:
    assert evidence({key: value}, rule, words()) == [{"key": key, "value": value, "text": told}]


def test_every_way_to_fail_that_an_incident_can_have_has_a_name() -> None:
    passing = {"tool_refused", "stalled", "starting", "unreadable"}
    assert {kind.value for kind in FailureKind} - words().failures.keys() == passing


def test_no_key_of_evidence_is_left_in_a_report() -> None:
    text = render(report(materials.bad_week()))
    said = re.findall(r"^- Evidence: (.+)$", text, re.MULTILINE)
    assert "how it failed: connection refused" in said
    assert not [each for each in said if re.search(r"\bkind\b|p95|bytes a day|usual ", each)]

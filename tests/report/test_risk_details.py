"""What a risk says, how bad it is, and what makes it none."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.assessment import Credential
from custom_components.ha_mcp_sre.assess.finding import Severity
from custom_components.ha_mcp_sre.assess.history import Hint
from custom_components.ha_mcp_sre.assess.signals import Gap, Mode, Signal
from custom_components.ha_mcp_sre.report.material import CallTotals
from custom_components.ha_mcp_sre.report.risks import examine

from .homes import DOWN, LINK, MINUTE, found, home, outages, seen, two_servers
from .materials import quiet_week
from .parts import DAY, Span, at, incidents, totals
from .servers import known_for

AS_OF = quiet_week().week.as_of


def test_an_outage_that_goes_on_is_worse_than_one_that_is_over() -> None:
    week = quiet_week().week
    going_on = incidents(Span(LINK, week.until - 40 * MINUTE), until=week.until)

    (risk,) = found(home(incidents=going_on), "long_outages")

    assert (risk.severity, risk.evidence["open"]) == (Severity.P1, 1)
    assert risk.current_state.endswith(" It goes on.")


def test_an_outage_in_maintenance_is_none() -> None:
    planned = tuple(
        replace(each, in_maintenance=True) for each in outages(("2026-11-17T10:00", 45))
    )

    assert found(home(incidents=planned), "long_outages") == []


def test_an_app_that_shares_no_token_leaves_no_doubt() -> None:
    examined = examine(two_servers(token=None, mode=Mode.APP))

    assert "shared_token:home" in examined.judged


def test_what_preceded_the_outages_is_named() -> None:
    hints = {at(f"2026-11-{day}T10:00"): Hint.VERSION.value for day in (10, 13, 17)}
    spans = (Span(DOWN, begin, begin + 600, hint) for begin, hint in hints.items())

    (risk,) = found(home(incidents=incidents(*spans, until=quiet_week().week.until)), "recurring")

    assert "Just before: an update of ha-mcp." in risk.current_state


@pytest.mark.parametrize(
    ("days", "severity"), [(-1, Severity.P1), (10, Severity.P2), (30, Severity.P3)]
)
def test_the_sooner_a_token_expires_the_worse_it_is(days: int, severity: Severity) -> None:
    (risk,) = found(seen(credential=Credential(expires_at=AS_OF + days * DAY)), "token_expiring")

    assert risk.severity is severity


def test_the_remedy_of_a_gap_is_the_one_that_the_product_names() -> None:
    (risk,) = found(seen(gaps=(Gap(Signal.MEMORY, "other_machine"),)), "monitoring_gaps")

    assert risk.mitigation == "Memory: visible when it runs on the machine of Home Assistant."


def test_a_tool_that_is_not_called_any_more_is_not_mended() -> None:
    calls = totals({"ha_search": (40, 0.1, {}), "ha_get_state": (3, 0.1, {})})

    examined = examine(home(calls=CallTotals(week=calls)))

    assert [each.split(":")[2] for each in examined.judged if each.startswith("failing_tool:")] == [
        "ha_search"
    ]


def test_a_failing_tool_is_not_mended_because_others_fail_more() -> None:
    six = {f"ha_tool_{number}": (20, 0.1, {"INTERNAL_ERROR": 10 + number}) for number in range(6)}

    examined = examine(home(calls=CallTotals(week=totals(six))))

    named = {each.key for each in examined.risks if each.key.startswith("failing_tool:")}
    assert len(named) == 5
    assert {each for each in examined.judged if each.startswith("failing_tool:")} == named


def test_of_a_server_that_is_new_the_unknown_part_is_of_the_time_since_then() -> None:
    over = quiet_week().week
    young = home(watched_since=over.end - DAY, tallies=known_for(18 * 60), tallies_before={})

    (risk,) = found(young, "unwatched")

    assert risk.current_state.startswith(
        "Of 6 h of the week (25 % of the time watched) nothing is known of any server: "
    )

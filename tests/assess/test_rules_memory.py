"""Whether the memory of a server grows all day."""

from collections.abc import Callable
from dataclasses import replace
from math import pi, sin

import pytest

from custom_components.ha_mcp_sre.assess.assessment import Assessment
from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.history import MEMORY_INTERVAL, History
from custom_components.ha_mcp_sre.assess.observation import HostReading
from custom_components.ha_mcp_sre.assess.signals import Source

from .situations import NOW, UP, evidence, findings, situation

MIB = 1024 * 1024


def grown(
    a_day: float,
    *,
    start: int = 120 * MIB,
    samples: int = 49,
    life: str | None = UP.server.life,
) -> History:
    """Return a history of memory that grew by so many bytes a day until now."""
    memory = [
        (NOW - MEMORY_INTERVAL * ago, start + round(a_day * (samples - 1 - ago) / 48))
        for ago in reversed(range(samples))
    ]
    return History(memory=tuple(memory), memory_life=life)


WATCHED = replace(UP, host=HostReading(NOW, Source.PROCESS, memory=150 * MIB))


def test_memory_grows_if_it_did_so_all_day() -> None:
    shown = evidence(RuleKey.MEMORY_GROWING, situation(WATCHED, history=grown(30 * MIB)))
    assert shown == {"bytes_a_day": 30 * MIB, "percent_a_day": 22.2}


@pytest.mark.parametrize(
    "history",
    [
        grown(0),
        grown(-30 * MIB),
        grown(19 * MIB),
        grown(30 * MIB, start=2000 * MIB),
        grown(90 * MIB, samples=48),
        replace(grown(90 * MIB), memory=grown(90 * MIB).memory[:30]),
        History(memory_life=UP.server.life),
    ],
    ids=["steady", "less", "bytes", "percent", "under a day", "few samples", "new"],
)
def test_memory_that_grows_little_or_was_not_watched_for_a_day_is_no_leak(
    history: History,
) -> None:
    assert findings(RuleKey.MEMORY_GROWING, situation(WATCHED, history=history)) == []


def shaped(memory: Callable[[int], float]) -> History:
    """Return a history of memory, in MiB by the number of the sample: there are 48 a day."""
    samples = [(at, round(memory(n) * MIB)) for n, (at, _) in enumerate(grown(0).memory)]
    return replace(grown(0), memory=tuple(samples))


@pytest.mark.parametrize("at", range(1, 49))
def test_one_leap_is_no_growth_whenever_it_came(at: int) -> None:
    history = shaped(lambda n: 150 if n < at else 190)
    assert findings(RuleKey.MEMORY_GROWING, situation(WATCHED, history=history)) == []


@pytest.mark.parametrize("at", range(48))
def test_what_swings_with_the_day_does_not_grow(at: int) -> None:
    history = shaped(lambda n: 200 + 30 * sin(2 * pi * (n + at) / 48))
    assert findings(RuleKey.MEMORY_GROWING, situation(WATCHED, history=history)) == []


def test_growth_by_day_that_rests_at_night_stays_one_incident() -> None:
    def grown_until(hour: int) -> History:
        # 60 MiB more each day, between 8 and 22 h.
        def memory(n: int) -> float:
            day, of_day = divmod(hour + 24 + n / 2, 24)
            return 120 + 60 * day + 60 * min(max(of_day - 8, 0), 14) / 14

        return shaped(memory)

    found = [situation(WATCHED, history=grown_until(hour)) for hour in range(24)]
    assert any(findings(RuleKey.MEMORY_GROWING, each) for each in found)
    known = [replace(each, open=frozenset({RuleKey.MEMORY_GROWING})) for each in found]
    assert all(findings(RuleKey.MEMORY_GROWING, each) for each in known)


@pytest.mark.parametrize(
    ("current", "history"),
    [(UP, grown(90 * MIB)), (WATCHED, History()), (WATCHED, grown(90 * MIB, life="before"))],
    ids=["unread", "shared", "another life"],
)
def test_without_memory_of_its_own_to_see_nobody_can_tell_whether_it_grows(
    current: Assessment, history: History
) -> None:
    assert findings(RuleKey.MEMORY_GROWING, situation(current, history=history)) is None

"""Which calls a maintenance, or a start of Home Assistant, excuses: those that it can have hit."""

from dataclasses import dataclass, field

import pytest

from custom_components.ha_mcp_sre.assess.history import History
from custom_components.ha_mcp_sre.assess.incidents import Incidents
from custom_components.ha_mcp_sre.assess.judge import Case, Judge
from custom_components.ha_mcp_sre.assess.ledger import Ledger
from custom_components.ha_mcp_sre.assess.objectives import Objectives, Targets

from .builders import HOUR, MINUTE, call
from .outcomes import TOOL_SUCCESS
from .situations import NOW, POLICY, UP


@dataclass(slots=True)
class Bench:
    """A judge, looking at a server that is well."""

    case: Case = field(
        default_factory=lambda: Case(Incidents(POLICY), Objectives(since=NOW - HOUR), History())
    )
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        """Begin an hour ago."""
        self.begin(NOW - HOUR)

    def begin(self, at: float) -> None:
        """Watch from now on, as after a start of Home Assistant."""
        self.judge = Judge(self.case, Ledger(), Targets(), POLICY, at)
        self.looks(at)

    def looks(self, *times: float) -> None:
        """Look at each of these times."""
        for at in times:
            self.judge.look(UP, at)

    def counted(self, started: float, *, duration: float = 0.03) -> bool:
        """Read a call that failed; return whether it counts."""
        before = self.case.objectives.tally(TOOL_SUCCESS, HOUR, NOW).bad
        self.judge.called([call(started, code="INTERNAL_ERROR", duration=duration)])
        return self.case.objectives.tally(TOOL_SUCCESS, HOUR, NOW).bad > before


@pytest.fixture
def bench() -> Bench:
    found = Bench()
    found.looks(*(NOW - 30 * MINUTE + 30 * n for n in range(40)))
    return found


BEGAN = NOW - 10 * MINUTE + 1


def test_what_failed_before_a_maintenance_counts_though_it_is_read_in_it(bench: Bench) -> None:
    bench.judge.maintain(NOW + HOUR, BEGAN)
    assert bench.counted(BEGAN - MINUTE)
    assert not bench.counted(BEGAN + MINUTE)


def test_what_failed_before_a_start_of_home_assistant_counts_though_it_is_read_after_it(
    bench: Bench,
) -> None:
    bench.begin(NOW - 5 * MINUTE)
    assert bench.counted(BEGAN - MINUTE)
    assert not bench.counted(NOW - 7 * MINUTE)


def test_what_failed_before_a_reload_counts_though_it_is_read_before_the_next_look(
    bench: Bench,
) -> None:
    bench.judge.reloaded(BEGAN)
    assert bench.counted(BEGAN - MINUTE)
    assert not bench.counted(BEGAN + 1)


def test_a_call_that_a_maintenance_cut_off_is_excused_by_it(bench: Bench) -> None:
    bench.judge.maintain(NOW + HOUR, BEGAN)
    assert not bench.counted(BEGAN - 20, duration=30)


def test_what_fails_after_a_maintenance_counts_though_no_look_saw_its_end(bench: Bench) -> None:
    bench.judge.maintain(BEGAN + MINUTE, BEGAN)
    assert bench.counted(BEGAN + 2 * MINUTE)


def test_what_failed_in_a_maintenance_is_excused_when_it_is_over(bench: Bench) -> None:
    bench.judge.maintain(BEGAN + MINUTE, BEGAN)
    bench.looks(BEGAN + MINUTE, BEGAN + 2 * MINUTE)
    assert not bench.counted(BEGAN + 30)
    assert bench.counted(BEGAN + 90)


def test_what_failed_in_a_maintenance_is_excused_after_a_start_of_home_assistant(
    bench: Bench,
) -> None:
    bench.judge.maintain(NOW + HOUR, BEGAN)
    bench.looks(*(BEGAN + 30 * n for n in range(8)))
    bench.begin(BEGAN + 5 * MINUTE)
    assert bench.counted(BEGAN - MINUTE)
    assert not bench.counted(BEGAN + MINUTE)


def test_what_failed_in_a_maintenance_before_a_start_of_home_assistant_is_excused(
    bench: Bench,
) -> None:
    bench.judge.maintain(BEGAN + MINUTE, BEGAN)
    bench.looks(*(BEGAN + 30 * n for n in range(8)))
    bench.begin(BEGAN + 5 * MINUTE)
    assert not bench.counted(BEGAN + 30)
    assert bench.counted(BEGAN + 90)

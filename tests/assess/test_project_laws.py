"""What holds for the CI of any project."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from math import isfinite
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.project import ci_health, default_branch_state
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.assess.upstream import Run, Upstream

from .builders import DAY
from .upstreams import NOW, SINCE, moments, projects, ran, run, runs, shuffled

orders = st.randoms(use_true_random=False)
windows = st.tuples(moments, moments).map(sorted)


def numbers(value: object) -> Iterator[float]:
    """Yield every number in a result."""
    match value:
        case int() | float():
            yield value
        case tuple():
            for each in value:
                yield from numbers(each)
        case dict():
            yield from numbers(tuple(value.values()))
        case _ if is_dataclass(value):
            yield from numbers(tuple(getattr(value, each.name) for each in fields(value)))


def tallies(upstream: Upstream, since: float = SINCE, until: float = NOW) -> list[Tally]:
    """Return the tallies that are of the same runs whatever is added to the tests."""
    health = ci_health(upstream, since, until)
    return [each for each in (health.overall, health.pull_requests) if each is not None]


@given(projects(), windows)
def test_rates_are_percentages_and_figures_are_numbers(
    upstream: Upstream, window: list[float]
) -> None:
    health = ci_health(upstream, *window)
    assert all(map(isfinite, numbers(health)))
    for tally in [
        *filter(None, (health.overall, health.pull_requests)),
        *health.kinds.values(),
        *(each.runs for each in health.workflows),
    ]:
        assert tally.achieved is None or 0 <= tally.achieved <= 100
    if health.stability is not None:
        assert health.stability.recovered <= health.stability.unstable <= health.stability.runs


@given(projects(), windows, orders)
def test_the_order_of_the_runs_does_not_matter(
    upstream: Upstream, window: list[float], order: Random
) -> None:
    other = shuffled(upstream, order)
    assert ci_health(other, *window) == ci_health(upstream, *window)
    assert default_branch_state(other, NOW) == default_branch_state(upstream, NOW)


@given(st.lists(runs, max_size=30), runs)
def test_one_more_failure_never_raises_a_pass_rate(known: list[Run], one: Run) -> None:
    failed = replace(one, id=1000, conclusion="failure")
    for before, after in zip(tallies(ran(*known)), tallies(ran(*known, failed)), strict=True):
        assert before.achieved is None or (after.achieved or 0) <= before.achieved


@given(projects(), st.tuples(moments, moments, moments).map(sorted))
def test_two_windows_side_by_side_have_the_runs_of_both(
    upstream: Upstream, times: list[float]
) -> None:
    since, between, until = times
    upstream = replace(upstream, runs_since=SINCE - 11 * DAY, read_at=dict(ran().read_at))
    # A run that is seen twice may change its place, which is not what this is about.
    upstream = replace(upstream, runs=tuple({each.id: each for each in upstream.runs}.values()))
    halves = [tallies(upstream, since, between), tallies(upstream, between, until)]
    for index, whole in enumerate(tallies(upstream, since, until)):
        parts = [half[index] for half in halves if half]
        assert whole.good == sum(part.good for part in parts)
        assert whole.bad == sum(part.bad for part in parts)


@given(st.lists(runs, max_size=30))
def test_a_branch_is_red_exactly_if_something_fails(known: list[Run]) -> None:
    state = default_branch_state(ran(*known), NOW)
    assert state.ok is (None if not state.judged else not state.failing)
    assert len(state.failing) <= state.judged
    assert (state.failing_since is None) is not bool(state.failing)


@given(st.lists(runs, max_size=30))
def test_a_branch_on_which_everything_passed_last_is_green(known: list[Run]) -> None:
    files = {(each.path, each.workflow) for each in known} | {("e2e-tests.yml", "E2E Tests")}
    passed = [run(path=path, name=name, ago=-1) for path, name in sorted(files)]
    assert default_branch_state(ran(*known, *passed), NOW).ok

"""However runs and issues come, and however little is read at a time, what is said to be known is."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.upstream import Run
from custom_components.ha_mcp_sre.observe.github_answers import Page
from custom_components.ha_mcp_sre.observe.upstream_runs import (
    KEPT,
    RunsProgress,
    Span,
    horizon,
    merge_runs,
)

PAGE = 3
"""Entries of a page here: what holds for it holds for a hundred."""

HOUR = 3600.0


@dataclass(slots=True)
class Listing:
    """Runs as GitHub lists them, and what was read of them."""

    now: float = KEPT * 10
    runs: list[Run] = field(default_factory=list)
    known: tuple[Run, ...] = ()
    progress: RunsProgress = field(default_factory=RunsProgress)

    def page(self, number: int = 1, start: float = 0, end: float = 1e12) -> Page[Run]:
        listed = sorted(
            (run for run in self.runs if start <= run.created_at <= end),
            key=lambda run: (-run.created_at, -run.id),
        )
        shown = tuple(listed[(number - 1) * PAGE : number * PAGE])
        return Page(shown, tuple(run.created_at for run in shown), len(shown), len(listed))

    def create(self, count: int) -> None:
        for _ in range(count):
            self.runs.append(_run(len(self.runs), self.now))

    def read_newest(self) -> None:
        page = self.page()
        progress = self.progress.read_newest(page, horizon(self.known, self.now))
        self.known = merge_runs(self.known, page.entries, self.now)
        self.progress = progress.refresh(self.known, self.now, 6 * HOUR)

    def read_span(self) -> bool:
        if (span := self.progress.next_span) is None:
            return False
        page = self.page(span.page, span.start, span.end)
        self.known = merge_runs(self.known, page.entries, self.now)
        self.progress = self.progress.read_span(span, page)
        return True

    def settle(self) -> None:
        floor = horizon(self.known, self.now)
        self.known = merge_runs(self.known, (), self.now)
        self.progress = self.progress.forget(floor)
        since = self.progress.complete_since(floor)
        assert since is not None
        assert {run.id for run in self.runs if run.created_at > since} <= {
            run.id for run in self.known
        }


STEPS = st.lists(
    st.tuples(st.sampled_from([0, 1, 600, HOUR, 48 * HOUR, 300 * HOUR]), st.integers(0, 12)),
    max_size=12,
)


@given(STEPS, STEPS)
def test_all_runs_since_the_time_that_is_told_are_known(
    before: list[tuple[float, int]], after: list[tuple[float, int]]
) -> None:
    listing = Listing()
    for pause, created in before:
        listing.create(created)
        listing.now += pause
    for pause, some in after:
        listing.read_newest()
        for _ in range(some):
            listing.read_span()
        listing.settle()
        listing.create(some)
        listing.now += pause
    listing.read_newest()
    while listing.read_span():
        listing.settle()
    listing.settle()
    since = listing.progress.complete_since(horizon(listing.known, listing.now))
    assert since == listing.now - KEPT


@given(st.integers(0, 12), st.integers(0, 12))
def test_a_run_that_ends_is_known_to_have_at_the_next_look(before: int, after: int) -> None:
    listing = Listing()
    listing.read_newest()
    going = replace(_run(0, listing.now), conclusion=None)
    listing.runs.append(going)
    listing.now += 60
    listing.create(before)
    listing.read_newest()
    listing.runs[0] = replace(going, conclusion="success", updated_at=listing.now + 60)
    listing.now += HOUR
    listing.create(after)
    listing.read_newest()
    while listing.read_span():
        listing.settle()
    assert listing.runs[0] in listing.known


def test_what_is_read_again_does_not_keep_the_past_from_being_read() -> None:
    listing = Listing()
    for _ in range(300):  # One every two hours.
        listing.create(1)
        listing.now += 2 * HOUR
    for _ in range(400):
        listing.create(1)
        listing.read_newest()
        listing.read_span()
        listing.settle()
        listing.now += HOUR
    since = listing.progress.complete_since(horizon(listing.known, listing.now))
    assert since == listing.now - KEPT


def test_a_rereading_goes_on_where_it_was_however_often_the_newest_are_read() -> None:
    listing = Listing()
    for _ in range(60):
        listing.create(1)
        listing.now += HOUR
    listing.read_newest()
    while listing.read_span():
        pass
    listing.now += 6 * HOUR
    listing.runs[40] = again = replace(listing.runs[40], attempt=2)
    for _ in range(16):
        listing.create(1)
        listing.read_newest()
        listing.read_span()
        listing.now += HOUR / 2
    assert again in listing.known


def test_the_newest_is_read_first_and_what_is_missing_before_what_is_read_again() -> None:
    older, newer, again = Span(0, 5), Span(7, 9), Span(6, 9, again=True)
    assert RunsProgress(1, spans=(older, again, newer)).next_span == newer


def _run(number: int, created: float) -> Run:
    return Run(number, "w", "w.yml", "push", True, "c", 1, "success", created, created, created)

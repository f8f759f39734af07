"""Which CI runs are still to be read: GitHub lists the newest first, and no more than a page at once.

What was created between two times is asked for, page after page, the end moving to the oldest one
that came. So no list is ever read beyond its first page, and the 1,000 entries at which GitHub cuts
lists of this kind do not matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..assess.upstream import Run
from .github_answers import Page

DAY = 86_400.0

KEPT = 35 * DAY
"""How long runs are kept: four weeks, and one more to compare the first of them with."""

_MOST = 10_000
"""Runs that are kept at most; a project that has more in five weeks is known for a shorter time."""

_REFRESHED = 2 * DAY
"""Runs that are older than this do not change any more."""

_LONGEST_JOB = 6 * 3600.0
"""What runs for longer than GitHub lets a job run waits for a person."""


@dataclass(frozen=True, slots=True)
class Span:
    """Runs created between two times that are to be read, or read again.

    `page` is more than 1 if so many were created within the second of the end.
    """

    start: float
    end: float
    again: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class RunsProgress:
    """How far reading the runs came: up to `read_to`, but for the spans. Times are Unix seconds.

    What was created since `edge` is on the newest page, or missing.
    """

    read_to: float | None = None
    edge: float | None = None
    spans: tuple[Span, ...] = ()
    swept_at: float | None = None

    @property
    def next_span(self) -> Span | None:
        """What to read next: the newest."""
        return max(self.spans, key=lambda span: (span.end, not span.again), default=None)

    def read_newest(self, page: Page[Run], floor: float) -> RunsProgress:
        """Return the progress after the newest page of all; nothing before `floor` is wanted."""
        floor = floor if self.read_to is None else max(self.read_to, floor)
        edge = 0.0 if page.is_last else min(page.times)
        missing = [Span(floor, edge)] if edge >= floor else []
        return replace(
            self,
            read_to=max(page.times, default=self.read_to),
            edge=min(edge, floor),
            spans=(*self.spans, *missing),
        )

    def refresh(self, known: Iterable[Run], now: float, sweep_interval: float) -> RunsProgress:
        """Return the progress with runs to be read again that may have changed by now.

        They are older than the newest page: those from the first to the last that was not over, and
        every now and then all of the last two days, as a run that was over may be run again. That
        waits until nothing else is left to read: it must not keep the past from being read.
        """
        if self.swept_at is None or self.edge is None:
            return replace(self, swept_at=now)
        since, edge = now - _REFRESHED, self.edge
        if not self.spans and not 0 <= now - self.swept_at < sweep_interval:
            sweep = [Span(since, edge, again=True)] if since < edge else []
            return replace(self, spans=tuple(sweep), swept_at=now)
        going = [at for at in _unfinished(known, now) if at <= edge]
        again = [Span(min(going), max(going), again=True)] if going else []
        again += [each for each in self.spans if each.again and each.end > since]
        missing = [each for each in self.spans if not each.again]
        return replace(self, spans=(*missing, *_joined(again)))

    def read_span(self, span: Span, page: Page[Run]) -> RunsProgress:
        """Return the progress after a page of a span."""
        rest = tuple(each for each in self.spans if each != span)
        if page.is_last:
            return replace(self, spans=rest)
        oldest = min(page.times)
        if oldest < span.end:
            return replace(self, spans=(*rest, replace(span, end=oldest, page=1)))
        return replace(self, spans=(*rest, replace(span, page=span.page + 1)))

    def forget(self, floor: float) -> RunsProgress:
        """Return the progress without what is too old to be read."""
        kept = (replace(each, start=max(each.start, floor)) for each in self.spans)
        return replace(self, spans=tuple(each for each in kept if each.end > floor))

    def complete_since(self, floor: float) -> float | None:
        """Return since when all runs are known, None if that is not so for any time."""
        if self.edge is None:
            return None
        return max([floor, *(each.end for each in self.spans if not each.again)])


def merge_runs(known: Iterable[Run], fresh: Iterable[Run], now: float) -> tuple[Run, ...]:
    """Return all runs that are kept, the newest first; of two readings of one, the later."""
    merged = {run.id: run for run in known}
    for run in fresh:
        old = merged.get(run.id)
        if old is None or (old.attempt, old.updated_at) <= (run.attempt, run.updated_at):
            merged[run.id] = run
    kept = (run for run in merged.values() if run.created_at >= now - KEPT)
    return tuple(sorted(kept, key=lambda run: (-run.created_at, -run.id))[:_MOST])


def horizon(runs: Sequence[Run], now: float) -> float:
    """Return the time before which no runs are kept; `runs` are sorted."""
    oldest = runs[-1].created_at + 1 if len(runs) >= _MOST else 0.0
    return max(now - KEPT, oldest)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans for the same times that do not overlap; one that holds others goes on as it is."""
    joined = list[Span]()
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if not joined or span.start > joined[-1].end:
            joined.append(span)
        elif span.end > joined[-1].end:
            joined[-1] = replace(joined[-1], end=span.end, page=1)
    return joined


def _unfinished(known: Iterable[Run], now: float) -> list[float]:
    return [
        run.created_at
        for run in known
        if run.conclusion is None and run.created_at > now - _LONGEST_JOB
    ]

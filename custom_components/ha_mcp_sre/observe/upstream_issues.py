"""Which issues are still to be read: GitHub lists those that changed since a time, oldest first.

Page after page, that time moves to the last change that came. An issue that changes meanwhile is
met again further on, and none is passed over.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..assess.upstream import Issue
from .github_answers import Page

_DAY = 86_400.0

KEPT = 91 * _DAY
"""How long closed issues are kept: a quarter of a year."""

FIRST = 14 * _DAY
"""Of the past, so much is read first: the last week, and the one before to compare it with."""

_MOST = 10_000
"""Issues that are kept at most, those that changed last."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The time since which changes are to be read.

    `page` is more than 1 if so many changed in that very second.
    """

    since: float
    page: int = 1

    def after(self, page: Page[Issue]) -> Cursor:
        """Return where to go on after a page that was not the last."""
        newest = max(page.times)
        return Cursor(newest) if newest > self.since else Cursor(self.since, self.page + 1)


@dataclass(frozen=True, slots=True)
class Count:
    """A reading of all open issues, which began at a time and met these so far."""

    began: float
    cursor: Cursor = Cursor(0)
    met: tuple[int, ...] = ()

    def meeting(self, issues: Iterable[Issue]) -> Count:
        """Return the count with more issues met."""
        return replace(self, met=(*self.met, *(issue.number for issue in issues)))


@dataclass(frozen=True, slots=True)
class IssuesProgress:
    """How far reading the issues came.

    `changes` is where to look for changes next, and `behind` says that there are more. `since` is
    where reading them began. `past` is what is read of the time before, up to `since`. `count` is
    the reading of open issues that is under way and `counted_at` when the last one ended.
    """

    changes: Cursor | None = None
    behind: bool = True
    since: float | None = None
    past: Cursor | None = None
    count: Count | None = None
    counted_at: float | None = None

    def begin(self, now: float, count_interval: float) -> tuple[IssuesProgress, Cursor]:
        """Return the progress with what is due at this time, and where to look for changes."""
        since = now - FIRST
        begun = self
        if self.changes is None:
            begun = replace(self, since=since, past=Cursor(now - KEPT))
        fresh = self.counted_at is not None and 0 <= now - self.counted_at < count_interval
        if self.count is None and not fresh:
            begun = replace(begun, count=Count(now))
        return begun, self.changes or Cursor(since)

    def read_changes(self, cursor: Cursor, page: Page[Issue]) -> IssuesProgress:
        """Return the progress after a page of changes."""
        if not page.is_last:
            return replace(self, changes=cursor.after(page), behind=True)
        newest = max(page.times, default=cursor.since)
        return replace(self, changes=Cursor(max(newest, cursor.since)), behind=False)

    def read_past(self, cursor: Cursor, page: Page[Issue], now: float) -> IssuesProgress:
        """Return the progress after a page of the past."""
        after = None if page.is_last else cursor.after(page)
        if after is None or after.since > (self.since or 0):
            return replace(self, past=None, since=now - KEPT)
        return replace(self, past=after)

    def read_open(self, count: Count, page: Page[Issue], now: float) -> IssuesProgress:
        """Return the progress after a page of open issues; `count` has met its entries."""
        if page.is_last:
            return replace(self, count=None, counted_at=now)
        return replace(self, count=replace(count, cursor=count.cursor.after(page)))

    @property
    def is_settled(self) -> bool:
        """Whether all that changed was read, and all open issues were."""
        return self.counted_at is not None and not self.behind

    def complete_since(self, now: float) -> float | None:
        """Return since when all closed issues are known, if it is settled."""
        return None if self.since is None else max(self.since, now - KEPT)


def merge_issues(known: Iterable[Issue], fresh: Iterable[Issue], now: float) -> tuple[Issue, ...]:
    """Return all issues that are kept, the highest number first; of two readings the later."""
    merged = {issue.number: issue for issue in known}
    for issue in fresh:
        old = merged.get(issue.number)
        if old is None or old.updated_at <= issue.updated_at:
            merged[issue.number] = issue
    kept = (
        issue
        for issue in merged.values()
        if issue.closed_at is None or issue.closed_at >= now - KEPT
    )
    last_changed = sorted(kept, key=lambda issue: (-issue.updated_at, -issue.number))[:_MOST]
    return tuple(sorted(last_changed, key=lambda issue: -issue.number))


def without_vanished(known: Iterable[Issue], count: Count) -> tuple[Issue, ...]:
    """Return the issues without the open ones that a whole reading did not meet.

    They were deleted, or moved to another repository; neither is told as a change.
    """
    met = frozenset(count.met)
    return tuple(
        issue
        for issue in known
        if issue.closed_at is not None or issue.number in met or issue.updated_at >= count.began
    )

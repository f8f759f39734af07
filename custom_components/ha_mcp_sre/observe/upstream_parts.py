"""The questions that a project is collected with, one request each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from ..assess.upstream import Issue, Part, Run, Upstream, UpstreamFailure
from .github import Failure, GitHub, Unchanged, is_repository
from .github_answers import (
    PER_PAGE,
    Page,
    Repository,
    read_issues,
    read_releases,
    read_repository,
    read_runs,
)
from .upstream_issues import Cursor, merge_issues, without_vanished
from .upstream_progress import Progress, Tag
from .upstream_runs import Span, horizon, merge_runs

_RELEASES_KEPT = 100


class Parts:
    """What is known of a project, and the questions that add to it.

    Each asks once and returns why that failed, None if it did not; what is known and the progress
    change together, and not at all by a failure.
    """

    def __init__(self, client: GitHub, known: Upstream, progress: Progress, now: float) -> None:
        """Continue with what is known; `now` is in Unix seconds."""
        self._client = client
        self._now = now
        self.known = known
        self.progress = progress

    async def read_repository(self) -> Failure | None:
        """Ask what it is called and what its default branch is."""
        found = await self._ask("", {}, _repository, Part.REPOSITORY)
        if isinstance(found, Repository):
            self._client.rename(found.full_name)
            self.known = replace(self.known, default_branch=found.default_branch)
        return found if isinstance(found, Failure) else None

    async def read_newest_runs(self) -> Failure | None:
        """Ask for the newest page of runs."""
        page = await self._ask_runs({}, Part.RUNS)
        if isinstance(page, Failure):
            return page
        runs = self.progress.runs
        if isinstance(page, Page):
            runs = runs.read_newest(page, horizon(self.known.runs, self._now))
            self._take_runs(page)
        interval = self._client.policy.upstream_sweep_interval
        runs = runs.refresh(self.known.runs, self._now, interval)
        self.progress = replace(self.progress, runs=runs)
        return None

    async def read_span(self, span: Span) -> Failure | None:
        """Ask for runs of the past."""
        created = f"{_iso(span.start)}..{_iso(span.end)}"
        page = await self._ask_runs({"created": created, "page": str(span.page)})
        if isinstance(page, Page):
            self._take_runs(page)
            self.progress = replace(self.progress, runs=self.progress.runs.read_span(span, page))
        return page if isinstance(page, Failure) else None

    async def read_changes(self) -> Failure | None:
        """Ask for issues that changed since the last time."""
        interval = self._client.policy.upstream_repository_interval
        issues, cursor = self.progress.issues.begin(self._now, interval)
        page = await self._ask_issues(cursor, Part.ISSUES)
        if isinstance(page, Failure):
            return page
        if isinstance(page, Page):
            self._take_issues(page)
            issues = issues.read_changes(cursor, page)
        self.progress = replace(self.progress, issues=issues)
        return None

    async def read_open(self) -> Failure | None:
        """Ask for issues that are open, however old."""
        if (count := self.progress.issues.count) is None:
            return None
        page = await self._ask_issues(count.cursor, state="open")
        if isinstance(page, Page):
            self._take_issues(page)
            count = count.meeting(page.entries)
            if page.is_last:
                self.known = replace(self.known, issues=without_vanished(self.known.issues, count))
            issues = self.progress.issues.read_open(count, page, self._now)
            self.progress = replace(self.progress, issues=issues)
        return page if isinstance(page, Failure) else None

    async def read_past(self) -> Failure | None:
        """Ask for issues that changed before the first time."""
        if (cursor := self.progress.issues.past) is None:
            return None
        page = await self._ask_issues(cursor)
        if isinstance(page, Page):
            self._take_issues(page)
            issues = self.progress.issues.read_past(cursor, page, self._now)
            self.progress = replace(self.progress, issues=issues)
        return page if isinstance(page, Failure) else None

    async def read_releases(self) -> Failure | None:
        """Ask for the newest releases."""
        params = {"per_page": str(PER_PAGE)}
        page = await self._ask("/releases", params, read_releases, Part.RELEASES)
        if isinstance(page, Page):
            newest = sorted(page.entries, key=lambda each: (-each.published_at, each.tag))
            self.known = replace(self.known, releases=tuple(newest[:_RELEASES_KEPT]))
        return page if isinstance(page, Failure) else None

    def asked(self, part: Part, failure: Failure | None) -> None:
        """Note that a part was asked for."""
        self.progress = replace(self.progress, asked={**self.progress.asked, part.value: self._now})
        if failure is not None:
            self.failed([part], failure)
            return
        failures = {key: kind for key, kind in self.known.failures.items() if key is not part}
        read_at = dict(self.known.read_at)
        if part is not Part.ISSUES:  # They are read once all that changed is; see `settle`.
            read_at[part] = self._now
        self.known = replace(self.known, failures=failures, read_at=read_at)

    def failed(self, parts: Iterable[Part], failure: Failure) -> None:
        """Note why parts could not be read."""
        failures = {**self.known.failures, **dict.fromkeys(parts, failure.kind)}
        self.known = replace(self.known, failures=failures)

    def stumbled(self, part: Part, failure: Failure) -> None:
        """Note that the past of a part could not be read."""
        self.failed([part], failure)
        self.progress = replace(self.progress, stumbled_at=self._now)

    def settle(self) -> None:
        """Let go of what is too old, and say since when everything is known."""
        floor = horizon(self.known.runs, self._now)
        runs, issues = self.progress.runs.forget(floor), self.progress.issues
        self.progress = replace(self.progress, runs=runs, client=self._client.state)
        read_at = dict(self.known.read_at)
        if issues.is_settled and Part.ISSUES not in self.known.failures:
            read_at[Part.ISSUES] = self.progress.asked[Part.ISSUES]
        self.known = replace(
            self.known,
            runs=merge_runs(self.known.runs, (), self._now),
            runs_since=runs.complete_since(floor),
            issues=merge_issues(self.known.issues, (), self._now),
            issues_since=issues.complete_since(self._now) if Part.ISSUES in read_at else None,
            read_at=read_at,
        )

    async def _ask_runs(
        self, params: Mapping[str, str], tagged: Part | None = None
    ) -> Page[Run] | Unchanged | Failure:
        branch = self.known.default_branch
        if branch is None:
            failures = self.known.failures
            return Failure(failures.get(Part.REPOSITORY, UpstreamFailure.BAD_ANSWER))

        def read(raw: object) -> Page[Run] | None:
            page = read_runs(raw, branch)
            return page if page and (page.is_last or page.falls) else None

        wanted = {"per_page": str(PER_PAGE), "exclude_pull_requests": "true", **params}
        return await self._ask("/actions/runs", wanted, read, tagged)

    async def _ask_issues(
        self, cursor: Cursor, tagged: Part | None = None, *, state: str = "all"
    ) -> Page[Issue] | Unchanged | Failure:
        def read(raw: object) -> Page[Issue] | None:
            page = read_issues(raw)
            return page if page and (page.is_last or page.rises) else None

        params = {
            "state": state,
            "sort": "updated",
            "direction": "asc",
            "since": _iso(cursor.since),
            "page": str(cursor.page),
            "per_page": str(PER_PAGE),
        }
        return await self._ask("/issues", params, read, tagged)

    async def _ask[T](
        self,
        path: str,
        params: Mapping[str, str],
        read: Callable[[object], T | None],
        tagged: Part | None = None,
    ) -> T | Unchanged | Failure:
        """Ask, with the tag of the last answer if that was to the same question."""
        question = f"{path}?{'&'.join(f'{key}={value}' for key, value in params.items())}"
        tag = self.progress.tags.get(tagged.value) if tagged else None
        etag = tag.etag if tag and tag.question == question else None
        answer = await self._client.get(path, params, etag=etag)
        if isinstance(answer, Unchanged | Failure):
            return answer
        if (found := read(answer.data)) is None:
            return Failure(UpstreamFailure.BAD_ANSWER)
        if tagged is not None:
            rest = {part: tag for part, tag in self.progress.tags.items() if part != tagged.value}
            new = {tagged.value: Tag(question, answer.etag)} if answer.etag else {}
            self.progress = replace(self.progress, tags={**rest, **new})
        return found

    def _take_runs(self, page: Page[Run]) -> None:
        runs = merge_runs(self.known.runs, page.entries, self._now)
        self.known = replace(self.known, runs=runs)

    def _take_issues(self, page: Page[Issue]) -> None:
        issues = merge_issues(self.known.issues, page.entries, self._now)
        self.known = replace(self.known, issues=issues)


def _repository(raw: object) -> Repository | None:
    found = read_repository(raw)
    return found if found and is_repository(found.full_name) else None


def _iso(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

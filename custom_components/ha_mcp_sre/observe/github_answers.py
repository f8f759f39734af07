"""Runs, issues and releases out of GitHub's answers; None is said of what is none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..assess.upstream import Issue, Release, Run
from .plain import line, moment, word

PER_PAGE = 100
"""Entries of a page, the most that GitHub gives."""

_TITLE = 120
_NAME = 64
_BRANCH = 255
_MOST_LABELS = 20
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Repository:
    """What a repository says of itself."""

    full_name: str
    default_branch: str


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page of a list, which is `total` long where GitHub says that.

    `entries` are those that could be read, `size` counts the others too. `times` are those by which
    the list is sorted, in its order and in Unix seconds.
    """

    entries: tuple[T, ...]
    times: tuple[float, ...]
    size: int
    total: int | None = None

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it."""
        if self.total is None:
            return self.size < PER_PAGE
        return self.size == 0 or self.size >= self.total

    @property
    def rises(self) -> bool:
        """Whether no entry is older than the one before it."""
        return all(before <= after for before, after in pairwise(self.times))

    @property
    def falls(self) -> bool:
        """Whether no entry is newer than the one before it."""
        return all(before >= after for before, after in pairwise(self.times))


def read_repository(raw: object) -> Repository | None:
    """Read a repository."""
    if not isinstance(raw, dict):
        return None
    name, branch = (
        line(raw.get("full_name"), 2 * _NAME + 1),
        line(raw.get("default_branch"), _BRANCH),
    )
    return Repository(name, branch) if name and branch else None


def read_runs(raw: object, default_branch: str) -> Page[Run] | None:
    """Read a page of CI runs by the time of their creation, out of a list of `total` runs."""
    if not isinstance(raw, dict) or (total := _integer(raw.get("total_count"))) is None:
        return None
    page = _read(raw.get("workflow_runs"), lambda each: _run(each, default_branch), "created_at")
    if page is None or (page.size and not page.entries):
        return None
    return Page(page.entries, page.times, page.size, total)


def read_issues(raw: object) -> Page[Issue] | None:
    """Read a page of issues by the time of their last change; pull requests are no issues."""
    return _read(raw, _issue, "updated_at")


def read_releases(raw: object) -> Page[Release] | None:
    """Read a page of releases; drafts are none yet."""
    return _read(raw, _release, "created_at")


def _read[T](
    listed: object, read: Callable[[Mapping[str, Any]], T | None], time: str
) -> Page[T] | None:
    if not isinstance(listed, list):
        return None
    raws = [each for each in listed if isinstance(each, dict)]
    times = tuple(at for each in raws if (at := moment(each.get(time))) is not None)
    if listed and not times:
        return None
    return Page(
        tuple(entry for each in raws if (entry := read(each)) is not None), times, len(listed)
    )


def _run(raw: Mapping[str, Any], default_branch: str) -> Run | None:
    number, commit, event = _integer(raw.get("id")), word(raw.get("head_sha")), raw.get("event")
    created, updated = moment(raw.get("created_at")), moment(raw.get("updated_at"))
    if number is None or commit is None or created is None or updated is None:
        return None
    path = _file(raw.get("path"))
    over = raw.get("status") == "completed"
    started = moment(raw.get("run_started_at"))
    return Run(
        id=number,
        workflow=line(raw.get("name"), _NAME) or path,
        path=path,
        event=word(event) or "",
        on_default=_is_on_default(raw, default_branch),
        commit=commit,
        attempt=_integer(raw.get("run_attempt")) or 1,
        conclusion=word(raw.get("conclusion")) if over else None,
        created_at=created,
        started_at=created if started is None else started,
        updated_at=updated,
    )


def _is_on_default(raw: Mapping[str, Any], default_branch: str) -> bool:
    """Whether a run is of the default branch: a fork's may have the same name."""
    ours, theirs = _id(raw.get("repository")), _id(raw.get("head_repository"))
    return (
        raw.get("head_branch") == default_branch
        and not str(raw.get("event")).startswith("pull_request")
        and ours == theirs
    )


def _file(path: object) -> str:
    """Return the name of a workflow's file; GitHub may add the branch that it is from."""
    text = path if isinstance(path, str) else ""
    return line(text.partition("@")[0].rpartition("/")[2], _NAME) or ""


def _issue(raw: Mapping[str, Any]) -> Issue | None:
    number, title = _integer(raw.get("number")), line(raw.get("title"), _TITLE)
    opened, updated = moment(raw.get("created_at")), moment(raw.get("updated_at"))
    closed = moment(raw.get("closed_at")) if raw.get("state") == "closed" else None
    if number is None or opened is None or updated is None or raw.get("pull_request"):
        return None
    if raw.get("state") != "open" and closed is None:
        return None
    return Issue(
        number=number,
        title=title or "",
        labels=_labels(raw.get("labels")),
        opened_at=opened,
        closed_at=closed,
        reason=None if closed is None else word(raw.get("state_reason")),
        updated_at=updated,
    )


def _labels(raw: object) -> tuple[str, ...]:
    """Return the names of labels; the older form is just a name."""
    listed = raw if isinstance(raw, list) else []
    names = (each.get("name") if isinstance(each, dict) else each for each in listed)
    return tuple(label for name in names if (label := line(name, _NAME)))[:_MOST_LABELS]


def _release(raw: Mapping[str, Any]) -> Release | None:
    tag, published = line(raw.get("tag_name"), _NAME), moment(raw.get("published_at"))
    if tag is None or published is None or raw.get("draft") is True:
        return None
    return Release(tag, published, prerelease=raw.get("prerelease") is True)


def _id(raw: object) -> int | None:
    return _integer(raw.get("id")) if isinstance(raw, dict) else None


def _integer(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _LARGEST else None

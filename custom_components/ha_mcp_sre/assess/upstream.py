"""What the sources of ha-mcp's own project produce: runs, issues, releases and images.

All of it is public. Times are Unix seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Part(StrEnum):
    """A part of the project that is asked for by itself, and may fail by itself."""

    REPOSITORY = "repository"
    RUNS = "runs"
    ISSUES = "issues"
    RELEASES = "releases"
    IMAGES = "images"


class UpstreamFailure(StrEnum):
    """Why a part of the project could not be read."""

    TOKEN_REJECTED = "token_rejected"  # noqa: S105 - the name of a failure.
    RATE_LIMITED = "rate_limited"
    BUDGET_SPENT = "budget_spent"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    SERVER_ERROR = "server_error"
    BAD_ANSWER = "bad_answer"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Run:
    """One CI run. `conclusion` is GitHub's word, None while it is not over.

    `path` is the name of the workflow's file without its folder. `started_at` is when its latest
    attempt began, `updated_at` when that ended, if it is over.
    """

    id: int
    workflow: str
    path: str
    event: str
    on_default: bool
    commit: str
    attempt: int
    conclusion: str | None
    created_at: float
    started_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue, no pull request. `reason` is why it was closed, in GitHub's words."""

    number: int
    title: str
    labels: tuple[str, ...]
    opened_at: float
    closed_at: float | None
    reason: str | None
    updated_at: float


@dataclass(frozen=True, slots=True)
class Release:
    """One published release."""

    tag: str
    published_at: float
    prerelease: bool


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a release for one architecture: its compressed size in bytes."""

    tag: str
    architecture: str
    size: int
    created_at: float | None


@dataclass(frozen=True, slots=True)
class Upstream:
    """All that was learnt of a project.

    `runs` are complete since `runs_since`, closed issues since `issues_since`; None says that
    nobody knows since when. `read_at` is when each part was read last, also if nothing was new;
    `failures` says why a part could not be read the last time.
    """

    repository: str
    default_branch: str | None = None
    runs: tuple[Run, ...] = ()
    runs_since: float | None = None
    issues: tuple[Issue, ...] = ()
    issues_since: float | None = None
    releases: tuple[Release, ...] = ()
    images: tuple[Image, ...] = ()
    read_at: Mapping[Part, float] = field(default_factory=dict)
    failures: Mapping[Part, UpstreamFailure] = field(default_factory=dict)

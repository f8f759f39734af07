"""How far collecting a project came, in a form that can be stored."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .github import ClientState
from .plain import number
from .upstream_issues import Count, Cursor, IssuesProgress
from .upstream_runs import RunsProgress, Span


@dataclass(frozen=True, slots=True)
class Tag:
    """The tag of the last answer to a question."""

    question: str
    etag: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far collecting came; `dataclasses.asdict` makes JSON of it, `read_progress` reads it.

    `asked` is when each part was asked for last, in Unix seconds, and `tags` what was answered;
    both by the names of the parts. `stumbled_at` is when reading the past failed.
    """

    client: ClientState = field(default_factory=ClientState)
    asked: dict[str, float] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    runs: RunsProgress = field(default_factory=RunsProgress)
    issues: IssuesProgress = field(default_factory=IssuesProgress)
    stumbled_at: float | None = None


def read_progress(raw: object) -> Progress:
    """Return the progress that was stored, a fresh one if this is none. Never raises."""
    try:
        return _progress(raw)
    except KeyError, TypeError, ValueError, AttributeError:
        return Progress()


def _progress(raw: Any) -> Progress:
    tags = raw["tags"].items()
    return Progress(
        client=_client(raw["client"]),
        asked={_text(part): _time(at) for part, at in raw["asked"].items()},
        tags={_text(part): Tag(_text(tag["question"]), _text(tag["etag"])) for part, tag in tags},
        runs=_runs(raw["runs"]),
        issues=_issues(raw["issues"]),
        stumbled_at=_maybe(_time, raw["stumbled_at"]),
    )


def _client(raw: Any) -> ClientState:
    return ClientState(
        _maybe(_text, raw["full_name"]),
        tuple(map(_time, raw["spent"])),
        _time(raw["blocked_until"]),
    )


def _runs(raw: Any) -> RunsProgress:
    return RunsProgress(
        read_to=_maybe(_time, raw["read_to"]),
        edge=_maybe(_time, raw["edge"]),
        spans=tuple(map(_span, raw["spans"])),
        swept_at=_maybe(_time, raw["swept_at"]),
    )


def _span(raw: Any) -> Span:
    return Span(_time(raw["start"]), _time(raw["end"]), raw["again"] is True, _whole(raw["page"]))


def _issues(raw: Any) -> IssuesProgress:
    return IssuesProgress(
        changes=_maybe(_cursor, raw["changes"]),
        behind=raw["behind"] is True,
        since=_maybe(_time, raw["since"]),
        past=_maybe(_cursor, raw["past"]),
        count=_maybe(_count, raw["count"]),
        counted_at=_maybe(_time, raw["counted_at"]),
    )


def _count(raw: Any) -> Count:
    return Count(_time(raw["began"]), _cursor(raw["cursor"]), tuple(map(_whole, raw["met"])))


def _cursor(raw: Any) -> Cursor:
    return Cursor(_time(raw["since"]), _whole(raw["page"]))


def _maybe[T](read: Callable[[Any], T], raw: Any) -> T | None:
    return None if raw is None else read(raw)


def _time(raw: Any) -> float:
    if (at := number(raw)) is None or at < 0:
        raise ValueError
    return at


def _whole(raw: Any) -> int:
    if type(raw) is not int:
        raise TypeError
    return raw


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw

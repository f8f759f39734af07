"""What the issues of ha-mcp's own project say of it; all times are Unix seconds."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
import re
from statistics import median
from types import MappingProxyType

from .coverage import Coverage, coverage
from .failure_modes import MODE_WORDS, RULE_MODES, FailureMode, modes_of, plain, reads_like
from .finding import RuleKey
from .upstream import Issue, Part, Upstream

_HOUR = 3600.0
_MONTH = 28 * 86_400.0


class IssueClass(StrEnum):
    """What an issue is about, the more telling first."""

    CRASH = "crash"
    PERFORMANCE = "performance"
    REGRESSION = "regression"
    STARTUP_BUG = "startup_bug"
    RUNTIME_BUG = "runtime_bug"
    OTHER_BUG = "other_bug"
    OTHER = "other"

    @property
    def is_bug(self) -> bool:
        """Whether somebody reports a failure."""
        return self is not IssueClass.OTHER


_LABELS: Mapping[str, IssueClass] = MappingProxyType(
    {
        "crash": IssueClass.CRASH,
        "performance": IssueClass.PERFORMANCE,
        "memory leak": IssueClass.PERFORMANCE,
        "regression": IssueClass.REGRESSION,
        "startup bug": IssueClass.STARTUP_BUG,
        "startup": IssueClass.STARTUP_BUG,
        "runtime bug": IssueClass.RUNTIME_BUG,
        "runtime": IssueClass.RUNTIME_BUG,
        "bug": IssueClass.OTHER_BUG,
        "enhancement": IssueClass.OTHER,
        "feature": IssueClass.OTHER,
        "feature request": IssueClass.OTHER,
        "documentation": IssueClass.OTHER,
        "agent behavior": IssueClass.OTHER,
        "question": IssueClass.OTHER,
    }
)
"""What labels say, in small letters and without their group; of several the first class counts."""

_RUNTIME_TITLES: Mapping[IssueClass, tuple[str, ...]] = {
    IssueClass.CRASH: ("crash", "oom", "out of memory", "segfault", "killed", "exits unexpectedly"),
    IssueClass.PERFORMANCE: ("slow", "performance", "latency", "memory", "cpu ", "takes too long"),
    IssueClass.REGRESSION: (
        "regression",
        "used to work",
        "no longer work",
        "stopped working",
        *MODE_WORDS[FailureMode.UPDATE],
    ),
}

_TITLES: Mapping[IssueClass, Mapping[IssueClass, tuple[str, ...]]] = MappingProxyType(
    {
        # The form for bugs at run time puts its label on crashes and slowness alike.
        IssueClass.RUNTIME_BUG: _RUNTIME_TITLES,
        IssueClass.OTHER_BUG: {
            **_RUNTIME_TITLES,
            IssueClass.STARTUP_BUG: MODE_WORDS[FailureMode.START],
        },
    }
)
"""Words of titles that tell more than these labels, the first that is found counts."""

_FILLERS = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "bug", "but", "by", "can", "for", "from"),
        *("ha", "has", "i", "in", "is", "it", "mcp", "my", "of", "on", "or", "s", "t", "that"),
        *("the", "this", "to", "v", "when", "while", "with"),
    }
)
"""Words that say nothing of what an issue is about."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What at least two bug reports have in common.

    `kind` is "failure_mode" (`name` is a word of the table), "tool" (`name` is the tool's) or
    "title" (`name` is what the titles have in common). `issues` are their numbers, sorted.
    """

    kind: str
    name: str
    issues: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IssueReview:
    """The issues of a window of time, `since` included and `until` not.

    What happened in `covered_since` to `covered_until` is known; if that is None nobody knows
    anything, and figures are None too, or empty. `opened` and `closed` count by class, every
    class named. The 28 days that end with the window are known from `month_since`: `signatures`
    are of bugs opened in them, `mttr_hours` is the median time from open to closed as completed
    in hours of the `mttr_bugs` bugs that were so closed in them; None of none. `open_bugs` are
    those open at the end of the window.
    """

    since: float
    until: float
    covered_since: float | None = None
    covered_until: float | None = None
    month_since: float | None = None
    opened: Mapping[IssueClass, int] | None = None
    closed: Mapping[IssueClass, int] | None = None
    signatures: tuple[Signature, ...] = ()
    mttr_hours: float | None = None
    mttr_bugs: int | None = None
    open_bugs: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """An issue in which somebody reports what was seen here too, by these rules."""

    number: int
    title: str
    rules: tuple[RuleKey, ...]


def class_of(title: str, labels: Collection[str]) -> IssueClass:
    """Return what an issue is about, by its labels, and where they tell little by its title."""
    known = {_LABELS[name] for label in labels if (name := _label(label)) in _LABELS}
    if not known and title.strip().casefold().startswith("[bug]"):
        known = {IssueClass.OTHER_BUG}
    labelled = next((each for each in IssueClass if each in known), IssueClass.OTHER)
    text = plain(title)
    return next(
        (each for each, words in _TITLES.get(labelled, {}).items() if reads_like(text, words)),
        labelled,
    )


def issue_review(upstream: Upstream, since: float, until: float) -> IssueReview:
    """Return what the issues of the time from `since` to `until`, which is not included, say."""
    month = _coverage(upstream, until - _MONTH, until)
    if month is None:
        return IssueReview(since, until)
    issues = _issues(upstream)
    bugs = [issue for issue, kind in issues.items() if kind.is_bug]
    repairs = [
        (issue.closed_at - issue.opened_at) / _HOUR
        for issue in bugs
        if issue.closed_at is not None
        and issue.reason == "completed"
        and month.holds(issue.closed_at)
        and issue.closed_at >= issue.opened_at
    ]
    review = IssueReview(
        since,
        until,
        month_since=month.since,
        signatures=_signatures([issue for issue in bugs if month.holds(issue.opened_at)]),
        mttr_hours=median(repairs) if repairs else None,
        mttr_bugs=len(repairs),
        open_bugs=sum(
            issue.opened_at < month.until
            and (issue.closed_at is None or issue.closed_at >= month.until)
            for issue in bugs
        ),
    )
    known = _coverage(upstream, since, until)
    if known is None:
        return review
    opened = Counter(kind for issue, kind in issues.items() if known.holds(issue.opened_at))
    closed = Counter(kind for issue, kind in issues.items() if known.holds(issue.closed_at))
    return replace(
        review,
        covered_since=known.since,
        covered_until=known.until,
        opened={kind: opened[kind] for kind in IssueClass},
        closed={kind: closed[kind] for kind in IssueClass},
    )


def reported_like(
    upstream: Upstream, rules: Collection[RuleKey], since: float, until: float
) -> tuple[Report, ...] | None:
    """Return the bugs opened in a window that read like incidents of these rules, by number.

    None if nobody knows which issues were opened.
    """
    known = _coverage(upstream, since, until)
    if known is None:
        return None
    reports = (
        Report(
            issue.number,
            issue.title,
            tuple(
                rule
                for rule in RuleKey
                if rule in rules and not RULE_MODES[rule].isdisjoint(modes_of(issue.title))
            ),
        )
        for issue, kind in _issues(upstream).items()
        if kind.is_bug and known.holds(issue.opened_at)
    )
    return tuple(report for report in reports if report.rules)


def _coverage(upstream: Upstream, since: float, until: float) -> Coverage | None:
    return coverage(upstream.issues_since, upstream.read_at.get(Part.ISSUES), since, until)


def _issues(upstream: Upstream) -> dict[Issue, IssueClass]:
    """Return every issue as it was seen last, by number, with what it is about."""
    latest = {issue.number: issue for issue in sorted(upstream.issues, key=_age)}
    return {
        issue: class_of(issue.title, issue.labels)
        for issue in sorted(latest.values(), key=lambda issue: issue.number)
    }


def _age(issue: Issue) -> tuple[float, str]:
    return issue.updated_at, repr(issue)


def _label(label: str) -> str:
    """Return what a label says without its group: "type: runtime-bug" is "runtime bug"."""
    return plain(re.split("[:/]", label)[-1]).strip()


def _signatures(bugs: Collection[Issue]) -> tuple[Signature, ...]:
    alike = defaultdict[tuple[str, str], list[int]](list)
    for issue in bugs:
        if (signature := _signature(issue.title)) is not None:
            alike[signature].append(issue.number)
    found = [
        Signature(kind, name, tuple(sorted(numbers)))
        for (kind, name), numbers in alike.items()
        if len(numbers) > 1
    ]
    return tuple(sorted(found, key=lambda each: (-len(each.issues), each.kind, each.name)))


def _signature(title: str) -> tuple[str, str] | None:
    """Return by what an issue is put with others, the most telling there is."""
    if modes := modes_of(title):
        return "failure_mode", modes[0].value
    words = plain(title).split()
    if tools := sorted(word for word in words if word.startswith("ha_")):
        return "tool", tools[0]
    telling = [word for word in words if word not in _FILLERS and not any(map(str.isdigit, word))]
    return ("title", " ".join(telling)) if telling else None

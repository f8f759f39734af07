"""What the CI runs of ha-mcp's own project say of it; all times are Unix seconds.

What its issues say is told in `issue_review`, releases and images in `release_review`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from math import ceil, inf
from statistics import median

from .coverage import Coverage, coverage
from .release_review import version_of
from .tally import Tally
from .upstream import Part, Run, Upstream
from .workflow_runs import VERDICTS, Workflow, of_pull_request, verdict, workflows_of
from .workflows import CI_KINDS, WorkflowKind

_HOUR, _DAY = 3600.0, 86_400.0

VERDICT_LIFETIME = 28 * _DAY
"""A verdict on the default branch that is older than this says nothing of it now."""

STALE_AFTER = _DAY
"""If the runs were not read for longer than this, nobody knows how the default branch is now."""

_PIPELINE = frozenset({WorkflowKind.TEST, WorkflowKind.BUILD})

_RAN_THROUGH = frozenset({"success", "failure", "timed_out"})
"""What did not even start took no time, and what was cancelled some."""

_MIN_RUNS = 5
"""Quantiles of fewer runs than this are noise."""

_PREPARED = 7 * _DAY
"""An image that claims to be built longer than this before its release has no true date: builds
that shall be reproducible set it to one that never changes."""


@dataclass(frozen=True, slots=True)
class Stability:
    """How far the verdicts of tests can be trusted, on the default branch and pull requests.

    Of `runs` with a verdict, `recovered` passed when they were run again. `alternating` counts
    the commits, by workflow, on which it both passed and failed. `unstable` are the runs that
    are either, each once.
    """

    runs: int = 0
    recovered: int = 0
    alternating: int = 0
    unstable: int = 0


@dataclass(frozen=True, slots=True)
class Durations:
    """How long runs took, in seconds: exact quantiles, None of fewer than five runs."""

    runs: int = 0
    p50: float | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """How reliably releases reach people.

    `releases` were published in the window; of `with_image` of them an image is dated, and
    `hours_to_image` is the median time from release to image in hours. It is 0 for an image that
    was built before the release was published, as nobody had to wait for it.
    """

    runs: Tally = field(default_factory=Tally)
    releases: int | None = None
    with_image: int = 0
    hours_to_image: float | None = None


@dataclass(frozen=True, slots=True)
class WorkflowHealth:
    """One workflow on the default branch: its verdicts, and how long its first attempts took."""

    path: str
    name: str
    kind: WorkflowKind
    runs: Tally
    durations: Durations


@dataclass(frozen=True, slots=True)
class CiHealth:
    """The CI of the project in a window of time, `since` included and `until` not.

    The runs of `covered_since` to `covered_until` are known. If that is None nobody knows any of
    them, and the figures are None too, or empty. In tallies a run is good if it passed, bad if it
    failed, and excluded without a verdict: cancelled, skipped, not over. `overall`, of the
    default branch, and `pull_requests` are of `CI_KINDS`; `workflows` and `kinds` know all but
    those to ignore. `durations` are of first attempts of tests and builds on the default branch.
    """

    since: float
    until: float
    covered_since: float | None = None
    covered_until: float | None = None
    overall: Tally | None = None
    pull_requests: Tally | None = None
    kinds: Mapping[WorkflowKind, Tally] = field(default_factory=dict)
    workflows: tuple[WorkflowHealth, ...] = ()
    stability: Stability | None = None
    durations: Durations | None = None
    deployment: Deployment | None = None


@dataclass(frozen=True, slots=True)
class FailingWorkflow:
    """A workflow whose newest verdict on the default branch is a failure; `since` its first one."""

    path: str
    name: str
    kind: WorkflowKind
    since: float
    failures: int


@dataclass(frozen=True, slots=True)
class BranchState:
    """Whether the default branch is green, by the newest verdict of each workflow of `CI_KINDS`.

    `ok` is None if nobody knows; what is known may be believed until `known_until`. `judged`
    workflows had a verdict, `failing` are sorted by since when they fail.
    """

    ok: bool | None = None
    judged: int = 0
    failing: tuple[FailingWorkflow, ...] = ()
    known_until: float | None = None

    @property
    def failing_since(self) -> float | None:
        """Since when it is not green in Unix seconds; None if it is, or if nobody knows."""
        return min((each.since for each in self.failing), default=None)


UNTOLD = BranchState(known_until=inf)
"""The project as a server that does not tell of it has it: there is nothing wrong with it."""


def ci_health(upstream: Upstream, since: float, until: float) -> CiHealth:
    """Return how the CI did in the time from `since` to `until`, which is not included."""
    known = coverage(upstream.runs_since, upstream.read_at.get(Part.RUNS), since, until)
    if known is None:
        return CiHealth(since, until)
    workflows = workflows_of(run for run in upstream.runs if known.holds(run.created_at))
    ci = [each for each in workflows if each.kind in CI_KINDS]
    merged = [(each, each.on_default) for each in workflows if each.on_default]
    tested = [each for each in ci if each.kind in _PIPELINE]
    return CiHealth(
        since,
        until,
        covered_since=known.since,
        covered_until=known.until,
        overall=_tally(run for each in ci for run in each.on_default),
        pull_requests=_tally(run for each in ci for run in each.pull_requests),
        kinds={
            kind: _tally(run for each, runs in merged for run in runs if each.kind is kind)
            for kind in sorted({each.kind for each, _ in merged})
        },
        workflows=tuple(
            WorkflowHealth(each.path, each.name, each.kind, _tally(runs), _durations(runs))
            for each, runs in merged
        ),
        stability=_stability(ci),
        durations=_durations(run for each in tested for run in each.on_default),
        deployment=_deployment(upstream, ci, Coverage(since, until)),
    )


def default_branch_state(upstream: Upstream, now: float) -> BranchState:
    """Return whether the default branch is green now.

    Unknown if the runs were not read for a day, and without a verdict of the last 28 days.
    """
    read_at = upstream.read_at.get(Part.RUNS)
    if upstream.runs_since is None or read_at is None or now - read_at > STALE_AFTER:
        return BranchState()
    judged = 0
    failing: list[FailingWorkflow] = []
    for workflow in workflows_of(upstream.runs):
        verdicts = [run for run in workflow.on_default if run.conclusion in VERDICTS]
        if workflow.kind not in CI_KINDS or not verdicts:
            continue
        if now - verdicts[-1].created_at > VERDICT_LIFETIME:
            continue
        judged += 1
        streak = list(takewhile(lambda run: not VERDICTS[run.conclusion or ""], verdicts[::-1]))
        if streak:
            first = streak[-1].created_at
            failing.append(
                FailingWorkflow(workflow.path, workflow.name, workflow.kind, first, len(streak))
            )
    failing.sort(key=lambda each: (each.since, each.path, each.name))
    if not judged:
        return BranchState()
    return BranchState(not failing, judged, tuple(failing), read_at + STALE_AFTER)


def _tally(runs: Iterable[Run]) -> Tally:
    verdicts = Counter(verdict(run) for run in runs)
    return Tally(verdicts[True], verdicts[False], verdicts[None])


def _stability(workflows: Iterable[Workflow]) -> Stability:
    # A pull request is tested merged with its base: not the same code as its commit alone.
    groups = [
        [run for run in runs if verdict(run) is not None]
        for each in workflows
        if each.kind is WorkflowKind.TEST
        for runs in (each.on_default, each.pull_requests)
    ]
    recovered = alternating = unstable = 0
    for runs in groups:
        passed = {run.commit for run in runs if verdict(run)}
        failed = {run.commit for run in runs if not verdict(run)}
        both = {commit for commit in passed & failed if commit}
        recovered += sum(_recovered(run) for run in runs)
        alternating += len(both)
        unstable += sum(_recovered(run) or run.commit in both for run in runs)
    return Stability(sum(map(len, groups)), recovered, alternating, unstable)


def _recovered(run: Run) -> bool:
    return run.attempt > 1 and verdict(run) is True


def _durations(runs: Iterable[Run]) -> Durations:
    seconds = sorted(
        run.updated_at - run.started_at
        for run in runs
        if run.attempt == 1 and run.conclusion in _RAN_THROUGH and run.updated_at >= run.started_at
    )
    if len(seconds) < _MIN_RUNS:
        return Durations(len(seconds))
    return Durations(len(seconds), _quantile(seconds, 0.5), _quantile(seconds, 0.95))


def _quantile(values: Sequence[float], share: float) -> float:
    """Return the least of the sorted values that at least this share of them do not exceed."""
    return values[ceil(share * len(values)) - 1]


def _deployment(upstream: Upstream, workflows: Iterable[Workflow], window: Coverage) -> Deployment:
    # A run for a published release is on its tag, not on a branch.
    runs = _tally(
        run
        for each in workflows
        if each.kind is WorkflowKind.RELEASE
        for run in each.runs
        if run.event == "release" or (run.on_default and not of_pull_request(run))
    )
    if Part.RELEASES not in upstream.read_at:
        return Deployment(runs)
    built: dict[tuple[int, ...], float] = {}
    for image in upstream.images:
        version = version_of(image.tag)
        if version is not None and image.created_at is not None:
            # Who waits for a release may wait for the last of its architectures.
            built[version] = max(image.created_at, built.get(version, image.created_at))
    released = {
        version: release.published_at
        for release in sorted(upstream.releases, key=lambda release: -release.published_at)
        if not release.prerelease and window.holds(release.published_at)
        if (version := version_of(release.tag)) is not None
    }
    waits = [
        max(0.0, built[version] - published) / _HOUR
        for version, published in released.items()
        if version in built and built[version] >= published - _PREPARED
    ]
    return Deployment(runs, len(released), len(waits), median(waits) if waits else None)

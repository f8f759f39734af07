"""Collects what GitHub shows of a project, in bounded steps that a small budget allows."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from ..assess.policy import Policy
from ..assess.upstream import Part, Upstream, UpstreamFailure
from .github import Failure, GitHub
from .upstream_parts import Parts
from .upstream_progress import Progress

_RESERVE = 4
"""Requests of the budget that reading the past leaves for an hour of what is new."""

_MOST = 20
"""Requests of one step for the past."""

_PAUSE = 60.0
"""Shortest time between two steps, in seconds."""

_PARTS = (Part.REPOSITORY, Part.RUNS, Part.ISSUES, Part.RELEASES)
"""What is asked for at regular times, in the order of worth."""

_WAITS = frozenset({UpstreamFailure.BUDGET_SPENT, UpstreamFailure.RATE_LIMITED})

_ENDS_STEP = _WAITS | {UpstreamFailure.TOKEN_REJECTED, UpstreamFailure.UNREACHABLE}
"""What would befall every other question too."""

_ENDS_PROJECT = _ENDS_STEP | {UpstreamFailure.FORBIDDEN, UpstreamFailure.NOT_FOUND}
"""The same if it befalls the repository itself."""

type Question = Callable[[], Awaitable[Failure | None]]


@dataclass(frozen=True, slots=True)
class Collected:
    """What is known after a step, how far it came, and the seconds until another is worth it."""

    upstream: Upstream
    progress: Progress
    wait: float


async def collect(client: GitHub, known: Upstream, progress: Progress, now: float) -> Collected:
    """Take one step: ask for what is due, then for what is missing, as far as the budget goes.

    Parts of `known` that are not GitHub's (images) are left alone. `now` is in Unix seconds. Make
    the client with `state=progress.client` once, and store both results of a step together: an
    answer that did not change is not sent again.
    """
    if known.default_branch is None and Part.REPOSITORY not in known.failures:
        progress = Progress()  # What it belongs to was lost.
    parts = Parts(client, known, progress, now)
    failure = await _read_due(parts, client, now) or await _read_missing(parts, client, now)
    parts.settle()
    return Collected(parts.known, parts.progress, _wait(parts, client, failure, now))


async def _read_due(parts: Parts, client: GitHub, now: float) -> Failure | None:
    """Ask for every part that is due; return what makes more questions useless."""
    questions: Mapping[Part, Question] = {
        Part.REPOSITORY: parts.read_repository,
        Part.RUNS: parts.read_newest_runs,
        Part.ISSUES: parts.read_changes,
        Part.RELEASES: parts.read_releases,
    }
    due = [part for part in _PARTS if _due_in(part, parts, client, now) <= 0]
    for index, part in enumerate(due):
        failure = await questions[part]()
        ends = _ENDS_PROJECT if part is Part.REPOSITORY else _ENDS_STEP
        if failure is not None and failure.kind in ends:
            parts.failed(due[index:], failure)
            return failure
        parts.asked(part, failure)
    return None


async def _read_missing(parts: Parts, client: GitHub, now: float) -> Failure | None:
    """Ask for what is missing of the past; return what makes more questions useless."""
    for _ in range(_MOST):
        missing = _missing(parts)
        if missing is None or _stumbled(parts, client.policy, now) or client.left <= _RESERVE:
            return None
        part, question = missing
        failure = await question()
        if failure is not None:
            if failure.kind not in _WAITS:
                parts.stumbled(part, failure)
            return failure
    return None


def _missing(parts: Parts) -> tuple[Part, Question] | None:
    """Return the next question about the past: what is open, then what is newest."""
    issues, span = parts.progress.issues, parts.progress.runs.next_span
    if issues.count is not None:
        return Part.ISSUES, parts.read_open
    if issues.changes is not None and issues.behind:
        return Part.ISSUES, parts.read_changes
    if issues.past is not None and (span is None or span.end <= (issues.since or 0)):
        return Part.ISSUES, parts.read_past
    return None if span is None else (Part.RUNS, partial(parts.read_span, span))


def _due_in(part: Part, parts: Parts, client: GitHub, now: float) -> float:
    """Return the seconds until a part is to be asked for; it is due if there are none."""
    asked = parts.progress.asked.get(part.value)
    if asked is None or asked > now:
        return 0  # The clock was set back.
    interval = _interval(part, client.policy)
    renamed = part is Part.REPOSITORY and client.full_name is None
    if renamed or part in parts.known.failures:
        interval = min(interval, client.policy.upstream_retry)
    return asked + interval - now


def _interval(part: Part, policy: Policy) -> float:
    match part:
        case Part.REPOSITORY:
            return policy.upstream_repository_interval
        case Part.RUNS:
            return policy.upstream_runs_interval
        case _:
            return policy.upstream_issues_interval


def _stumbled(parts: Parts, policy: Policy, now: float) -> bool:
    at = parts.progress.stumbled_at
    return at is not None and 0 <= now - at < policy.upstream_retry


def _wait(parts: Parts, client: GitHub, failure: Failure | None, now: float) -> float:
    """Return the seconds until there is something to do."""
    policy = client.policy
    if failure is not None and failure.kind is UpstreamFailure.TOKEN_REJECTED:
        return policy.upstream_token_retry
    if failure is not None:
        return max(_PAUSE, failure.retry_after or policy.upstream_retry)
    waits = [_due_in(part, parts, client, now) for part in _PARTS]
    if _missing(parts) is not None:
        stumbled = _stumbled(parts, policy, now)
        waits.append(policy.upstream_retry if stumbled else client.wait_for(_RESERVE + 1))
    return max(_PAUSE, min(waits), client.wait_for(1))

"""What the sources of ha-mcp's own project might bring."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from random import Random

from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.upstream import (
    Image,
    Issue,
    Part,
    Release,
    Run,
    Upstream,
)

from .builders import DAY, HOUR, MIDNIGHT, MINUTE

NOW = MIDNIGHT
SINCE = NOW - 60 * DAY
REPOSITORY = "homeassistant-ai/ha-mcp"
READ = Upstream(
    REPOSITORY,
    "master",
    runs_since=SINCE,
    issues_since=SINCE,
    read_at=dict.fromkeys(Part, NOW),
)
"""A project of which everything was read just now, and nothing ever happened."""

_NUMBERS = count(1)


def run(
    conclusion: str | None = "success",
    *,
    ago: float = HOUR,
    path: str = "e2e-tests.yml",
    name: str = "E2E Tests",
    event: str = "push",
    on_default: bool = True,
    commit: str | None = None,
    attempt: int = 1,
    took: float = 10 * MINUTE,
) -> Run:
    """Return a run that was created so many seconds ago."""
    number, at = next(_NUMBERS), NOW - ago
    return Run(
        id=number,
        workflow=name,
        path=path,
        event=event,
        on_default=on_default,
        commit=f"{number:040x}" if commit is None else commit,
        attempt=attempt,
        conclusion=conclusion,
        created_at=at,
        started_at=at,
        updated_at=at + took,
    )


def ran(*runs: Run) -> Upstream:
    """Return a project with these runs."""
    return replace(READ, runs=runs)


def issue(
    title: str,
    *labels: str,
    ago: float = DAY,
    closed: float | None = None,
    reason: str | None = "completed",
) -> Issue:
    """Return an issue that was opened and perhaps closed so many seconds ago."""
    opened_at, closed_at = NOW - ago, None if closed is None else NOW - closed
    return Issue(
        number=next(_NUMBERS),
        title=title,
        labels=labels,
        opened_at=opened_at,
        closed_at=closed_at,
        reason=None if closed is None else reason,
        updated_at=opened_at if closed_at is None else closed_at,
    )


def told(*issues: Issue) -> Upstream:
    """Return a project with these issues."""
    return replace(READ, issues=issues)


def release(tag: str, *, ago: float, prerelease: bool = False) -> Release:
    """Return a release that was published so many seconds ago."""
    return Release(tag, NOW - ago, prerelease)


def image(tag: str, size: int, *, ago: float | None = None, architecture: str = "amd64") -> Image:
    """Return an image that was built so many seconds ago."""
    return Image(tag, architecture, size, None if ago is None else NOW - ago)


def a_month(seed: int) -> tuple[Run, ...]:
    """Return runs as four weeks of a project like ha-mcp bring them, in no order."""
    chance, runs = Random(seed), list[Run]()
    for _ in range(120):
        ago, commit = chance.uniform(0, 28 * DAY), f"{chance.getrandbits(160):040x}"
        merged = chance.random() < 0.4
        for path, name, takes, pass_rate in (
            ("pr.yml", "PR Validation Pipeline", 6 * MINUTE, 0.85),
            ("e2e-tests.yml", "E2E Tests", 14 * MINUTE, 0.9),
            ("validate.yml", "Validate", MINUTE, 0.98),
            ("publish-dev.yml", "Publish Dev Channel", 4 * MINUTE, 0.97),
        ):
            cancelled, passed = chance.random() < 0.08, chance.random() < pass_rate
            runs.append(
                run(
                    "cancelled" if cancelled else "success" if passed else "failure",
                    ago=ago,
                    path=path,
                    name=name,
                    event="push" if merged else "pull_request",
                    on_default=merged,
                    commit=commit,
                    attempt=2 if chance.random() < 0.1 else 1,
                    took=takes * chance.uniform(0.8, 1.5),
                )
            )
    chance.shuffle(runs)
    return tuple(runs)


CONCLUSIONS = (
    None,
    "success",
    "failure",
    "timed_out",
    "startup_failure",
    "cancelled",
    "skipped",
    "neutral",
    "action_required",
    "stale",
    "a word of tomorrow",
)

moments = st.integers(int(SINCE - 10 * DAY), int(NOW)).map(float)
runs = st.builds(
    Run,
    id=st.integers(1, 60),
    workflow=st.sampled_from(["E2E Tests", "Release Publish", "Renovate", "Nightly", ""]),
    path=st.sampled_from(["e2e-tests.yml", "release-publish.yml", "renovate.yml", "x.yml", ""]),
    event=st.sampled_from(["push", "pull_request", "merge_group", "schedule", "release"]),
    on_default=st.booleans(),
    commit=st.sampled_from(["a" * 40, "b" * 40, ""]),
    attempt=st.integers(1, 3),
    conclusion=st.sampled_from(CONCLUSIONS),
    created_at=moments,
    started_at=moments,
    updated_at=moments,
)


def projects(found: st.SearchStrategy[Run] = runs) -> st.SearchStrategy[Upstream]:
    """Return projects with runs, known since some time and read at another."""
    return st.builds(
        lambda runs, since, read_at: replace(
            READ, runs=tuple(runs), runs_since=since, read_at={Part.RUNS: read_at}
        ),
        st.lists(found, max_size=30),
        moments,
        moments,
    )


def shuffled(upstream: Upstream, order: Random) -> Upstream:
    """Return the same project, told in another order."""

    def mixed[T](things: Iterable[T]) -> tuple[T, ...]:
        known = list(things)
        return tuple(order.sample(known, len(known)))

    return replace(
        upstream,
        runs=mixed(upstream.runs),
        issues=mixed(upstream.issues),
        releases=mixed(upstream.releases),
        images=mixed(upstream.images),
    )

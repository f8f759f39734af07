"""CI runs by their workflow, and what their conclusions say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .upstream import Run
from .workflows import WorkflowKind, kind_of

VERDICTS: Mapping[str, bool] = MappingProxyType(
    {
        "success": True,
        "failure": False,
        "timed_out": False,
        "startup_failure": False,
    }
)
"""What a conclusion says of the code; every other one is no verdict."""

PULL_REQUEST_EVENTS = frozenset({"pull_request", "pull_request_target", "merge_group"})
"""What starts runs that judge code which is not on the default branch yet."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """The runs of one workflow, the newest last."""

    path: str
    name: str
    kind: WorkflowKind
    runs: tuple[Run, ...]

    @property
    def on_default(self) -> list[Run]:
        """Its runs on the default branch; a fork may have given its own branch that name."""
        return [run for run in self.runs if run.on_default and not of_pull_request(run)]

    @property
    def pull_requests(self) -> list[Run]:
        """Its runs for pull requests."""
        return [run for run in self.runs if of_pull_request(run)]


def workflows_of(runs: Iterable[Run]) -> list[Workflow]:
    """Return all workflows but those to ignore, in the order of their kinds and names."""
    latest: dict[int, Run] = {}
    for run in runs:
        known = latest.get(run.id)
        if known is None or _attempt(run) > _attempt(known):
            latest[run.id] = run
    alike = defaultdict[tuple[str, WorkflowKind], list[Run]](list)
    for run in sorted(latest.values(), key=lambda run: (run.created_at, run.id)):
        # Each run is of a kind for good, whatever its workflow is called later.
        alike[run.path or run.workflow, kind_of(run.path, run.workflow)].append(run)
    workflows = [
        Workflow(each[-1].path, each[-1].workflow, kind, tuple(each))
        for (_, kind), each in alike.items()
    ]
    order = list(WorkflowKind)
    return sorted(
        (each for each in workflows if each.kind is not WorkflowKind.IGNORED),
        key=lambda each: (order.index(each.kind), each.path, each.name),
    )


def of_pull_request(run: Run) -> bool:
    """Return whether a run judges code that is not on the default branch."""
    return run.event in PULL_REQUEST_EVENTS


def verdict(run: Run) -> bool | None:
    """Return whether a run passed; None if it says nothing of the code."""
    return VERDICTS.get(run.conclusion or "")


def _attempt(run: Run) -> tuple[int, float, str]:
    return run.attempt, run.updated_at, repr(run)

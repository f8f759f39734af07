"""What the CI workflows of a project are for, by their names: the tables to change if one is wrong."""

from collections.abc import Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
import re
from types import MappingProxyType


class WorkflowKind(StrEnum):
    """What a workflow is for. What is OTHER keeps house, what is IGNORED says nothing."""

    TEST = "test"
    BUILD = "build"
    RELEASE = "release"
    DEPLOY = "deploy"
    PERFORMANCE = "performance"
    OTHER = "other"
    IGNORED = "ignored"


CI_KINDS = frozenset(WorkflowKind) - {WorkflowKind.OTHER, WorkflowKind.IGNORED}
"""The kinds that judge the code or bring it to people: what a pass rate is made of."""

FILES: Mapping[str, WorkflowKind] = MappingProxyType(
    {
        "pr.yml": WorkflowKind.TEST,
        "e2e-tests.yml": WorkflowKind.TEST,
        "haos-e2e-tests.yml": WorkflowKind.TEST,
        "haos-e2e-embedded-tests.yml": WorkflowKind.TEST,
        "haos-e2e-inaddon-tests.yml": WorkflowKind.TEST,
        "haos-e2e-stdio-tests.yml": WorkflowKind.TEST,
        "validate.yml": WorkflowKind.TEST,
        "codeql-quality.yml": WorkflowKind.TEST,
        "test-installer-scripts.yml": WorkflowKind.TEST,
        "build-binary.yml": WorkflowKind.BUILD,
        "_build-and-release.yml": WorkflowKind.BUILD,
        "build-haos-test-image.yml": WorkflowKind.BUILD,
        "semver-release.yml": WorkflowKind.RELEASE,
        "release-publish.yml": WorkflowKind.RELEASE,
        "publish-dev.yml": WorkflowKind.RELEASE,
        "addon-publish.yml": WorkflowKind.RELEASE,
        "addon-publish-dev.yml": WorkflowKind.RELEASE,
        "sync-integration-mirror.yml": WorkflowKind.RELEASE,
        "deploy.yml": WorkflowKind.DEPLOY,
        "performance-tests.yml": WorkflowKind.PERFORMANCE,
        "pr-codex-review-delivery.yml": WorkflowKind.OTHER,
        "pr-codex-review-request.yml": WorkflowKind.OTHER,
    }
)
"""Workflows of ha-mcp by the names of their files."""

NAMES: Mapping[str, WorkflowKind] = MappingProxyType(
    {
        "codex hello world tests": WorkflowKind.IGNORED,
        "build binary (test only)": WorkflowKind.BUILD,
        "build haos test image (prime shared cache)": WorkflowKind.BUILD,
        "build binaries and attach to release": WorkflowKind.BUILD,
        "sync integration mirror": WorkflowKind.RELEASE,
    }
)
"""Workflows of ha-mcp by their names, in small letters, where a word alone would mislead."""

WORDS: tuple[tuple[str, WorkflowKind], ...] = (
    ("perf*", WorkflowKind.PERFORMANCE),
    ("bench*", WorkflowKind.PERFORMANCE),
    ("e2e", WorkflowKind.TEST),
    ("test", WorkflowKind.TEST),
    ("tests", WorkflowKind.TEST),
    ("testing", WorkflowKind.TEST),
    ("pytest", WorkflowKind.TEST),
    ("valid*", WorkflowKind.TEST),
    ("verif*", WorkflowKind.TEST),
    ("lint*", WorkflowKind.TEST),
    ("check*", WorkflowKind.TEST),
    ("guard", WorkflowKind.TEST),
    ("codeql", WorkflowKind.TEST),
    ("hassfest", WorkflowKind.TEST),
    ("hacs", WorkflowKind.TEST),
    ("ci", WorkflowKind.TEST),
    ("deploy*", WorkflowKind.DEPLOY),
    ("pages", WorkflowKind.DEPLOY),
    ("release*", WorkflowKind.RELEASE),
    ("publish*", WorkflowKind.RELEASE),
    ("promote*", WorkflowKind.RELEASE),
    ("mirror*", WorkflowKind.RELEASE),
    ("build*", WorkflowKind.BUILD),
    ("image*", WorkflowKind.BUILD),
    ("docker*", WorkflowKind.BUILD),
)
"""Words in the names of other workflows: the first of these that is found decides."""


# A project has some dozens of workflows, and thousands of runs.
@lru_cache(maxsize=256)
def kind_of(path: str, name: str) -> WorkflowKind:
    """Return what a workflow is for, by the name of its file and its own."""
    known = NAMES.get(name.strip().casefold()) or FILES.get(path)
    if known is not None:
        return known
    words = re.findall(r"[^\W_]+", f"{path.partition('.')[0]} {name}".casefold())
    return next(
        (kind for word, kind in WORDS if any(fnmatchcase(each, word) for each in words)),
        WorkflowKind.OTHER,
    )

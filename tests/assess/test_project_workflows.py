"""What a workflow is for, by its file and its name."""

import pytest

from custom_components.ha_mcp_sre.assess.workflows import FILES, NAMES, WorkflowKind, kind_of

# As the repository has them: by their files, and the kind that a person would give them.
_OWN = [
    ("pr.yml", "PR Validation Pipeline", WorkflowKind.TEST),
    ("e2e-tests.yml", "E2E Tests", WorkflowKind.TEST),
    ("haos-e2e-tests.yml", "HAOS E2E Tests", WorkflowKind.TEST),
    ("haos-e2e-embedded-tests.yml", "HAOS E2E Tests (embedded)", WorkflowKind.TEST),
    ("haos-e2e-inaddon-tests.yml", "HAOS E2E Tests (inaddon)", WorkflowKind.TEST),
    ("haos-e2e-stdio-tests.yml", "HAOS E2E Tests (stdio)", WorkflowKind.TEST),
    ("validate.yml", "Validate", WorkflowKind.TEST),
    ("codeql-quality.yml", "CodeQL Code Quality", WorkflowKind.TEST),
    ("test-installer-scripts.yml", "Test Installer Scripts", WorkflowKind.TEST),
    ("webhook-proxy-stable-guard.yml", "Webhook Proxy — Stable Guard", WorkflowKind.TEST),
    ("build-binary.yml", "Build Binary (Test Only)", WorkflowKind.BUILD),
    ("_build-and-release.yml", "Build Binaries and Attach to Release", WorkflowKind.BUILD),
    (
        "build-haos-test-image.yml",
        "Build HAOS Test Image (Prime Shared Cache)",
        WorkflowKind.BUILD,
    ),
    ("semver-release.yml", "SemVer Release", WorkflowKind.RELEASE),
    ("release-publish.yml", "Release Publish", WorkflowKind.RELEASE),
    ("publish-dev.yml", "Publish Dev Channel", WorkflowKind.RELEASE),
    ("addon-publish.yml", "Home Assistant Add-on Publish", WorkflowKind.RELEASE),
    ("addon-publish-dev.yml", "Home Assistant Add-on Publish (Dev)", WorkflowKind.RELEASE),
    ("sync-integration-mirror.yml", "Sync Integration Mirror", WorkflowKind.RELEASE),
    ("deploy.yml", "Deploy to GitHub Pages", WorkflowKind.DEPLOY),
    ("performance-tests.yml", "Performance Tests", WorkflowKind.PERFORMANCE),
    ("test.yml", "Codex Hello World Tests", WorkflowKind.IGNORED),
    ("renovate.yml", "Renovate", WorkflowKind.OTHER),
    ("locale-sync.yml", "Locale Sync", WorkflowKind.OTHER),
    ("sync-tool-docs.yml", "Sync Tool Documentation", WorkflowKind.OTHER),
    ("close-inactive-issues.yml", "Close inactive issues", WorkflowKind.OTHER),
    ("stale-pr-takeover.yml", "🤖 Stale PR Reminders", WorkflowKind.OTHER),
    ("pr-codex-review-request.yml", "Admit Codex PR Review", WorkflowKind.OTHER),
]


@pytest.mark.parametrize(("path", "name", "kind"), _OWN)
def test_the_workflows_of_ha_mcp_are_known(path: str, name: str, kind: WorkflowKind) -> None:
    assert kind_of(path, name) is kind


@pytest.mark.parametrize(("path", "name", "kind"), _OWN)
def test_a_workflow_whose_file_was_renamed_is_known_by_its_name(
    path: str, name: str, kind: WorkflowKind
) -> None:
    assert path
    assert kind_of("renamed.yml", name) is kind


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("test.yml", "Tests", WorkflowKind.TEST),
        ("ci.yaml", "CI", WorkflowKind.TEST),
        ("hassfest.yml", "Validate with hassfest", WorkflowKind.TEST),
        ("main.yml", "Lint", WorkflowKind.TEST),
        ("codeql", "CodeQL", WorkflowKind.TEST),
        ("docker.yml", "Build and publish image", WorkflowKind.RELEASE),
        ("image.yml", "Container", WorkflowKind.BUILD),
        ("pages-build-deployment", "pages build and deployment", WorkflowKind.DEPLOY),
        ("bench.yml", "Benchmark tests", WorkflowKind.PERFORMANCE),
        # A word within a word is no word.
        ("cd.yml", "Fetch the latest special contest", WorkflowKind.OTHER),
        ("", "", WorkflowKind.OTHER),
        ("🤖.yml", "🤖", WorkflowKind.OTHER),
    ],
)
def test_unknown_workflows_are_known_by_their_words(
    path: str, name: str, kind: WorkflowKind
) -> None:
    assert kind_of(path, name) is kind


def test_the_name_decides_before_the_file() -> None:
    assert kind_of("pr.yml", " CODEX Hello World Tests ") is WorkflowKind.IGNORED
    assert all(name == name.casefold() for name in NAMES)
    assert WorkflowKind.IGNORED not in FILES.values()

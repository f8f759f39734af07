"""Programs that come from the operating system, not from a Python index.

On a person's machine a missing one is a named skip; CI installs it and fails if it cannot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
import os
from pathlib import Path
import shutil

from scripts.provision.step import StepError, in_ci, run, say


@dataclass(frozen=True, slots=True)
class SystemPart:
    """One program, how to recognise it, where Debian has it, and what is skipped without it."""

    name: str
    programs: tuple[str, ...]
    apt_packages: tuple[str, ...]
    needed_for: str

    def find(self) -> Path | None:
        """Return the program on this machine."""
        found = next(filter(None, map(shutil.which, self.programs)), None)
        return Path(found) if found else None

    def how_to_install(self) -> str:
        """Return what a person can type."""
        return f"apt-get install {' '.join(self.apt_packages)} (or your system's way)"


CHROMIUM = SystemPart(
    "chromium",
    ("chromium", "/usr/bin/chromium", "chromium-browser", "google-chrome"),
    ("chromium",),
    "browser tests",
)
# Its package may also start it as a service; the tests run one of their own beside that.
DOCKER_REGISTRY = SystemPart(
    "docker-registry", ("docker-registry",), ("docker-registry",), "tests with a real registry"
)
SKOPEO = SystemPart("skopeo", ("skopeo",), ("skopeo",), "tests with a real registry")
NPM = SystemPart(
    "npm", ("npm",), ("nodejs", "npm"), "tests against GitHub's description of its API"
)
SYSTEM_PARTS = (CHROMIUM, DOCKER_REGISTRY, SKOPEO, NPM)


def ensure_system_parts(parts: Sequence[SystemPart] = SYSTEM_PARTS) -> None:
    """Say what is skipped for want of a program; in CI, install it instead."""
    missing = [part for part in parts if not part.find()]
    if missing and in_ci():
        _apt_install([package for part in missing for package in part.apt_packages])
        missing = [part for part in missing if not part.find()]
        if missing:
            names = ", ".join(part.name for part in missing)
            raise StepError("system parts", f"installed, but not found: {names}", "check PATH")
    for part in missing:
        say(f"{part.needed_for} skipped: no {part.name}; to run them: {part.how_to_install()}")


def _apt_install(packages: list[str]) -> None:
    say(f"System parts: installing {' '.join(packages)}")
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    remedy = f"install {' '.join(packages)} on the machine that runs CI"
    run([*root, "apt-get", "-q", "update"], step="apt-get update", remedy=remedy, env=environment)
    install = [*root, "apt-get", "-q", "install", "--yes", "--no-install-recommends", *packages]
    run(install, step="apt-get install", remedy=remedy, env=environment)

"""Every check, in the order of CI: `scripts/test [--fast] [pytest arguments]`.

Standard library only: it starts before the environments exist.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import subprocess
import sys
import time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.provision.environments import NAMES, ensure_environment, environment
from scripts.provision.node_parts import ensure_node_parts
from scripts.provision.step import ROOT, StepError, say
from scripts.provision.system_parts import ensure_system_parts

CODE = ("bench", "custom_components/ha_mcp_sre", "scripts", "tests")


@dataclass(frozen=True, slots=True)
class Check:
    """One program of the test environment and what a failure of it means."""

    name: str
    command: Sequence[str]
    remedy: str


CHECKS = (
    Check("lint", ("ruff", "check", "--quiet", "."), "ruff check --fix repairs most of it"),
    Check("format", ("ruff", "format", "--quiet", "--diff", "."), "ruff format ."),
    Check("types", ("mypy", "--strict", *CODE), "read the errors above"),
    Check("imports", ("lint-imports",), "docs/architecture.md says who may import whom, and why"),
)
COVERAGE = (
    "--cov=custom_components/ha_mcp_sre",
    "--cov-report=term-missing:skip-covered",
    "--cov-fail-under=95",
)


def main(arguments: Sequence[str]) -> int:
    """Run everything; the first failure ends it, and pytest has the last word on success."""
    fast = "--fast" in arguments
    extra = [each for each in arguments if each not in {"--fast", "--"}]
    try:
        with _timed("environments"):
            for name in NAMES:
                ensure_environment(name)
            ensure_system_parts()
            ensure_node_parts()
        for check in CHECKS:
            with _timed(check.name):
                _run(check)
        say("tests")
        # Part of the tests cannot reach the coverage of all of them.
        whole = not fast and not extra
        selection = [*(COVERAGE if whole else ()), *(["-m", "not e2e"] if fast else []), *extra]
        tests = Check("tests", ("pytest", *selection), "read pytest's report above")
        _run(tests)
    except StepError as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def _timed(name: str) -> Iterator[None]:
    say(name)
    start = time.monotonic()
    yield
    print(f"    {time.monotonic() - start:.1f} s", flush=True)


def _run(check: Check) -> None:
    programs = environment("test") / "bin"
    command = [str(programs / check.command[0]), *check.command[1:]]
    env = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    with subprocess.Popen(command, cwd=ROOT, env=env) as running:
        try:
            code = running.wait()
        except KeyboardInterrupt:
            # The program gets it as well, and needs its time to end what its tests began.
            running.wait()
            raise
    if code:
        shown = " ".join(check.command)
        raise StepError(check.name, f"`{shown}` ended with {code}", check.remedy)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

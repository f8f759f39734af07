"""How a provisioning step speaks to the person: one line per step, and failures with a way out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import os
from pathlib import Path
import subprocess

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / ".lab"


@dataclass(slots=True)
class StepError(Exception):
    """A step that could not be done, in words for the person who started it."""

    step: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        """Say what failed, why, and what to do."""
        return f"FAILED {self.step}: {self.reason}\n  What you can do: {self.remedy}"


def say(line: str) -> None:
    """Tell the person what is being done now."""
    print(f"==> {line}", flush=True)


def in_ci() -> bool:
    """Whether missing parts may be installed on this machine, and must be present."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def run(
    command: Sequence[str | Path],
    *,
    step: str,
    remedy: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run a command quietly; its output is shown only in the failure it causes."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            env={**os.environ, **(env or {})},
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise StepError(step, f"{command[0]} cannot be run ({error.strerror})", remedy) from error
    if done.returncode:
        tail = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        reason = f"{Path(str(command[0])).name} ended with {done.returncode}:\n    {tail}"
        raise StepError(step, reason, remedy)
    return done.stdout

"""Finding or fetching the Python that Home Assistant needs."""

from pathlib import Path
import shutil
import subprocess

from scripts.provision import debian_python
from scripts.provision.step import LAB, StepError, run, say
from scripts.provision.uv import TOOLS, ensure_uv, uv_env

OLDEST_PATCH = 2
MINIMUM = f"3.14.{OLDEST_PATCH}"
PREFIX = LAB / "python"
DOES_NOT_RUN = (OSError, subprocess.TimeoutExpired)
CHOSEN = LAB / "python.path"


def ensure_python() -> Path:
    """Return an interpreter of Python 3.14, at least the release Home Assistant asks for."""
    if CHOSEN.is_file() and (known := _usable(CHOSEN.read_text(encoding="utf-8").strip())):
        return known
    interpreter = _usable(shutil.which("python3.14")) or _fetch()
    LAB.mkdir(exist_ok=True)
    CHOSEN.write_text(f"{interpreter}\n", encoding="utf-8")
    say(f"Python 3.14: using {interpreter}")
    return interpreter


def version(interpreter: Path) -> str:
    """Return the full version of an interpreter, or nothing if it does not run."""
    code = "import platform; print(platform.python_version())"
    command = [str(interpreter), "-c", code]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except DOES_NOT_RUN:
        return ""
    return done.stdout.strip()


def _fetch() -> Path:
    uv = ensure_uv()
    managed = {
        **uv_env(),
        "UV_PYTHON_INSTALL_DIR": str(LAB / "uv-python"),
        # An unreachable host is the expected case here, and there is a second way to go.
        "UV_HTTP_RETRIES": "1",
    }
    say("Python 3.14: fetching with uv")
    step = "Python 3.14 with uv"
    try:
        run([uv, "python", "install", "--no-bin", "3.14"], step=step, remedy="", env=managed)
        find: list[str | Path] = [uv, "python", "find", "--managed-python", "3.14"]
        found = run(find, step=step, remedy="", env=managed).strip()
    except StepError:
        say("Python 3.14: uv cannot fetch it here; unpacking Debian's packages instead")
        found = str(debian_python.install(PREFIX, TOOLS))
    if interpreter := _usable(found):
        return interpreter
    raise StepError("Python 3.14", f"{found} does not run", debian_python.REMEDY)


def _usable(candidate: str | None) -> Path | None:
    """Return the candidate if it runs and is new enough."""
    if not candidate:
        return None
    release, _, patch = version(Path(candidate)).rpartition(".")
    # Also false for release candidates, whose last part is not a number.
    new_enough = release == "3.14" and patch.isdigit() and int(patch) >= OLDEST_PATCH
    return Path(candidate) if new_enough else None

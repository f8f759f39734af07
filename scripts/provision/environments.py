"""The project's virtual environments, each from one list of exact versions."""

import hashlib
from pathlib import Path
import shutil

from scripts.provision.python314 import MINIMUM, ensure_python, version
from scripts.provision.step import LAB, ROOT, StepError, run, say
from scripts.provision.uv import ensure_uv, uv_env

REQUIREMENTS = ROOT / "scripts/requirements"
NAMES = ("test", "home-assistant", "ha-mcp-8.7.0", "ha-mcp-8.3.0", "mcp-sdk")


def environment(name: str) -> Path:
    """Where an environment lives, whether or not it is there yet."""
    return LAB / "venv" / name


def ensure_environment(name: str) -> Path:
    """Make an environment match its list of versions; does nothing if it already does."""
    if name not in NAMES:
        raise StepError(f"environment {name}", "no such environment", f"one of: {' '.join(NAMES)}")
    home, pins = environment(name), REQUIREMENTS / f"{name}.txt"
    interpreter = ensure_python()
    versions = [line for line in _lines(pins) if not line.startswith("#")]
    # Scripts in an environment name its absolute path, so a moved checkout needs new ones.
    wanted = "".join([f"{home}\n{version(interpreter)}\n", *versions]).encode()
    digest, stamp = hashlib.sha256(wanted).hexdigest(), home / "stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return home
    say(f"Environment {name}: installing into {home.relative_to(ROOT)}")
    _install(name, home, pins, interpreter)
    stamp.write_text(digest, encoding="utf-8")
    return home


def _install(name: str, home: Path, pins: Path, interpreter: Path) -> None:
    uv, env = ensure_uv(), uv_env()
    step = f"environment {name}"
    remedy = "check that uv can reach a package index from here, and that the disk has 2 GB free"
    shutil.rmtree(home, ignore_errors=True)
    run(
        [uv, "venv", "--quiet", "--no-project", "--python", interpreter, home],
        step=step,
        remedy=remedy,
        env=env,
    )
    run(
        [
            *(uv, "pip", "install", "--quiet", "--compile-bytecode"),
            *("--python", home / "bin/python", "--requirement", pins),
        ],
        step=step,
        remedy=remedy,
        env=env,
    )


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines(keepends=True)


def compile_requirements(name: str) -> None:
    """Resolve the direct pins anew; for maintainers who change one."""
    say(f"Requirements {name}: resolving")
    source, target = REQUIREMENTS / f"{name}.in", REQUIREMENTS / f"{name}.txt"
    target.unlink(missing_ok=True)
    run(
        [
            *(ensure_uv(), "pip", "compile", "--quiet", "--universal"),
            *("--python-version", MINIMUM, "--no-annotate", "--no-emit-index-url"),
            # What the file's header says instead of our command line with its local paths.
            *("--custom-compile-command", f"python scripts/bootstrap.py --compile {name}"),
            *("--output-file", target, source),
        ],
        step=f"requirements {name}",
        remedy=f"read the conflict above and change the pins in {source.name}",
        env={**uv_env(), "UV_PYTHON": str(ensure_python())},
    )

"""The project's own uv, and how it finds the package index this machine uses."""

import os
from pathlib import Path
import shutil
import sys

from scripts.provision.step import LAB, ROOT, run, say

TOOLS = LAB / "tools"
PINS = ROOT / "scripts/requirements/tools.txt"


def ensure_uv() -> Path:
    """Install the pinned tools with the pip of whatever Python started us."""
    uv, stamp = TOOLS / "bin/uv", TOOLS / "stamp"
    pins = f"{TOOLS}\n{PINS.read_text(encoding='utf-8')}"
    if uv.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == pins:
        return uv
    say(f"Tools: installing uv into {TOOLS.relative_to(ROOT)}")
    shutil.rmtree(TOOLS, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", TOOLS],
        step="tools environment",
        remedy="install your system's venv module (on Debian and Ubuntu: apt-get install python3-venv)",
    )
    run(
        [TOOLS / "bin/python", "-m", "pip", "install", "--quiet", "--requirement", PINS],
        step="installing uv",
        remedy="check that pip can reach a package index from here (pip download uv)",
    )
    stamp.write_text(pins, encoding="utf-8")
    return uv


def uv_env() -> dict[str, str]:
    """Return what makes uv behave like this machine's pip and keep its files in the checkout.

    uv does not read pip's configuration, and a machine behind a mirror often has only that. It is
    read when needed and handed on in the environment: the address is nobody's to commit.
    """
    settings = _pip_settings()
    wanted = {
        "UV_CACHE_DIR": str(LAB / "cache/uv"),
        "UV_DEFAULT_INDEX": os.environ.get("UV_INDEX_URL") or settings.get("index-url", ""),
        "SSL_CERT_FILE": settings.get("cert", ""),
    }
    return {key: value for key, value in wanted.items() if value and key not in os.environ}


def _pip_settings() -> dict[str, str]:
    """Return pip's effective settings by name; its list goes from the weakest file to the environment."""
    command: list[str | Path] = [TOOLS / "bin/python", "-m", "pip", "config", "list"]
    listed = run(command, step="reading pip's configuration", remedy="check pip's configuration")
    settings = {}
    for line in listed.splitlines():
        name, found, value = line.partition("=")
        if found:
            settings[name.rpartition(".")[2]] = value.strip("'\"")
    return settings

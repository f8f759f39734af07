"""The demo, run as a stranger would."""

import subprocess

import psutil
import pytest_socket

from scripts.lab.ports import free_port
from scripts.provision.step import LAB, ROOT


def run_demo(option: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end, and return what it said."""
    pytest_socket.enable_socket()
    return subprocess.run(
        [ROOT / "scripts/demo", option, "--port", str(free_port())],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def left_behind() -> list[object]:
    """Return the processes of a demo that are still there."""
    folder = str(LAB / "demo")
    return [p.info for p in psutil.process_iter(["cmdline", "cwd"]) if folder in str(p.info)]

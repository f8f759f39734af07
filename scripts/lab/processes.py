"""One child process that never outlives the lab, however the lab ends."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
import ctypes
import os
from pathlib import Path
import re
import signal
import sys

PR_SET_PDEATHSIG = 1


class LabError(Exception):
    """Something a real part did, in words for the person who runs the demo or a test."""


class Process:
    """A program in a process group of its own, writing to a log file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        home: Path,
        log: Path,
        env: Mapping[str, str],
    ) -> None:
        """Say what to run; nothing of the person's environment but PATH reaches it."""
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._home = home
        self._env = env
        self._child: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process id while it runs."""
        if not self.running or self._child is None:
            raise LabError(f"{self.name} is not running")
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the process has been started and has not ended."""
        return self._child is not None and self._child.returncode is None

    async def start(self) -> None:
        """Start the program; its earlier log lines are kept."""
        if self.running:
            raise LabError(f"{self.name} is already running")
        self._home.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._home,
                env={**_clean_environment(self._home), **self._env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A Ctrl-C in the terminal then reaches only the lab, which ends its parts in order.
                start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid()),
            )

    async def stop(self, timeout: float = 20) -> None:
        """Ask the program to end, insist after the timeout, and leave none of its children."""
        self.signal(signal.SIGTERM)
        # A stopped process acts on no other signal until it continues.
        self.signal(signal.SIGCONT)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self.wait()
        await self.kill()

    async def kill(self) -> None:
        """End the whole process group without warning, as a crash or the OOM killer would."""
        self.signal(signal.SIGKILL)
        await self.wait()
        # From now on its id can be another program's.
        self._child = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program and everything it started, if anything is left of them."""
        if self._child is not None:
            # The group can outlive its leader; its id stays the leader's as long as it exists.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)

    def suspend(self) -> None:
        """Freeze the program: connections stay open and nothing answers."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen program continue."""
        self.signal(signal.SIGCONT)

    async def wait_until(
        self, ready: Callable[[], Awaitable[bool]], *, what: str, timeout: float
    ) -> None:
        """Wait for readiness; a program that ends first or takes too long shows its log."""
        try:
            async with asyncio.timeout(timeout):
                while not await ready():
                    if not self.running:
                        raise LabError(f"{self.name} ended before {what}\n{self.last_lines()}")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            waited = f"{self.name}: {what} did not happen in {timeout:.0f} s"
            raise LabError(f"{waited}\n{self.last_lines()}") from None

    def last_lines(self, count: int = 25) -> str:
        """Return the end of the program's log, with secrets removed."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        lines = redact(text).splitlines()[-count:]
        return "\n".join([f"Last lines of {self.log}:", *(f"  {line}" for line in lines)])

    async def wait(self) -> None:
        """Wait until the program has ended."""
        if self._child is not None:
            await self._child.wait()


def redact(text: str) -> str:
    """Hide what opens doors: ha-mcp's secret path and access tokens."""
    text = re.sub(r"/private_[A-Za-z0-9_-]+", "/private_***", text)
    return re.sub(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "***", text)


def _clean_environment(home: Path) -> dict[str, str]:
    """Return what a program needs and nothing of the person's: files go to the scratch home."""
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "NO_PROXY": "127.0.0.1,localhost",
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
    }


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    """Have the kernel kill the child when the lab dies without cleaning up, kill -9 included.

    Its own session keeps a terminal's signals from it, so without this a crashed test run would
    leave a Home Assistant behind that holds its port.
    """
    if sys.platform != "linux":
        return None
    # Loaded before the fork: between fork and exec only the call itself is safe.
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died between the fork and the line above.
        if os.getppid() != parent:
            os._exit(1)

    return before_exec

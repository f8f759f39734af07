"""Processes that listen on a port, do as they are told, and what `ps` says of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import subprocess
import sys

LOOPBACK = "127.0.0.1"
HA_MCP = "ha-mcp-web"

BURN = 0.3
"""Seconds of processor time that are used up when told to."""

LISTENER = f"""
import os, socket, sys, time

host, port, ballast, *worker = sys.argv[1:]
family, _, _, _, place = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
listening = socket.create_server(place, family=family, reuse_port=True)
if worker and os.fork():
    os.wait()
    os._exit(0)
held = b"." * int(ballast)
print(os.getpid(), listening.getsockname()[1], flush=True)
for order in sys.stdin:
    if order == "close\\n":
        listening.close()
    until = time.process_time() + {BURN}
    while order == "burn\\n" and time.process_time() < until:
        pass
    print(flush=True)
"""


@dataclass(slots=True)
class Listener:
    """A process that listens on a port."""

    child: subprocess.Popen[str]
    pid: int
    port: int

    def tell(self, order: str) -> None:
        """Have it do something, and wait until it did."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        print(order, file=self.child.stdin, flush=True)
        self.child.stdout.readline()

    def end(self) -> None:
        """Let it end, and be gone."""
        with self.child:
            pass

    def end_unnoticed(self) -> None:
        """Let it end without asking how it did: the process table goes on listing it."""
        self.child.kill()
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)


type Listen = Callable[..., Listener]


@dataclass(slots=True)
class Clock:
    """Time that passes when a test says so."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


@contextmanager
def listeners(folder: Path) -> Iterator[Listen]:
    """Yield a way to start listeners, which end with the block."""
    with ExitStack() as stack:

        def listen(
            name: str = HA_MCP,
            host: str = LOOPBACK,
            port: int = 0,
            ballast: int = 0,
            *,
            worker: bool = False,
        ) -> Listener:
            program = folder / name
            program.write_text(LISTENER)
            options = [host, str(port), str(ballast), *(["worker"] if worker else [])]
            child = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, program, *options],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            assert child.stdout is not None
            pid, port = map(int, child.stdout.readline().split())
            return Listener(child, pid, port)

        yield listen


def memory_by_ps(pid: int) -> int:
    """Return what `ps` says a process holds in memory, in bytes."""
    shown = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True, text=True
    )
    return 1024 * int(shown.stdout)

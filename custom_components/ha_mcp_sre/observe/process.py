"""Memory and CPU of ha-mcp where it runs on this machine, as the process table shows them.

Everything here blocks: it reads files of the kernel and may ask a name server. Of a command
line only whether it is ha-mcp's is taken; it may hold a token.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
import os
from pathlib import PurePath
import re
import socket
import threading
import time
from typing import Any

import psutil
import psutil_home_assistant as ha_psutil

from ..assess.observation import HostReading
from ..assess.signals import Source

type Address = IPv4Address | IPv6Address
type Clock = Callable[[], float]

SERVER_THREAD = "ha-mcp-server"
"""What ha-mcp's component calls the thread of its server."""

_NAME = re.compile(r"ha[-_]mcp", re.IGNORECASE)
_INTERPRETER = re.compile(r"(python|pypy)[\d.]*t?", re.ASCII)
_OPTIONS_WITH_VALUE = frozenset({"-W", "-X"})

_SHORTEST = 1.0
"""Seconds over which CPU is measured at least: the kernel counts in steps of 0.01 s."""


class Unseen(StrEnum):
    """Why the process table does not show a server."""

    OTHER_MACHINE = "other_machine"
    HIDDEN = "hidden"
    NOT_LISTENING = "not_listening"
    FOREIGN = "foreign"
    OURSELVES = "ourselves"


class _Meter:
    """CPU of one process or thread, from the processor time it has used so far."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: float | None = None
        self._used = 0.0
        self._percent: float | None = None

    def percent(self, used: float) -> float | None:
        """Return percent of one core since the last reading; soon after it, what that one said."""
        at = self._clock()
        if self._at is None:
            self._at, self._used = at, used
        elif at - self._at >= _SHORTEST:
            self._percent = 100 * max(0.0, used - self._used) / (at - self._at)
            self._at, self._used = at, used
        return self._percent


@dataclass(frozen=True, slots=True)
class _Listener:
    """A process that listens at an address and a port."""

    process: psutil.Process
    address: Address
    port: int
    meter: _Meter

    def still_listens(self) -> bool:
        """Return whether this is still so, looking at nothing but this process."""
        if not self.process.is_running():
            return False
        own = self.process.net_connections("tcp")
        return any(address == self.address for address, _ in _listening(own, self.port))


class ProcessSource:
    """The process that serves an ha-mcp, found by its address.

    ha-mcp is one process: memory and CPU are of that process alone, without children. Where
    several processes share the listening socket, the youngest counts: a parent opens the
    socket and waits, its worker accepts.
    """

    def __init__(self, host: str, port: int, clock: Clock = time.monotonic) -> None:
        """Watch what listens there; the clock, in seconds, measures the time between readings."""
        self._host = host
        self._port = port
        self._clock = clock
        self._listener: _Listener | None = None

    def read(self, now: float) -> HostReading | Unseen:
        """Return resident memory and CPU of the process, or why it cannot be seen.

        CPU is None at the first reading of a process.
        """
        try:
            return self._read(now)
        except psutil.NoSuchProcess:
            self._listener = None
            return Unseen.NOT_LISTENING
        except psutil.AccessDenied, OSError:
            self._listener = None
            return Unseen.HIDDEN

    def _read(self, now: float) -> HostReading | Unseen:
        # Finding it means looking through all processes, so one that was found is kept.
        if self._listener is None or not self._listener.still_listens():
            self._listener = None
            found = self._find()
            if isinstance(found, Unseen):
                return found
            self._listener = found
        process = self._listener.process
        times = process.cpu_times()
        cpu = self._listener.meter.percent(times.user + times.system)
        # A process that just ended and waits for its parent has no memory, and no error either.
        memory = process.memory_info().rss
        if memory == 0:
            return Unseen.NOT_LISTENING
        return HostReading(at=now, source=Source.PROCESS, memory=memory, cpu=cpu)

    def _find(self) -> _Listener | Unseen:
        addresses = _addresses_here(self._host)
        if not addresses:
            return Unseen.OTHER_MACHINE
        listening = list(_listening(_psutil().net_connections("tcp"), self._port))
        for address in _answering_for(addresses):
            here = [pid for place, pid in listening if place == address]
            if here:
                return self._identify(address, max((pid for pid in here if pid), default=None))
        return Unseen.NOT_LISTENING

    def _identify(self, address: Address, pid: int | None) -> _Listener | Unseen:
        if pid is None:
            return Unseen.HIDDEN
        if pid == os.getpid():
            return Unseen.OURSELVES
        process: psutil.Process = _psutil().Process(pid)
        if not is_ha_mcp(process.name(), process.cmdline()):
            return Unseen.FOREIGN
        return _Listener(process, address, self._port, _Meter(self._clock))


class ThreadSource:
    """The thread of this process that serves an in-process ha-mcp."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        """Watch the thread; the clock, in seconds, measures the time between readings."""
        self._clock = clock
        self._thread: threading.Thread | None = None
        self._meter = _Meter(clock)

    def percent(self) -> float | None:
        """Return the thread's CPU in percent of one core; None at the first look, or without it."""
        thread = next(reversed(_server_threads()), None)
        if thread is not self._thread:
            self._thread, self._meter = thread, _Meter(self._clock)
        if thread is None:
            return None
        for each in _psutil().Process().threads():
            if each.id == thread.native_id:
                return self._meter.percent(each.user_time + each.system_time)
        return None


def server_thread_alive() -> bool:
    """Return whether the thread of an in-process server runs."""
    return bool(_server_threads())


def own_memory() -> int:
    """Return the resident memory of this process, all of Home Assistant, in bytes."""
    memory: int = _psutil().Process().memory_info().rss
    return memory


def is_ha_mcp(name: str, command_line: Sequence[str]) -> bool:
    """Return whether a process is ha-mcp, from its name and its command line.

    What counts is the program, or what a Python interpreter was told to run. The arguments of
    other programs do not: a proxy may name ha-mcp as where it leads to.
    """
    return any(_NAME.search(PurePath(each).name) for each in (name, _program(command_line)))


def _program(command_line: Sequence[str]) -> str:
    program, *arguments = command_line or ("",)
    if not _INTERPRETER.fullmatch(PurePath(program).name):
        return program
    before = ""
    for each in arguments:
        if not each.startswith("-") and before not in _OPTIONS_WITH_VALUE:
            return each
        before = each
    return program


def _server_threads() -> list[threading.Thread]:
    """Return the threads with the server's name, oldest first: one may outlive its reload."""
    return [thread for thread in threading.enumerate() if thread.name == SERVER_THREAD]


@cache
def _psutil() -> Any:
    """Return a copy of psutil that nobody else configures, as in Home Assistant itself."""
    return ha_psutil.PsutilWrapper().psutil


def _listening(connections: Iterable[Any], port: int) -> Iterator[tuple[Address, int | None]]:
    """Yield address and process id of each socket that listens on a port."""
    for each in connections:
        if each.status == psutil.CONN_LISTEN and each.laddr.port == port:
            yield _plain(each.laddr.ip), getattr(each, "pid", None)


def _addresses_here(host: str) -> list[Address]:
    """Return those addresses of a host that are of this machine, in the order of the resolver."""
    own = {
        _plain(each.address)
        for interface in _psutil().net_if_addrs().values()
        for each in interface
        if each.family in {socket.AF_INET, socket.AF_INET6}
    }
    return [
        each for each in _addresses(host) if each.is_loopback or each.is_unspecified or each in own
    ]


def _addresses(host: str) -> list[Address]:
    try:
        return [_plain(host)]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError, ValueError:
        return []
    return [_plain(str(place[0])) for *_, place in found]


def _plain(text: str) -> Address:
    """Read an address, without the interface it is for and without IPv6 around an IPv4 one."""
    address = ip_address(text.partition("%")[0])
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _answering_for(addresses: Iterable[Address]) -> Iterator[Address]:
    """Yield where a socket may listen to answer for these addresses, in the kernel's order."""
    for address in addresses:
        yield address
        if isinstance(address, IPv4Address):
            yield IPv4Address(0)
        yield IPv6Address(0)

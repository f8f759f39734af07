"""Ports of 127.0.0.1 that stay free until they are used."""

from pathlib import Path
import secrets
import socket

# Below live services with a port of their own, a Home Assistant of the developer's for one.
_LOWEST, _HIGHEST = 20_000, 65_535
_LINUX_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
# What IANA keeps for connections (RFC 6335 § 6), where the system does not say what it uses.
_USUAL_RANGE = "49152 65535"

_given: set[int] = set()


def free_port() -> int:
    """Return a port that nobody uses now and that the system gives to no connection.

    One that the system picked, as it does for port 0, it may also give to an outgoing connection
    before the program it was meant for listens, or while that program restarts.
    """
    kept = ports_of_connections()
    ours = [port for port in range(_LOWEST, _HIGHEST + 1) if port not in kept]
    while True:
        # A system that keeps all of them leaves no better choice than one of its own.
        port = secrets.choice(ours or range(_LOWEST, _HIGHEST + 1))
        if port not in _given and not port_in_use(port):
            _given.add(port)
            return port


def ports_of_connections() -> range:
    """Return the ports that the system gives to outgoing connections."""
    text = _LINUX_RANGE.read_text(encoding="ascii") if _LINUX_RANGE.exists() else _USUAL_RANGE
    lowest, highest = (int(port) for port in text.split())
    return range(lowest, highest + 1)


def port_in_use(port: int) -> bool:
    """Whether something already listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        # Otherwise connections of an earlier run, still winding down, look like a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False

"""The process behind an address is found, measured, and never mistaken for another."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
import shutil
import socket
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
import psutil
import pytest

from custom_components.ha_mcp_sre.assess.observation import HostReading
from custom_components.ha_mcp_sre.assess.signals import Source
from custom_components.ha_mcp_sre.observe import process
from custom_components.ha_mcp_sre.observe.process import (
    ProcessSource,
    Unseen,
    is_ha_mcp,
)
from tests.observe.listener import BURN, LOOPBACK, Clock, Listen, Listener, listeners, memory_by_ps

ROOT = Path(__file__).parents[2]
NOW = 1_800_000_000.0

READER = """
import sys
from custom_components.ha_mcp_sre.observe.process import ProcessSource

print(ProcessSource("127.0.0.1", int(sys.argv[1])).read(0.0))
"""

CONFINED = {
    "process namespace": ["unshare", "--pid", "--fork", "--mount-proc"],
    "user namespace": ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"],
    "user": ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
}
"""Ways to run a command so that it cannot see the processes of the tests."""

resolve = socket.getaddrinfo


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Listen]:
    """Return a way to start listeners, which end with the test."""
    with listeners(tmp_path) as listen:
        yield listen


def own_address(fits: Callable[[str], bool]) -> str:
    """Return an address of this machine, or skip the test if there is none like that."""
    for interface in psutil.net_if_addrs().values():
        for each in interface:
            if each.family in {socket.AF_INET, socket.AF_INET6} and fits(each.address):
                return each.address
    pytest.skip("this machine has no such address")


def seen(source: ProcessSource) -> HostReading:
    """Return a reading that must be possible."""
    reading = source.read(NOW)
    assert isinstance(reading, HostReading), reading
    return reading


class TestMemory:
    def test_is_what_ps_shows(self, listen: Listen) -> None:
        listener = listen()
        reading = seen(ProcessSource(LOOPBACK, listener.port))
        assert reading.memory == pytest.approx(memory_by_ps(listener.pid), rel=0.05)
        assert (reading.at, reading.source) == (NOW, Source.PROCESS)

    def test_is_that_of_the_worker_which_accepts(self, listen: Listen) -> None:
        listener = listen(ballast=50_000_000, worker=True)
        assert listener.pid != listener.child.pid
        reading = seen(ProcessSource(LOOPBACK, listener.port))
        assert reading.memory == pytest.approx(memory_by_ps(listener.pid), rel=0.05)

    def test_of_those_that_share_a_port_is_that_of_the_youngest(self, listen: Listen) -> None:
        port = listen().port
        youngest = listen(port=port, ballast=50_000_000)
        reading = seen(ProcessSource(LOOPBACK, port))
        assert reading.memory == pytest.approx(memory_by_ps(youngest.pid), rel=0.05)


class TestCpu:
    def test_is_unknown_at_the_first_reading(self, listen: Listen) -> None:
        assert seen(ProcessSource(LOOPBACK, listen().port)).cpu is None

    def test_is_what_the_process_used_since_the_last_reading(self, listen: Listen) -> None:
        clock = Clock()
        listener = listen()
        source = ProcessSource(LOOPBACK, listener.port, clock)
        seen(source)
        listener.tell("burn")
        clock.seconds = 10
        assert seen(source).cpu == pytest.approx(100 * BURN / 10, abs=0.5)
        clock.seconds = 20
        assert seen(source).cpu == pytest.approx(0, abs=0.5)

    def test_of_a_moment_is_that_of_the_time_before(self, listen: Listen) -> None:
        clock = Clock()
        listener = listen()
        source = ProcessSource(LOOPBACK, listener.port, clock)
        seen(source)
        clock.seconds = 0.5
        assert seen(source).cpu is None
        listener.tell("burn")
        clock.seconds = 10
        used = seen(source).cpu
        clock.seconds = 10.5
        assert seen(source).cpu == used == pytest.approx(100 * BURN / 10, abs=0.5)


class TestAddress:
    @pytest.mark.parametrize("host", [LOOPBACK, "localhost", "0.0.0.0", "::ffff:127.0.0.1"])
    def test_may_be_written_in_many_ways(self, listen: Listen, host: str) -> None:
        seen(ProcessSource(host, listen(host="0.0.0.0").port))

    def test_of_an_interface_is_of_this_machine(self, listen: Listen) -> None:
        own = own_address(lambda address: "." in address and not address.startswith("127."))
        seen(ProcessSource(own, listen(host="0.0.0.0").port))

    @pytest.mark.parametrize("where", ["::1", "::"])
    def test_may_be_ipv6(self, listen: Listen, where: str) -> None:
        own = own_address("::1".__eq__)
        seen(ProcessSource(own, listen(host=where).port))

    def test_may_name_its_interface(self, listen: Listen) -> None:
        own = own_address(lambda address: address.startswith("fe80:") and "%" in address)
        seen(ProcessSource(own, listen(host=own).port))

    def test_belongs_to_the_socket_that_is_nearest_to_it(self, listen: Listen) -> None:
        own_address("::1".__eq__)
        port = listen(host="::").port
        listen("another", host=LOOPBACK, port=port)
        assert ProcessSource(LOOPBACK, port).read(NOW) is Unseen.FOREIGN
        seen(ProcessSource("::1", port))

    def test_is_not_that_of_a_listener_at_another_one(self, listen: Listen) -> None:
        port = listen(host="127.0.0.2").port
        assert ProcessSource(LOOPBACK, port).read(NOW) is Unseen.NOT_LISTENING

    def test_of_another_machine_is_left_to_it(self, listen: Listen) -> None:
        port = listen(host="0.0.0.0").port
        assert ProcessSource("192.0.2.1", port).read(NOW) is Unseen.OTHER_MACHINE

    @pytest.mark.parametrize("name", ["ha-mcp.invalid", "long" * 20 + ".invalid"])
    def test_that_no_name_server_knows_is_of_no_machine(
        self, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        without_names = partial(resolve, flags=socket.AI_NUMERICHOST)
        monkeypatch.setattr(socket, "getaddrinfo", without_names)
        assert ProcessSource(name, 8086).read(NOW) is Unseen.OTHER_MACHINE


class TestAnotherProcess:
    def test_is_foreign(self, listen: Listen) -> None:
        source = ProcessSource(LOOPBACK, listen("another").port)
        assert source.read(NOW) is Unseen.FOREIGN

    @pytest.mark.usefixtures("socket_enabled")
    def test_is_this_one_if_the_server_runs_in_home_assistant(self) -> None:
        with socket.create_server((LOOPBACK, 0)) as listening:
            source = ProcessSource(LOOPBACK, listening.getsockname()[1])
            assert source.read(NOW) is Unseen.OURSELVES

    def test_that_took_over_the_port_is_measured_anew(self, listen: Listen) -> None:
        clock = Clock()
        first = listen(ballast=50_000_000)
        source = ProcessSource(LOOPBACK, first.port, clock)
        seen(source)
        clock.seconds = 10
        assert seen(source).cpu is not None
        first.end()
        second = listen(port=first.port)
        clock.seconds = 20
        reading = seen(source)
        assert reading.memory == pytest.approx(memory_by_ps(second.pid), rel=0.05)
        assert reading.cpu is None

    def test_that_took_over_the_port_may_be_foreign(self, listen: Listen) -> None:
        first = listen()
        source = ProcessSource(LOOPBACK, first.port)
        seen(source)
        first.end()
        listen("another", port=first.port)
        assert source.read(NOW) is Unseen.FOREIGN


class TestNothing:
    @pytest.mark.usefixtures("socket_enabled")
    def test_listens_on_a_port_that_is_only_taken(self) -> None:
        with socket.socket() as taken:
            taken.bind((LOOPBACK, 0))
            source = ProcessSource(LOOPBACK, taken.getsockname()[1])
            assert source.read(NOW) is Unseen.NOT_LISTENING

    @pytest.mark.usefixtures("socket_enabled")
    def test_listens_where_only_a_connection_is_left(self) -> None:
        with socket.create_server((LOOPBACK, 0)) as listening:
            place = listening.getsockname()
            client = socket.create_connection(place)
            listening.accept()[0].close()
        with client:
            assert ProcessSource(*place).read(NOW) is Unseen.NOT_LISTENING

    def test_listens_once_the_process_closed_its_socket(self, listen: Listen) -> None:
        listener = listen()
        source = ProcessSource(LOOPBACK, listener.port)
        seen(source)
        listener.tell("close")
        assert source.read(NOW) is Unseen.NOT_LISTENING

    @pytest.mark.parametrize("end", [Listener.end, Listener.end_unnoticed])
    def test_is_left_of_a_process_that_ends_while_it_is_read(
        self, listen: Listen, end: Callable[[Listener], None]
    ) -> None:
        listener = listen()

        def clock() -> float:
            end(listener)
            return 0.0

        source = ProcessSource(LOOPBACK, listener.port, clock)
        assert source.read(NOW) is Unseen.NOT_LISTENING
        assert source.read(NOW) is Unseen.NOT_LISTENING


class TestHidden:
    @pytest.mark.parametrize("way", CONFINED)
    def test_is_a_process_of_another(self, listen: Listen, way: str) -> None:
        command = [*CONFINED[way], sys.executable]
        if (
            shutil.which(command[0]) is None
            or subprocess.run([*command, "-c", ""], check=False).returncode
        ):
            pytest.skip(f"this machine lets nobody start a process in another {way}")
        shown = subprocess.run(
            [*command, "-B", "-c", READER, str(listen().port)],
            check=True,
            capture_output=True,
            cwd=ROOT,
            text=True,
        )
        assert shown.stdout.split() == [Unseen.HIDDEN]

    @pytest.mark.parametrize("error", [psutil.AccessDenied(), PermissionError()])
    def test_is_everything_where_connections_may_not_be_listed(
        self, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        refuse_connections(monkeypatch, error)
        assert ProcessSource(LOOPBACK, 8086).read(NOW) is Unseen.HIDDEN


def test_a_process_that_goes_on_listening_is_not_searched_for_again(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ProcessSource(LOOPBACK, listen().port)
    seen(source)
    refuse_connections(monkeypatch, psutil.AccessDenied())
    seen(source)


def refuse_connections(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Have the system refuse to list the connections of all processes."""

    def refuse(kind: str) -> None:
        raise error

    monkeypatch.setattr(process._psutil(), "net_connections", refuse)


class TestName:
    @pytest.mark.parametrize(
        "command_line",
        [
            "/app/.venv/bin/python /app/.venv/bin/ha-mcp-web",
            "/usr/bin/python3.14t -u -X utf8 -m ha_mcp --port 8086",
            "python3 -c import\N{NO-BREAK SPACE}ha_mcp.__main__",
            "/opt/ha-mcp/HA-MCP-linux --web",
            "/home/me/.cache/uv/archive/bin/python /home/me/.local/bin/ha-mcp-oauth",
        ],
    )
    def test_is_that_of_ha_mcp(self, command_line: str) -> None:
        assert is_ha_mcp("python", command_line.split(" "))

    def test_of_the_process_itself_is_enough(self) -> None:
        assert is_ha_mcp("ha-mcp-web", [])

    @pytest.mark.parametrize(
        "command_line",
        [
            "/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8086",
            "socat TCP-LISTEN:8086,fork TCP:ha-mcp:8086",
            "nginx: master process nginx -c /etc/nginx/ha-mcp.conf",
            "/usr/bin/python3 /usr/bin/mcp-proxy --port 8086 -- ha-mcp",
            "/opt/ha-mcp/bin/python -m http.server",
            "python3 -i",
            "",
        ],
    )
    def test_is_that_of_another_program(self, command_line: str) -> None:
        assert not is_ha_mcp("other", command_line.split(" "))

    @given(st.lists(st.sampled_from(["ha-mcp-web", "-m", "--", "-c", "/x/ha_mcp", "8086"])))
    def test_in_the_arguments_of_a_program_says_nothing(self, arguments: list[str]) -> None:
        assert not is_ha_mcp("socat", ["/usr/bin/socat", *arguments])
        assert not is_ha_mcp("python3", ["python3", "/usr/bin/mcp-proxy", *arguments])

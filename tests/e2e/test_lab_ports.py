"""The lab's ports: a part that starts or restarts finds its own still free."""

import socket

import pytest

from scripts.lab.ports import free_port, port_in_use, ports_of_connections

pytestmark = pytest.mark.usefixtures("socket_enabled")


def test_a_free_port_is_none_that_an_outgoing_connection_may_get() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as connection,
    ):
        assert connection.getsockname()[1] in ports_of_connections()
    assert not {free_port() for _ in range(50)} & set(ports_of_connections())


def test_no_port_is_given_twice() -> None:
    assert len({free_port() for _ in range(50)}) == 50


def test_a_port_is_in_use_while_something_listens() -> None:
    port = free_port()
    assert not port_in_use(port)
    with socket.create_server(("127.0.0.1", port)):
        assert port_in_use(port)

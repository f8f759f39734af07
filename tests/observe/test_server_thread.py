"""The thread of an in-process server is told apart from all that Home Assistant does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import os
import threading
import time

import pytest

from custom_components.ha_mcp_sre.observe.process import (
    SERVER_THREAD,
    ThreadSource,
    own_memory,
    server_thread_alive,
)
from tests.observe.listener import BURN, Clock, memory_by_ps

NOW = 1_800_000_000.0


@contextmanager
def server_thread(name: str = SERVER_THREAD) -> Iterator[Callable[[], None]]:
    """Run a thread like the one of an in-process server; yield a way to keep it busy."""
    burn, burnt, over = threading.Event(), threading.Event(), threading.Event()

    def serve() -> None:
        burn.wait()
        until = time.thread_time() + BURN
        while not over.is_set() and time.thread_time() < until:
            pass
        burnt.set()
        over.wait()

    def keep_busy() -> None:
        burn.set()
        burnt.wait()

    thread = threading.Thread(target=serve, name=name)
    thread.start()
    try:
        yield keep_busy
    finally:
        over.set()
        burn.set()
        thread.join()


class TestServerThread:
    def test_is_missing_without_an_in_process_server(self) -> None:
        with server_thread("another"):
            assert not server_thread_alive()
            assert ThreadSource().percent() is None

    def test_is_alive_until_it_ends(self) -> None:
        with server_thread():
            assert server_thread_alive()
        assert not server_thread_alive()

    def test_shows_its_cpu(self) -> None:
        clock = Clock()
        source = ThreadSource(clock)
        with server_thread() as keep_busy:
            assert source.percent() is None
            keep_busy()
            clock.seconds = 10
            percent = source.percent()
        assert percent == pytest.approx(100 * BURN / 10, abs=0.5)

    def test_does_not_answer_for_the_work_of_others(self) -> None:
        clock = Clock()
        source = ThreadSource(clock)
        with server_thread(), server_thread("another") as keep_busy:
            source.percent()
            keep_busy()
            clock.seconds = 10
            percent = source.percent()
        assert percent == pytest.approx(0, abs=0.5)

    def test_is_the_youngest_and_measured_anew_if_there_are_two(self) -> None:
        clock = Clock()
        source = ThreadSource(clock)
        with server_thread():
            source.percent()
            clock.seconds = 10
            with server_thread() as keep_busy:
                assert source.percent() is None
                keep_busy()
                clock.seconds = 20
                percent = source.percent()
        assert percent == pytest.approx(100 * BURN / 10, abs=0.5)


def test_memory_of_home_assistant_is_that_of_this_process() -> None:
    assert own_memory() == pytest.approx(memory_by_ps(os.getpid()), rel=0.05)

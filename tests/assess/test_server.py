"""What is known of the server itself."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.observation import Identity, Startup
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Source

KNOWN = Server(
    *("8.7.0", "instance-1", "worker-1"),
    started_at=1000,
    imported_at=1000,
    startup_time=3.8,
    restarts=2,
)
SAME = Identity("8.7.0", "instance-1", "worker-1", started_at=1000)


def test_the_first_sight_of_a_server_is_no_restart() -> None:
    assert Server().after(SAME) == replace(KNOWN, startup_time=None, restarts=0)


def test_the_same_server_again_changes_nothing() -> None:
    assert KNOWN.after(SAME) == KNOWN


@pytest.mark.parametrize(
    "identity", [replace(SAME, instance="instance-2"), replace(SAME, worker="worker-2")]
)
def test_another_instance_or_worker_is_a_restart(identity: Identity) -> None:
    assert KNOWN.restarted(identity)
    assert KNOWN.after(identity).restarts == 3


@pytest.mark.parametrize(
    "identity",
    [
        Identity(),
        replace(SAME, instance=None),
        replace(SAME, worker=None),
        replace(SAME, version="8.8.0"),
        replace(SAME, started_at=2000),
    ],
)
def test_nothing_else_is_a_restart(identity: Identity) -> None:
    assert not KNOWN.restarted(identity)
    assert KNOWN.after(identity).restarts == 2


def test_what_an_answer_does_not_show_stays_known() -> None:
    assert KNOWN.after(Identity()) == KNOWN


def test_after_a_restart_the_times_of_the_last_life_are_unknown() -> None:
    restarted = KNOWN.after(Identity(instance="instance-2"))
    assert restarted.started_at is None
    assert restarted.startup_time is None
    assert restarted.version == "8.7.0"


def test_a_restart_that_shows_its_start_is_known_since_then() -> None:
    restarted = KNOWN.after(replace(SAME, instance="instance-2", started_at=2000))
    assert restarted.started_at == 2000
    assert restarted.startup_time is None


def test_a_restart_in_the_same_code_did_not_start_when_the_code_was_imported() -> None:
    restarted = KNOWN.after(replace(SAME, worker="worker-2"))
    assert restarted.started_at is None
    assert restarted.after(replace(SAME, worker="worker-2")).started_at is None


def test_a_bring_up_that_was_watched_tells_the_start() -> None:
    restarted = KNOWN.after(replace(SAME, worker="worker-2"))
    known = restarted.after_startup(Startup(2000, 3.5, Source.BRINGUP))
    assert (known.started_at, known.startup_time) == (1996.5, 3.5)
    assert known.after(replace(SAME, worker="worker-2")) == known


def test_a_start_that_was_seen_before_this_life_began_is_of_another() -> None:
    assert KNOWN.after_startup(Startup(999, 3.5, Source.APP_LOG)) == KNOWN


def test_a_start_in_an_apps_log_leaves_the_moment_to_the_server() -> None:
    known = KNOWN.after_startup(Startup(1001, 3.5, Source.APP_LOG))
    assert (known.started_at, known.startup_time) == (1000, 3.5)

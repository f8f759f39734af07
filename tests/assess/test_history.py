"""What is remembered of a server so that rules can judge more than a moment."""

from dataclasses import replace
from itertools import pairwise

import pytest

from custom_components.ha_mcp_sre.assess.assessment import Assessment, Credential, SessionFacts
from custom_components.ha_mcp_sre.assess.history import MEMORY_INTERVAL, Hint, History
from custom_components.ha_mcp_sre.assess.observation import About, HostReading
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Source

from .builders import DAY, HOUR, MINUTE
from .situations import NOW
from .situations import remembered as after

SERVER = Server(version="8.7.0", instance="instance", worker="1")
UP = Assessment(server=SERVER)


def restarted(times: int) -> Assessment:
    return replace(UP, server=replace(SERVER, worker=str(times + 1), restarts=times))


def reconnected(times: int | None) -> Assessment:
    return replace(UP, session=SessionFacts(reconnects=times))


def running(version: str | None, *, disk: str = "8.7.0", life: str = "1") -> Assessment:
    server = replace(SERVER, version=disk, worker=life)
    return replace(UP, server=server, about=About(running_version=version))


def changes(history: History) -> list[str]:
    return [change for _, change, _ in history.changes]


def test_a_restart_is_remembered_with_its_time_for_an_hour() -> None:
    known = after((0, restarted(0)), (30, restarted(1)), (60, restarted(1)))
    assert known.restarts == (NOW + 30,)
    assert after((30 + HOUR, restarted(1)), history=known).restarts == ()


def test_what_was_counted_before_anybody_looked_is_no_restart() -> None:
    assert after((0, restarted(7))).restarts == ()


def test_a_counter_that_goes_backwards_is_no_event_and_counts_on_from_there() -> None:
    known = after((0, restarted(7)), (30, restarted(0)), (60, restarted(1)))
    assert known.restarts == (NOW + 60,)
    assert changes(known) == [Hint.RESTART]


def test_what_happened_in_the_future_of_a_clock_that_was_set_back_is_forgotten() -> None:
    known = after((0, restarted(0)), (30, restarted(1)))
    assert after((-2 * HOUR, restarted(1)), history=known).restarts == ()


@pytest.mark.parametrize("change", [Hint.HOME_ASSISTANT_RESTART, Hint.RELOAD])
def test_a_restart_that_somebody_asked_for_does_not_count(change: Hint) -> None:
    known = after((0, restarted(0))).noted(change, NOW + 10)
    known = after((90, restarted(1)), history=known)
    assert known.restarts == ()
    assert known.hint(NOW + 90) == change
    assert after((11 * MINUTE, restarted(2)), history=known).restarts == (NOW + 11 * MINUTE,)


def test_a_restart_into_another_version_is_an_update() -> None:
    updated = running(None, disk="8.8.0", life="2")
    updated = replace(updated, server=replace(updated.server, restarts=1))
    known = after((0, running("8.7.0")), (30, updated))
    assert known.restarts == ()
    assert changes(known) == [Hint.VERSION]


def test_reconnects_count_from_the_first_number_that_is_known() -> None:
    looks = [(0.0, None), (30, 4), (60, 4), (90, 6), (120, None), (150, 7)]
    known = after(*[(later, reconnected(times)) for later, times in looks])
    assert known.reconnects == (NOW + 90, NOW + 90, NOW + 150)


def started(life: int, seconds: float | None, source: Source = Source.APP_LOG) -> Assessment:
    server = replace(SERVER, worker=str(life), startup_time=seconds, startup_source=source)
    return replace(UP, server=server)


def test_each_life_has_one_start_and_the_last_six_are_remembered() -> None:
    looks = [(60.0 * life, started(life, seconds)) for life in range(9) for seconds in (None, life)]
    assert [seconds for _, seconds, _, _ in after(*looks).startups] == [3, 4, 5, 6, 7, 8]


def test_a_second_source_that_tells_of_the_same_start_changes_nothing() -> None:
    looks = [
        (30 * n, started(1, seconds, source))
        for n, (seconds, source) in enumerate(
            [(8, Source.BRINGUP), (3, Source.STARTUP_LOG), (8, Source.BRINGUP)]
        )
    ]
    assert after(*looks).startups == (("instance 1", 8, NOW, "bringup"),)


def test_of_a_server_without_a_name_no_start_is_known() -> None:
    assert after((0, replace(UP, server=Server(startup_time=3)))).startups == ()


def using(
    memory: int | None, later: float, *, source: Source = Source.PROCESS, life: str = "1"
) -> tuple[float, Assessment]:
    host = HostReading(NOW + later, source, memory=memory)
    return later, replace(UP, host=host, server=replace(SERVER, worker=life))


def test_memory_is_sampled_twice_an_hour_for_a_day() -> None:
    known = after(*(using(n, n * MINUTE) for n in range(3 * 24 * 60)))
    times = [at for at, _ in known.memory]
    assert {b - a for a, b in pairwise(times)} == {MEMORY_INTERVAL}
    assert times[-1] - times[0] >= DAY
    assert len(times) <= 50


def test_the_same_reading_seen_again_is_no_sample() -> None:
    _, stale = using(1, 0)
    assert len(after((0, stale), (HOUR, stale)).memory) == 1


def test_another_life_of_the_server_begins_with_fresh_memory() -> None:
    assert after(using(9, 0), using(1, 60, life="2")).memory == ((NOW + 60, 1),)


def test_memory_outlives_a_time_in_which_it_is_not_seen() -> None:
    known = after(using(1, 0), (HOUR, UP), using(None, 2 * HOUR), using(2, 3 * HOUR))
    assert [memory for _, memory in known.memory] == [1, 2]


@pytest.mark.parametrize("source", [Source.SHARED_PROCESS, Source.SERVER_THREAD])
def test_memory_shared_with_home_assistant_is_not_the_servers(source: Source) -> None:
    assert after(using(1, 0, source=source)).memory == ()


def test_the_memory_of_an_app_is_its_own() -> None:
    assert after(using(1, 0, source=Source.SUPERVISOR)).memory


def test_a_version_that_changes_is_remembered_with_its_time() -> None:
    known = after((0, running("8.7.0")), (60, running("8.8.0")))
    assert (known.version, known.previous_version) == ("8.8.0", "8.7.0")
    assert known.version_changed_at == NOW + 60


def test_the_first_version_seen_is_no_change() -> None:
    known = after((0, running(None)), (60, running("8.7.0")))
    assert known.version == "8.7.0"
    assert known.version_changed_at is None


def test_a_version_that_is_only_installed_does_not_run() -> None:
    known = after(
        (0, running("8.7.0")),
        (60, running(None, disk="8.8.0")),
        (90, running("8.7.0", disk="8.8.0")),
    )
    assert known.version_changed_at is None
    assert changes(known) == []


def test_a_new_life_runs_what_is_installed() -> None:
    known = after((0, running("8.7.0")), (60, running(None, disk="8.8.0", life="2")))
    assert known.version == "8.8.0"


def test_another_version_of_the_component_is_a_change() -> None:
    seen = [replace(UP, about=About(component_version=each)) for each in ("1", None, "2")]
    known = after(*((30.0 * n, each) for n, each in enumerate(seen)))
    assert known.changes == ((NOW + 60, "component_version", "2"),)


def test_a_token_that_is_no_longer_taken_is_a_change() -> None:
    accepted = [None, True, None, False, False]
    known = after(
        *(
            (30.0 * n, replace(UP, credential=Credential(accepted=each)))
            for n, each in enumerate(accepted)
        )
    )
    assert known.changes == ((NOW + 90, "credential", None),)


def test_a_token_that_was_never_taken_is_no_change() -> None:
    assert changes(after((0, replace(UP, credential=Credential(accepted=False))))) == []


def offered(version: str | None) -> Assessment:
    return replace(UP, update_available=version)


def test_an_update_waits_from_when_it_was_seen_first_also_if_a_newer_one_follows() -> None:
    looks = [(n * HOUR, offered("8.8.0" if n < 9 else "8.9.0")) for n in range(20)]
    assert after(*looks).update_since == NOW


def test_an_update_that_is_out_of_sight_for_a_restart_waits_on() -> None:
    known = after((0, offered("8.8.0")), (HOUR, offered(None)), (2 * HOUR, offered("8.8.0")))
    assert known.update_since == NOW


def test_an_update_that_is_offered_no_more_waits_no_more() -> None:
    known = after((0, offered("8.8.0")), (7 * HOUR, offered(None)))
    assert known.update_since is None
    assert after((8 * HOUR, offered("8.9.0")), history=known).update_since == NOW + 8 * HOUR


def test_after_an_update_the_next_one_waits_anew() -> None:
    first = replace(running("8.7.0"), update_available="8.8.0")
    second = replace(running("8.8.0"), update_available="8.9.0")
    assert after((0, first), (HOUR, second)).update_since == NOW + HOUR


@pytest.mark.parametrize(
    ("later", "hint"),
    [
        (-1, None),
        (0, "reload"),
        (59, "reload"),
        (60, "settings"),
        (16 * MINUTE, "settings"),
        (17 * MINUTE, None),
    ],
)
def test_the_hint_is_the_last_change_in_the_quarter_of_an_hour_before(
    later: float, hint: str | None
) -> None:
    known = History().noted(Hint.RELOAD, NOW).noted(Hint.SETTINGS, NOW + 60)
    assert known.hint(NOW + later) == hint


def test_changes_are_remembered_for_an_hour() -> None:
    known = History().noted(Hint.SETTINGS, NOW)
    assert changes(after((HOUR - 1, UP), history=known)) == [Hint.SETTINGS]
    assert changes(after((HOUR, UP), history=known)) == []


def test_a_start_of_home_assistant_and_its_new_version_are_changes() -> None:
    known = History().began("2026.10.4", NOW, restarted=True)
    assert changes(known) == [Hint.HOME_ASSISTANT_RESTART]
    known = known.began("2026.11.0", NOW + MINUTE, restarted=True)
    assert known.hint(NOW + MINUTE) == Hint.HOME_ASSISTANT_VERSION


def test_a_reload_of_our_own_entry_is_no_change() -> None:
    known = History().began("2026.10.4", NOW, restarted=False)
    assert changes(known.began("2026.10.4", NOW, restarted=False)) == []

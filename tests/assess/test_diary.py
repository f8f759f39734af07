"""What is written down of each day of a server."""

from dataclasses import replace

import pytest

from custom_components.ha_mcp_sre.assess.assessment import (
    Assessment,
    Counters,
    SessionFacts,
    ToolCalls,
    UsageLog,
)
from custom_components.ha_mcp_sre.assess.diary import DAYS_KEPT, Day, Diary
from custom_components.ha_mcp_sre.assess.histogram import bucket_of
from custom_components.ha_mcp_sre.assess.history import Hint, History
from custom_components.ha_mcp_sre.assess.observation import HostReading
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Source

from .builders import HOUR
from .situations import NOW

TODAY = 739_000
MEBIBYTE = 1024 * 1024
SERVER = Server(version="8.7.0", instance="instance", worker="1")
UP = Assessment(server=SERVER)


def written(*looks: tuple[int, Assessment], diary: Diary | None = None) -> Diary:
    """Return a diary after looks, each on a day, with the history that comes with them."""
    diary, before = diary or Diary(), History()
    for number, (day, current) in enumerate(looks):
        now = NOW + 30 * number
        history = before.after(current, now)
        diary, before = diary.after(current, before, history, day, now), history
    return diary


def restarted(times: int) -> Assessment:
    return replace(UP, server=replace(SERVER, worker=str(times + 1), restarts=times))


def using(memory: int, source: Source = Source.PROCESS) -> Assessment:
    return replace(UP, host=HostReading(at=NOW, source=source, memory=memory))


def test_what_was_counted_before_the_diary_began_is_no_event_of_its_first_day() -> None:
    assert written((TODAY, restarted(7))).days[0].restarts == 0


def test_a_restart_belongs_to_the_day_on_which_it_was_seen() -> None:
    diary = written((TODAY, restarted(0)), (TODAY, restarted(2)), (TODAY + 1, restarted(3)))
    assert [(day.day, day.restarts) for day in diary.days] == [(TODAY, 2), (TODAY + 1, 1)]


def test_reconnects_that_nobody_can_count_are_unknown_and_not_none() -> None:
    assert written((TODAY, UP)).days[0].reconnects is None


def test_reconnects_go_on_from_what_was_counted_before_they_could_not_be_seen() -> None:
    looks = [replace(UP, session=SessionFacts(reconnects=count)) for count in (3, None, 5)]
    diary = written(*((TODAY, look) for look in looks))
    assert diary.days[0].reconnects == 2


def test_windows_that_were_lost_are_counted_by_day() -> None:
    looks = [
        replace(UP, tool_calls=ToolCalls(counters=Counters(lost_windows=count))) for count in (4, 6)
    ]
    assert written(*((TODAY, look) for look in looks)).days[0].lost_windows == 2


def test_each_answer_of_the_endpoint_is_a_response_time() -> None:
    answers = [replace(UP, response_time=seconds) for seconds in (0.004, 0.3, 0.3)]
    day = written((TODAY, UP), *((TODAY, answer) for answer in answers)).days[0]
    assert sum(day.response) == 3
    assert day.response[bucket_of(0.3)] == 2


def test_memory_has_its_lowest_highest_and_last_value_of_the_day() -> None:
    day = written(*((TODAY, using(each * MEBIBYTE)) for each in (120, 110, 140, 130))).days[0]
    known = (day.memory_low, day.memory_high, day.memory_last)
    assert known == (110 * MEBIBYTE, 140 * MEBIBYTE, 130 * MEBIBYTE)


def test_memory_that_is_shared_with_home_assistant_is_not_the_servers() -> None:
    day = written((TODAY, using(900 * MEBIBYTE, Source.SHARED_PROCESS))).days[0]
    assert day.memory_last is None


def test_how_long_a_start_took_is_written_down_once() -> None:
    started = replace(UP, server=replace(SERVER, startup_time=3.8))
    diary = written((TODAY, UP), (TODAY, started), (TODAY, started))
    assert diary.days[0].startups == (3.8,)


def test_the_version_and_the_usage_log_are_those_of_the_end_of_the_day() -> None:
    updated = replace(
        UP, server=replace(SERVER, version="8.8.0"), usage_log=UsageLog(size=2048, own=0)
    )
    day = written((TODAY, UP), (TODAY, updated)).days[0]
    assert (day.version, day.usage_log) == ("8.8.0", 2048)


def test_a_change_is_kept_longer_than_the_hour_of_the_history() -> None:
    before = History()
    changed = before.noted(Hint.RELOAD, NOW)
    diary = Diary().after(UP, before, changed, TODAY, NOW)
    later = diary.after(UP, changed, before, TODAY + 1, NOW + 30 * HOUR)
    assert later.changes == ((NOW, "reload", None),)


def test_a_change_that_was_noted_between_two_looks_is_not_missed() -> None:
    noted = History().noted(Hint.RELOAD, NOW)
    diary = Diary().after(UP, noted, noted, TODAY, NOW + 10)
    assert len(diary.after(UP, noted, noted, TODAY, NOW + 20).changes) == 1


def test_days_older_than_thirteen_weeks_are_dropped() -> None:
    diary = Diary(days=tuple(Day(TODAY - ago) for ago in range(DAYS_KEPT + 5, 0, -1)))
    kept = written((TODAY, UP), diary=diary).days
    assert (kept[0].day, kept[-1].day) == (TODAY - DAYS_KEPT + 1, TODAY)


def test_after_a_clock_was_set_back_the_last_day_goes_on() -> None:
    diary = written((TODAY, restarted(0)), (TODAY - 1, restarted(1)))
    assert [(day.day, day.restarts) for day in diary.days] == [(TODAY, 1)]


@pytest.mark.parametrize(("days", "found"), [(range(TODAY, TODAY + 7), 1), (range(TODAY), 0)])
def test_only_known_days_are_told(days: range, found: int) -> None:
    assert len(written((TODAY, UP)).of(days)) == found

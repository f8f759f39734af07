"""Reports on odd weeks, and of servers that are easily mixed up."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.ha_mcp_sre.report.backlog import BacklogMemory
from custom_components.ha_mcp_sre.report.edition import Known, draft
from custom_components.ha_mcp_sre.report.predictions import PredictionMemory
from custom_components.ha_mcp_sre.report.weeks import week_of

from . import materials
from .reports import report
from .servers import known_for


def test_a_report_on_one_of_two_servers_of_one_name_has_no_proposal_of_the_other() -> None:
    material = materials.bad_week()
    namesakes = tuple(replace(each, name="ha-mcp") for each in material.servers)
    known = draft(replace(material, servers=namesakes), Known()).known
    one = replace(material, servers=namesakes[1:], whole=False)
    ids = {item["key"].split(":")[1] for item in report(one, known)["proposed_backlog_items"]}
    assert ids == {namesakes[1].id}


def test_a_week_that_just_began_proves_nothing_about_who_watches() -> None:
    off = materials.three_days_off()
    known = draft(off, Known()).known
    assert "unwatched:home" in {each.item.key for each in known.backlog.entries}
    begun = off.week.end + 600
    next_week = week_of(off.week.monday + timedelta(days=7), begun, off.week.zone)
    (server,) = off.servers
    young = replace(off, week=next_week, servers=(replace(server, tallies=known_for(10)),))
    done = {item["key"] for item in report(young, known)["done_backlog_items"]}
    assert "unwatched:home" not in done


def test_what_is_said_of_a_week_without_a_minute_has_no_figure_in_it() -> None:
    week = materials.quiet_week().week
    (server,) = materials.quiet_week().servers
    empty = replace(
        materials.quiet_week(),
        week=replace(week, as_of=week.start),
        servers=(replace(server, tallies={}),),
    )
    said = [each["statement"] for each in report(empty)["key_observations"]]
    assert not [each for each in said if "of unknown" in each]


@pytest.mark.parametrize(("monday", "hours"), [("2026-03-30", 168.5), ("2026-09-28", 167.5)])
def test_half_an_hour_of_summer_time_is_in_the_hours_of_a_week(monday: str, hours: float) -> None:
    quiet = materials.quiet_week()
    zone = ZoneInfo("Australia/Lord_Howe")
    week = week_of(date.fromisoformat(monday), quiet.week.as_of, zone)
    assert report(replace(quiet, week=week))["week"]["hours"] == hours


def test_what_is_known_of_weeks_that_have_not_begun_stops_no_report() -> None:
    material = materials.bad_week()
    ahead = Known(date(2036, 11, 17), BacklogMemory("2036-11-17"), PredictionMemory("2036-11-24"))
    known = draft(material, ahead).known
    assert known.reported == material.week.monday
    assert known.backlog.week == material.week.monday.isoformat()
    assert known.predictions.until == "2026-11-23"


def test_the_minute_that_runs_is_one_of_the_week() -> None:
    week = materials.quiet_week().week
    (server,) = materials.quiet_week().servers
    begun = replace(
        materials.quiet_week(),
        week=replace(week, as_of=week.start + 20),
        servers=(replace(server, tallies=known_for(1)),),
    )
    (row,) = report(begun)["monitoring_gaps"]["unknown_time"]
    assert (row["known_minutes"], row["minutes"], row["unknown_percent"]) == (1, 1, 0)

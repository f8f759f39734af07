"""A server under watch that is well, for the reports' tests."""

from dataclasses import replace
from typing import Any

from custom_components.ha_mcp_sre.assess.assessment import (
    Assessment,
    Counters,
    Credential,
    SessionFacts,
    ToolCalls,
    UsageLog,
)
from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.health import Health
from custom_components.ha_mcp_sre.assess.objectives import Objective, Targets
from custom_components.ha_mcp_sre.assess.observation import About, HostReading
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Gap, Mode, Signal, Source
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.report.material import CallTotals, ServerMaterial, Week

from .parts import DAY, MB, Tools, added, budgets, diary_day, totals

USUAL: Tools = {
    "ha_get_state": (420, 0.03, {}),
    "ha_call_service": (180, 0.12, {"ENTITY_NOT_FOUND": 2}),
    "ha_search": (120, 0.35, {}),
    "ha_get_overview": (35, 0.9, {}),
}


def scaled(tools: Tools, factor: float) -> Tools:
    """Return what tools did with so many times the successes."""
    return {
        tool: (round(factor * successes), seconds, failures)
        for tool, (successes, seconds, failures) in tools.items()
    }


def usual_calls() -> CallTotals:
    """Return the calls of a week that is like every other."""
    usual = scaled(USUAL, 4)
    return CallTotals(week=totals(USUAL), before=totals(USUAL), usual=totals(usual))


_MINUTES, _CALLED, _NOTHING = Tally(1438), Tally(108), Tally()


def day_tallies(
    minutes: Tally = _MINUTES, calls: Tally = _CALLED, slow: int = 1, starts: Tally = _NOTHING
) -> dict[Objective, Tally]:
    """Return what the objectives saw in a day: mostly good."""
    return {
        Objective.AVAILABILITY: minutes,
        Objective.TOOL_SUCCESS: calls,
        Objective.LATENCY: Tally(calls.good - slow, slow, calls.excluded),
        Objective.STARTUP: starts,
    }


def known_for(minutes: int) -> dict[Objective, Tally]:
    """Return what is counted of a server that was well for the minutes that are known."""
    return {Objective.AVAILABILITY: Tally(minutes)}


def current(until: float, **more: Any) -> Assessment:
    """Return a healthy server inside Home Assistant that has run for nine days."""
    about = About("8.7.0", "8.7.0", "8.7.0", read_only=False, websocket_enabled=True)
    seen = Assessment(
        health=Health.HEALTHY,
        since=until - 9 * DAY,
        reachable=True,
        home_assistant_link=True,
        response_time=0.041,
        server=Server("8.7.0", "instance", "worker", until - 9 * DAY, startup_time=2.4),
        tool_calls=ToolCalls(counters=Counters(4210, 12), visible=True, knows_unused=True),
        session=SessionFacts(is_open=True, reconnects=2, opened_at=until - 9 * DAY),
        credential=Credential(accepted=True, expires_at=until + 9 * 365 * DAY),
        host=HostReading(until, Source.PROCESS, memory=212 * MB, cpu=0.8),
        about=about,
        watchdog=True,
        usage_log=UsageLog(size=12_400_000, own=2_100_000),
        last_cycle=until - 10,
        sources=dict.fromkeys(Signal, Source.REPORT),
        gaps=(Gap(Signal.NETWORK, "host_network"),),
        calls_read_at=until - 60,
    )
    return replace(seen, **more)


def quiet_server(week: Week) -> ServerMaterial:
    """Return a server to which nothing happened for five weeks, but one slow call a day."""
    days = {day: day_tallies() for day in range(week.days[0] - 28, week.days[-1] + 1)}
    return ServerMaterial(
        id="01JC0000000000000000000001",
        name="ha-mcp",
        mode=Mode.IN_PROCESS,
        watched_since=week.start - 60 * DAY,
        current=current(week.as_of),
        targets=Targets(),
        policy=Policy(),
        tallies=added(days[day] for day in week.days),
        tallies_before=added(days[day - 7] for day in week.days),
        budgets=budgets(days, week.until, week.start - 60 * DAY),
        calls=usual_calls(),
        diary=Diary(tuple(diary_day(day) for day in days)),
        token="t1",
    )

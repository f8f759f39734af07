"""Two servers to which a lot happened in one week, for the reports' tests."""

from dataclasses import replace

from custom_components.ha_mcp_sre.assess.assessment import (
    Assessment,
    Cause,
    Credential,
    SessionFacts,
    UsageLog,
)
from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.assess.health import Health
from custom_components.ha_mcp_sre.assess.history import Hint
from custom_components.ha_mcp_sre.assess.incident import Incident
from custom_components.ha_mcp_sre.assess.judgement import Judgement
from custom_components.ha_mcp_sre.assess.observation import About, FailureKind, HostReading
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Gap, Mode, Signal, Source
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.report.material import CallTotals, ServerMaterial, Week

from .parts import DAY, MB, Span, Tools, added, at, budgets, diary_day, incidents, totals
from .servers import USUAL, current, day_tallies, quiet_server, scaled

_CALLS: Tools = {
    "ha_get_state": (390, 0.05, {"CONNECTION_FAILED": 14, "ENTITY_NOT_FOUND": 6}),
    "ha_call_service": (150, 0.4, {"WEBSOCKET_DISCONNECTED": 31, "SERVICE_INVALID_ACTION": 9}),
    "ha_search": (90, 2.6, {"TIMEOUT_OPERATION": 12, "INTERNAL_ERROR": 5}),
    "ha_get_history": (0, 1.0, {"INTERNAL_ERROR": 8}),
    "ha_config_set_automation": (6, 0.5, {"READ_ONLY_MODE": 3, "VALIDATION_FAILED": 4}),
}
_DOWN = Finding(RuleKey.SERVER_DOWN, Severity.P0, {"kind": "refused"})
_LINK = Finding(
    RuleKey.LINK_BROKEN,
    Severity.P1,
    {"stage": "websocket", "kind": "tool_error", "code": "CONNECTION_FAILED", "looks": 3},
)
_BROKEN = Finding(
    RuleKey.TOOL_BROKEN, Severity.P1, {"failures": 8, "code": "INTERNAL_ERROR"}, "ha_get_history"
)
_SLOW = Finding(
    RuleKey.SLOW, Severity.P2, {"calls": 41, "slow_calls": 12, "p95": 8.4, "usual_p95": 1.6}
)
_WORSE = Finding(
    RuleKey.WORSE_AFTER_UPDATE,
    Severity.P2,
    {
        "version": "8.7.0",
        "previous_version": "8.6.0",
        "error_rate": 9.4,
        "previous_error_rate": 0.2,
        "calls": 412,
        "previous_calls": 1012,
    },
)
_GROWING = Finding(
    RuleKey.MEMORY_GROWING, Severity.P2, {"bytes_a_day": 31_400_000, "percent_a_day": 11.2}
)
_EXPIRING = Finding(RuleKey.TOKEN_EXPIRING, Severity.P3, {"days": 11})


def _story(week: Week) -> tuple[Incident, ...]:
    """Return the incidents of the first server: one P0 with two spells, and six more."""
    return incidents(
        Span(_LINK, at("2026-11-11T10:00"), at("2026-11-11T10:20")),
        Span(_SLOW, at("2026-11-16T09:12"), at("2026-11-16T09:55")),
        Span(_DOWN, at("2026-11-18T03:12:10"), at("2026-11-18T03:41:40"), Hint.VERSION),
        Span(_DOWN, at("2026-11-18T03:49:40"), at("2026-11-18T03:59:10")),
        # Over before the minute of grace was.
        Span(_DOWN, at("2026-11-19T14:00"), at("2026-11-19T14:00:30")),
        Span(_LINK, at("2026-11-20T17:30"), at("2026-11-20T18:14")),
        Span(_WORSE, at("2026-11-20T20:00"), at("2026-11-21T20:00")),
        Span(_GROWING, at("2026-11-21T22:00")),
        Span(_EXPIRING, at("2026-11-22T06:00")),
        until=week.as_of,
        acknowledged=[at("2026-11-18T03:30"), at("2026-11-22T08:00")],
    )


def bad_server(week: Week) -> ServerMaterial:
    """Return a server that fell, was cut off, got slower, and grows."""
    quiet, found, first = quiet_server(week), _story(week), week.days[0]
    days = {day: day_tallies() for day in range(first - 28, first)}
    days |= {
        first: day_tallies(calls=Tally(140, 3), slow=14),
        first + 1: day_tallies(calls=Tally(120)),
        first + 2: day_tallies(Tally(1390, 40), Tally(70, 6), starts=Tally(1, 2)),
        first + 3: day_tallies(Tally(1436, 1), Tally(90, 2), starts=Tally(1)),
        first + 4: day_tallies(Tally(1430), Tally(80, 51), slow=22),
        first + 5: day_tallies(Tally(1340, 0, 100), Tally(70, 6), slow=9),
        first + 6: day_tallies(calls=Tally(66, 2)),
    }
    lately = (
        diary_day(first, slow=2),
        diary_day(first + 1),
        diary_day(first + 2, restarts=3, reconnects=4, startups=(2.3, 7.9, 6.2), memory=180 * MB),
        diary_day(first + 3, restarts=1, reconnects=1, startups=(2.5,), memory=215 * MB),
        diary_day(first + 4, slow=3, reconnects=9, memory=246 * MB),
        diary_day(first + 5, memory=277 * MB, usage_log=84_000_000),
        diary_day(first + 6, memory=309 * MB, usage_log=88_500_000),
    )
    before = (
        replace(each, version="8.6.0", usage_log=60_000_000 + 500_000 * number)
        for number, each in enumerate(quiet.diary.days)
        if each.day < first
    )
    still_open = tuple(sorted((i for i in found if i.is_open), key=lambda each: each.severity))
    left = budgets(days, week.until, quiet.watched_since)
    return replace(
        quiet,
        name="Home",
        watched_since=week.start - 40 * DAY,
        current=current(
            week.as_of,
            server=Server(
                "8.7.0", "instance", "worker", at("2026-11-19T14:00:28"), None, 2.5, restarts=4
            ),
            session=SessionFacts(is_open=True, reconnects=14),
            credential=Credential(accepted=True, expires_at=at("2026-12-03T09:00")),
            host=HostReading(week.as_of, Source.PROCESS, memory=311 * MB, cpu=3.1),
            about=About("8.7.0", "8.7.1", "8.7.0", read_only=False, websocket_enabled=False),
            usage_log=UsageLog(size=88_700_000, own=6_000_000),
            update_available="8.7.1",
            watchdog=False,
            judgement=Judgement(still_open, left),
        ),
        incidents=found,
        tallies=added(days[day] for day in week.days),
        tallies_before=added(days[day - 7] for day in week.days),
        budgets=left,
        calls=CallTotals(week=totals(_CALLS), before=totals(USUAL), usual=totals(scaled(USUAL, 4))),
        diary=Diary(
            (*before, *lately),
            (
                (at("2026-11-18T03:12"), Hint.VERSION.value, "8.7.0"),
                (at("2026-11-18T03:41:40"), Hint.RESTART.value, None),
                (at("2026-11-20T12:00"), Hint.SETTINGS.value, None),
                (at("2026-11-21T21:40"), Hint.HOME_ASSISTANT_VERSION.value, "2026.11.1"),
            ),
        ),
    )


def server_elsewhere(week: Week) -> ServerMaterial:
    """Return a server on another machine that shares the token, is down now, and is hard to see."""
    quiet = quiet_server(week)
    (down,) = incidents(Span(_DOWN, at("2026-11-23T07:20")), until=week.as_of)
    seen: Assessment = current(
        week.as_of,
        health=Health.DOWN,
        reachable=False,
        home_assistant_link=None,
        cause=Cause("endpoint", FailureKind.REFUSED, None),
        since=down.started_at,
        host=None,
        usage_log=None,
        session=SessionFacts(),
        gaps=tuple(
            Gap(signal, reason)
            for signal, reason in (
                (Signal.MEMORY, "other_machine"),
                (Signal.CPU, "other_machine"),
                (Signal.SESSION, "shared_credential"),
                (Signal.USAGE_LOG_SIZE, "on_server"),
            )
        ),
        watchdog=None,
        judgement=Judgement((down,), quiet.budgets),
    )
    return replace(
        quiet,
        id="01JC0000000000000000000002",
        name="Workshop",
        mode=Mode.HTTP,
        watched_since=week.start - 20 * DAY,
        current=seen,
        incidents=(down,),
        diary=Diary(
            tuple(
                replace(
                    each,
                    reconnects=None,
                    memory_low=None,
                    memory_high=None,
                    memory_last=None,
                    usage_log=None,
                )
                for each in quiet.diary.days
                if each.day >= week.days[0] - 20
            )
        ),
    )

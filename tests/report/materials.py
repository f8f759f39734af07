"""Whole weeks as the reports' tests need them: quiet, bad, young, gapped, without the project."""

from dataclasses import replace
from datetime import date
from functools import cache

from custom_components.ha_mcp_sre.assess.assessment import Credential, SessionFacts
from custom_components.ha_mcp_sre.assess.diary import Diary
from custom_components.ha_mcp_sre.assess.history import Hint
from custom_components.ha_mcp_sre.assess.objectives import Targets
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.signals import Gap, Mode, Signal
from custom_components.ha_mcp_sre.assess.tally import Tally
from custom_components.ha_mcp_sre.assess.upstream import Upstream
from custom_components.ha_mcp_sre.report.material import CallTotals, Material, ServerMaterial, Week

from .bad_servers import bad_server, server_elsewhere
from .parts import DAY, MONDAY, added, at, budgets, diary_day, totals, week, words
from .servers import USUAL, current, day_tallies, known_for, quiet_server, scaled
from .upstreams import red, unreached, upstream


def _home(week: Week, *servers: ServerMaterial, project: Upstream | None) -> Material:
    return Material(week, servers, project, "2026.11.0", words())


@cache
def quiet_week() -> Material:
    """Return a week in which nothing happened."""
    over = week()
    return _home(over, quiet_server(over), project=upstream(over))


@cache
def bad_week() -> Material:
    """Return a week in which a lot happened, to both of two servers and to the project."""
    over = week()
    servers = (bad_server(over), server_elsewhere(over))
    return _home(over, *servers, project=red(over))


@cache
def autumn_week() -> Material:
    """Return a quiet week of 169 hours: on its Sunday the clocks were set back."""
    over = week(date(2026, 10, 19))
    server = quiet_server(over)
    known = replace(server, tallies={**server.tallies, **known_for(server.known_minutes + 60)})
    return _home(over, known, project=upstream(over))


@cache
def first_hour() -> Material:
    """Return the week so far of a server that was added on Wednesday, 40 minutes ago."""
    now, since = at("2026-11-18T19:10"), at("2026-11-18T18:30")
    young = week(as_of=now)
    today = MONDAY.toordinal() + 2
    days = {today: day_tallies(Tally(40), Tally(12), slow=0)}
    server = ServerMaterial(
        id="01JC0000000000000000000001",
        name="ha-mcp",
        mode=Mode.APP,
        watched_since=since,
        current=current(
            now,
            since=since,
            host=None,
            credential=Credential(),
            server=Server("8.7.0", "instance", None, now - 2 * DAY),
            session=SessionFacts(),
            usage_log=None,
            gaps=(
                Gap(Signal.NETWORK, "host_network"),
                Gap(Signal.SESSION, "before_listening"),
                Gap(Signal.USAGE_LOG_SIZE, "in_container"),
            ),
        ),
        targets=Targets(),
        policy=Policy(),
        tallies=added(days.values()),
        tallies_before={},
        budgets=budgets(days, now, since),
        calls=CallTotals(week=totals({"ha_get_state": (12, 0.03, {})})),
        diary=Diary((diary_day(today, reconnects=None, memory=None, usage_log=None),)),
    )
    return _home(young, server, project=upstream(young))


@cache
def three_days_off() -> Material:
    """Return a week in which Home Assistant was off from Tuesday noon to Friday noon."""
    over = week()
    quiet, first = quiet_server(over), over.days[0]
    off = {
        first + 1: day_tallies(Tally(719), Tally(50)),
        first + 2: {},
        first + 3: {},
        first + 4: day_tallies(Tally(717), Tally(61)),
    }
    days = {day: day_tallies() for day in range(first - 28, over.days[-1] + 1)} | off
    lived = (each for each in quiet.diary.days if each.day not in (first + 2, first + 3))
    half = scaled(USUAL, 0.5)
    server = replace(
        quiet,
        tallies=added(days[day] for day in over.days),
        budgets=budgets(days, over.until, quiet.watched_since),
        calls=replace(quiet.calls, week=totals(half)),
        diary=Diary(
            tuple(lived), ((at("2026-11-20T12:04"), Hint.HOME_ASSISTANT_RESTART.value, None),)
        ),
    )
    return _home(over, server, project=upstream(over))


@cache
def without_upstream() -> Material:
    """Return a quiet week of a home that does not watch the project."""
    return replace(quiet_week(), project=None)


@cache
def upstream_unreachable() -> Material:
    """Return a quiet week of a home that watches the project, which was never reached."""
    return replace(quiet_week(), project=unreached())

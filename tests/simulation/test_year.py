"""An ordinary year tells nobody of anything; one real outage in it tells once."""

from copy import deepcopy
from datetime import datetime
import sys
from time import perf_counter

import pytest

from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.incident import Change, ChangeKind
from custom_components.ha_mcp_sre.assess.signals import Mode
from tests.corpus.player import Player
from tests.corpus.steps import apply
from tests.corpus.world import World
from tests.simulation.year import DAY, DAYS, HOUR, MINUTE, UPDATES, Event, events, outage

_SEED = 2026
_BEGINS = datetime.fromisoformat("2026-01-01 00:00:00+01:00").timestamp()

_STEP = 5 * MINUTE
_CLOSELY, _FOR = 30, 5 * MINUTE
"""After each event it is looked at as often as in a home, for a while."""

_LAST_WEEK = (DAYS - 7) * DAY
_OUTAGE = _LAST_WEEK + DAY + 15 * HOUR


def _live(player: Player, year: list[Event], until: float) -> None:
    """Live through the part of a year that is still to come."""
    for at, step in year:
        if player.world.now <= at < until:
            player.wait(at)
            apply(player, step)
            player.look_closely(_CLOSELY, _FOR)
    player.wait(until)


@pytest.fixture(scope="module")
def years() -> tuple[Player, Player, float]:
    """Return an ordinary year, the same with an outage in its last week, and what one took."""
    began = perf_counter()
    year = events(_SEED)
    player = Player(World(Mode.HTTP, _BEGINS), _STEP)
    _live(player, year, _LAST_WEEK)
    other = deepcopy(player)
    _live(player, year, DAYS * DAY)
    took = perf_counter() - began
    with_outage = sorted([*year, *outage(_OUTAGE, 10 * MINUTE)], key=lambda event: event[0])
    _live(other, with_outage, DAYS * DAY)
    return player, other, took


def _pages(player: Player) -> list[Change]:
    return [change for change in player.changes if change.kind is ChangeKind.PAGED]


def test_an_ordinary_year_pages_nobody(
    years: tuple[Player, Player, float], capsys: pytest.CaptureFixture[str]
) -> None:
    player, _, took = years
    incidents = player.case.incidents.all
    with capsys.disabled():
        sys.stdout.write(
            f"\nyear: {player.looks} looks in {took:.0f} s, {player.counters.calls} calls,"
            f" {player.past.server.restarts} restarts, {len(incidents)} incidents,"
            f" {len(_pages(player))} pages\n"
        )
    assert _pages(player) == []


def test_an_ordinary_year_has_much_that_could_be_taken_for_an_outage(
    years: tuple[Player, Player, float],
) -> None:
    player, _, _ = years
    brief = [each for each in player.case.incidents.all if each.rule is RuleKey.SERVER_DOWN]
    assert player.past.server.restarts == UPDATES
    assert len(brief) > UPDATES
    assert (player.counters.errors or 0) > 1000


def test_an_ordinary_year_has_no_incident_but_brief_outages(
    years: tuple[Player, Player, float],
) -> None:
    player, _, _ = years
    assert {each.rule for each in player.case.incidents.all} == {RuleKey.SERVER_DOWN}
    assert all(each.brief for each in player.case.incidents.all)


def test_an_outage_of_ten_minutes_in_that_year_pages_once(
    years: tuple[Player, Player, float],
) -> None:
    _, player, _ = years
    (page,) = _pages(player)
    assert page.incident.rule is RuleKey.SERVER_DOWN
    assert 60 <= page.at - page.incident.started_at <= 120
    (incident,) = [each for each in player.case.incidents.all if each.paged_at is not None]
    assert incident.resolved_at is not None
    assert 595 <= incident.duration(incident.resolved_at) <= 660


@pytest.mark.parametrize("install", [Mode.APP, Mode.IN_PROCESS])
def test_an_ordinary_month_of_another_install_pages_nobody(install: Mode) -> None:
    player = Player(World(install, _BEGINS), _STEP)
    _live(player, events(_SEED, install, days=35), 35 * DAY)
    assert _pages(player) == []
    assert {each.rule for each in player.case.incidents.all} <= {RuleKey.SERVER_DOWN}

"""What a step of a trace does to the world, by its name."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from custom_components.ha_mcp_sre.assess.log_event import LogEvent
from custom_components.ha_mcp_sre.assess.observation import FailureKind, Outcome
from custom_components.ha_mcp_sre.assess.signals import Mode
from tests.corpus.player import Player
from tests.corpus.traces import Trace, seconds
from tests.corpus.world import World, recorded, stage, traffics

RECORDED = frozenset({"healthy", "ha-down", "ha-hung", "token-rejected"})


def play(trace: Trace) -> Player:
    """Play a trace to its end."""
    begins = datetime.fromisoformat(trace.begins).timestamp()
    world = World(trace.install, begins)
    player = Player(world, trace.every)
    for at, step in trace.steps:
        if at:
            player.wait(at)
        apply(player, step)
    player.wait(trace.lasts)
    return player


def apply(player: Player, step: Mapping[str, Any]) -> None:
    """Do what a step says, in the order in which it says so."""
    for name, value in step.items():
        _EFFECTS[name](player, value)


def _server(player: Player, word: str) -> None:
    """Have the server be as it was when it was recorded, or its endpoint fail."""
    world = player.world
    if word not in RECORDED:
        world.endpoint = stage(word)
        return
    world.endpoint = stage("ok")
    world.websocket = recorded(word, "eval-template")
    world.rest = recorded(word, "get-state-missing")


def _stage(name: str, player: Player, word: str) -> None:
    setattr(player.world, name, stage(word))


def _fate(player: Player, word: str | None) -> None:
    player.world.fate = None if word is None else FailureKind(word)
    if player.world.install is Mode.APP and player.world.fate in _ENDS:
        player.past.app_log = player.past.app_log.after(LogEvent.SERVER_STOPPED, player.world.wall)
    player.look_soon()


def _calls(player: Player, rows: list[Mapping[str, Any]]) -> None:
    player.world.live(player.world.now)
    player.world.traffic = list(traffics(rows, player.world.now))


def _restart(player: Player, took: object) -> None:
    """Have the server come up, after so many seconds if that is known."""
    world = player.world
    world.endpoint, world.fate = stage("ok"), None
    world.restart()
    world.startup = None if took is True else seconds(took)
    world.end_session()
    world.open_session()


def _reload(player: Player, _: object) -> None:
    player.judge.reloaded(player.world.wall)
    player.look_soon()


def _session(player: Player, what: str) -> None:
    world = player.world
    if what == "throw-away":
        world.throw_session_away()
    if what in ("lost", "flaps"):
        world.end_session()
        player.suspect()
        player.look_soon()
    if what in ("opened", "flaps"):
        world.open_session()


def _home_assistant(player: Player, what: str) -> None:
    """Have Home Assistant stop in order, be killed, come back, or have started fully."""
    world = player.world
    match what:
        case "stops":
            player.judge.disturbed(world.wall)
            world.end_session(stopped=True)
            player.stop_watching()
        case "killed":
            player.stop_watching()
        case "starts":
            player.watch_again()
        case "started":
            world.running = True
            if world.endpoint.outcome is Outcome.OK:
                world.open_session()
            player.look_soon()
        case _:
            raise ValueError(what)


def _clock(player: Player, by: object) -> None:
    """Set the wall clock forward by so much, or backward if that begins with a minus."""
    text = str(by)
    player.world.offset += -seconds(text[1:]) if text.startswith("-") else seconds(text)


def _memory(player: Player, mib: float) -> None:
    player.world.memory, player.world.memory_since = mib, player.world.now


def _growth(player: Player, mib_a_day: float) -> None:
    grown = player.world.host()
    if grown is not None and grown.memory is not None:
        _memory(player, grown.memory / 1024 / 1024)
    player.world.memory_growth = mib_a_day


def _token(player: Player, lasts: object) -> None:
    player.world.token_expires = player.world.wall + seconds(lasts)


def _ci(player: Player, conclusion: str) -> None:
    player.world.run(conclusion)


def _set(name: str, player: Player, value: object) -> None:
    setattr(player.world, name, value)


def _maintenance(player: Player, lasts: object) -> None:
    player.judge.maintain(player.world.wall + seconds(lasts), player.world.wall)


_ENDS = frozenset({FailureKind.STOPPED, FailureKind.CRASHED})

_EFFECTS: dict[str, Callable[[Player, Any], None]] = {
    "server": _server,
    "endpoint": partial(_stage, "endpoint"),
    "websocket": partial(_stage, "websocket"),
    "rest": partial(_stage, "rest"),
    "fate": _fate,
    "calls": _calls,
    "log": Player.take_lines,
    "restart": _restart,
    "reload": _reload,
    "session": _session,
    "home_assistant": _home_assistant,
    "clock": _clock,
    "memory": _memory,
    "memory_growth": _growth,
    "token_lasts": _token,
    "version": partial(_set, "version"),
    "installed": partial(_set, "installed"),
    "usage_log": partial(_set, "log_size"),
    "update": partial(_set, "update"),
    "log_unwritable": partial(_set, "log_unwritable"),
    "report_takes": partial(_set, "report_takes"),
    "report_fails": partial(_set, "report_fails"),
    "maintenance": _maintenance,
    "ci": _ci,
}

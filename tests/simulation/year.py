"""An ordinary year of a home: what happens on which day."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from custom_components.ha_mcp_sre.assess.signals import Mode

DAYS = 365
DAY, HOUR, MINUTE = 86_400, 3600, 60

UPDATES = 20

type Event = tuple[float, Mapping[str, Any]]
type Calls = list[Mapping[str, Any]]

_BY_DAY: Calls = [
    {"tool": "ha_get_state", "every": "12m"},
    {"tool": "ha_search", "every": "25m", "took": "0.3s"},
    {"tool": "ha_get_overview", "every": "2h", "took": "0.9s"},
    # The assistant is wrong all the time, and some of what it wants is not allowed.
    {"tool": "ha_call_service", "every": "20m", "code": "ENTITY_NOT_FOUND", "of": 3},
    {"tool": "ha_config_set_automation", "every": "90m", "code": "CONFIG_INVALID", "of": 2},
    {"tool": "ha_manage_app", "every": "4h", "code": "USER_APPROVAL_REQUIRED"},
    # Now and then ha-mcp itself fails, and one tool is always slow.
    {"tool": "ha_get_history", "every": "3h", "code": "TIMEOUT_OPERATION", "of": 10, "took": "6s"},
    {"tool": "ha_get_logs", "every": "5h", "code": "INTERNAL_ERROR", "of": 12},
]
_BY_NIGHT: Calls = [{"tool": "ha_get_state", "every": "2h"}]
_HASTILY: Calls = [{"tool": "ha_get_state", "every": "10s"}]

_GONE: Mapping[Mode, Mapping[str, Any]] = {
    Mode.HTTP: {"server": "refused", "session": "lost"},
    Mode.APP: {"server": "refused", "fate": "stopped"},
    Mode.IN_PROCESS: {"reload": True, "server": "refused", "fate": "starting"},
}
"""How each install looks while it is updated."""


def events(seed: int, install: Mode = Mode.HTTP, days: int = DAYS) -> list[Event]:
    """Return everything that happens in a year, in order; times are in seconds."""
    random = Random(seed)
    found: list[Event] = [(0, {"token_lasts": "3650d"})]
    for day in range(days):
        found += ((day * DAY + at, step) for at, step in _of_day(day, install, random))
    updates = random.sample(range(2, days - 1), UPDATES * days // DAYS)
    for number, day in enumerate(sorted(updates)):
        at = day * DAY + random.randrange(8 * HOUR, 17 * HOUR)
        found += [
            (at, {**_GONE[install], "version": f"9.{number}.0"}),
            (at + random.randrange(5, 51), {"restart": f"{random.uniform(3.6, 4.4):.1f}s"}),
        ]
    return sorted(found, key=lambda event: event[0])


def outage(at: float, lasts: float) -> list[Event]:
    """Return a real outage."""
    return [(at, {"server": "refused", "session": "lost"}), (at + lasts, {"restart": "4s"})]


def _of_day(day: int, install: Mode, random: Random) -> Iterator[Event]:
    yield 7 * HOUR, {"calls": _BY_DAY}
    yield 23 * HOUR, {"calls": _BY_NIGHT}
    if day % 7 == 0 or (day // 30) % 4 == 1:
        # Weekly, and for some weeks nightly.
        lasts = random.randrange(60, 150)
        yield from _home_assistant_restart(3.5 * HOUR, lasts, install, _BY_NIGHT)
    if day % 30 == 11:
        # An update, in the middle of a conversation.
        yield from _home_assistant_restart(18 * HOUR, random.randrange(240, 600), install, _BY_DAY)
    if random.random() < 0.2:
        # The nightly backup keeps the machine busy.
        at = 2.25 * HOUR + random.randrange(600)
        yield at, {"server": "timeout"}
        yield at + random.randrange(10, 50), {"server": "healthy"}
    if random.random() < 0.03:
        at = 9 * HOUR + random.randrange(4 * HOUR)
        yield at, {"server": "unreachable", "session": "flaps"}
        yield at + 2, {"server": "healthy"}
    if random.random() < 0.04:
        at = 14 * HOUR + random.randrange(2 * HOUR)
        yield at, {"server": "stalled"}
        yield at + random.randrange(5, 180), {"server": "healthy"}
    if random.random() < 0.08:
        yield 16.5 * HOUR + random.randrange(HOUR), {"session": "flaps"}
    if day % 7 == 3:
        yield 12.5 * HOUR, {"clock": random.choice(["2s", "-2s", "30s", "-30s"])}
    if day == 88:
        yield 12 * HOUR, {"clock": "1h"}
    if day == 305:
        yield 12 * HOUR, {"clock": "-1h"}


def _home_assistant_restart(
    at: float, lasts: float, install: Mode, calls: Calls
) -> Iterator[Event]:
    """Yield a restart, during which ha-mcp has nobody to talk to, and calls go on."""
    inside = install is Mode.IN_PROCESS
    yield at - 30, {"calls": _HASTILY}
    yield at, {"home_assistant": "stops", "server": "refused" if inside else "ha-down"}
    yield at + lasts, {"home_assistant": "starts", "fate": "starting" if inside else None}
    yield at + lasts + 20, {"restart": "6s"} if inside else {"server": "healthy"}
    yield at + lasts + 45, {"home_assistant": "started"}
    yield at + lasts + 120, {"calls": calls}

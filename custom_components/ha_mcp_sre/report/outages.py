"""The outages of a server: incidents that were a P0 or a P1 at their worst."""

from collections.abc import Mapping, Sequence

from ..assess.history import Hint
from ..assess.incident import Incident
from .material import Material, ServerMaterial, Week

DAY = 86_400.0
RECENT = 28 * DAY
"""Four whole weeks, as an objective has."""
REMEMBERED = 84 * DAY

_CHANGES: Mapping[str, str] = {
    Hint.VERSION: "an update of ha-mcp",
    Hint.COMPONENT_VERSION: "an update of ha-mcp's integration",
    Hint.HOME_ASSISTANT_VERSION: "an update of Home Assistant",
    Hint.HOME_ASSISTANT_RESTART: "a restart of Home Assistant",
    Hint.RESTART: "a restart of ha-mcp",
    Hint.RELOAD: "a reload of ha-mcp",
    Hint.SETTINGS: "a change of ha-mcp's settings",
    Hint.CREDENTIAL: "a change of ha-mcp's token",
}

_BY_HAND = frozenset({Hint.RESTART, Hint.RELOAD, Hint.HOME_ASSISTANT_RESTART, Hint.CREDENTIAL})
_END = 300.0
"""A change is seen this much later than what it changes, at most."""

_LATE = 120.0
"""What ended an outage is noted this much after it, at most: by a look that is longer."""


def outages(server: ServerMaterial, week: Week, window: float = RECENT) -> tuple[Incident, ...]:
    """Return the outages of a time that ends with the week, the newest first.

    Left out are those of a maintenance, and those that were over before anybody had to be told.
    """
    since = week.until - window
    return tuple(
        each
        for each in server.incidents
        if each.counts
        and each.started_at < week.until
        and (each.resolved_at is None or each.resolved_at > since)
    )


def lasted(incident: Incident, week: Week) -> float:
    """Return for how long an incident lasted, in seconds: until its true end, if that is known.

    One that goes on is told by what it had lasted at the end of the week, whenever that is asked.
    """
    return incident.duration(week.until)


def ended_by(server: ServerMaterial, outage: Incident) -> str | None:
    """Return what somebody did just before an outage ended: a `Hint`; None if nothing is known.

    A restart under the eyes of a watchdog is nobody's doing.
    """
    if outage.resolved_at is None:
        return None
    for at, change, _ in reversed(server.diary.changes):
        by_hand = change in _BY_HAND and not (change == Hint.RESTART and server.watchdog)
        # It is over as soon as it is good again, and is called so somewhat later.
        if by_hand and outage.last_bad_at - _END <= at <= outage.resolved_at + _LATE:
            return change
    return None


def advice(server: ServerMaterial, outages: Sequence[Incident], material: Material) -> str:
    """Return what the product advises against the first of some outages; may be empty."""
    words = material.words.advice
    rule = outages[0].rule
    return words.get(f"{rule}_{server.mode}") or words.get(rule) or ""


def change_of(hint: str) -> str:
    """Return what a `Hint` is in a sentence."""
    return _CHANGES.get(hint, hint.replace("_", " "))


def name_of(rule: str, material: Material) -> str:
    """Return what a rule is called."""
    return material.words.rules.get(rule, rule.replace("_", " "))

"""Single points of failure: what takes everything with it, and stays down by itself."""

from ..assess.finding import RuleKey, Severity
from ..assess.incident import Incident
from ..assess.observation import FailureKind
from ..assess.signals import Mode
from .material import Material, ServerMaterial
from .outages import REMEMBERED, course, evidence_as, outages, single_outages
from .phrases import listing, often, span, times
from .risk import CLEAR, Answer, Hazard

_QUICK = 10 * 60.0
"""What starts a program again does so within this, in seconds."""

_WATCHDOGS = {
    Mode.APP: "Turn on Watchdog on the page of the app, under Settings > Apps.",
    Mode.HTTP: (
        "Let what runs ha-mcp start it again: the restart policy unless-stopped of a container, "
        "or Restart=on-failure of a systemd service."
    ),
}


def shared_token(material: Material) -> Answer:
    """Tell whether several servers use one access token."""
    groups: dict[str, list[ServerMaterial]] = {}
    for server in material.servers:
        if server.token is not None:
            groups.setdefault(server.token, []).append(server)
    if not material.whole:
        return None
    shared = [group for group in groups.values() if len(group) > 1]
    # Supervisor gives each app a token of its own.
    unknown = [s for s in material.servers if s.token is None and s.mode is not Mode.APP]
    if not shared and unknown and len(material.servers) > 1:
        return None
    return [_shared_by(sorted(group, key=lambda server: server.id)) for group in shared]


def _shared_by(group: list[ServerMaterial]) -> Hazard:
    names = listing([server.name for server in group])
    everybody = "both" if len(group) == 2 else f"all {len(group)}"
    return Hazard(
        Severity.P2,
        title=f"Give {names} a token each",
        current_state=f"{names} use the same access token of Home Assistant.",
        risk=(
            f"If it expires or is revoked, {everybody} lose Home Assistant at once, and their "
            "sessions cannot be told apart."
        ),
        mitigation=(
            f"Create {times(len(group) - 1, 'more long-lived access token')} in the profile of an "
            "administrator, and give each server its own."
        ),
        evidence={"servers": len(group), "names": names},
        # The oldest of them: the key stays if another one joins.
        subject=group[0].id,
    )


def no_watchdog(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether nothing starts a server again that went down."""
    if server.mode not in _WATCHDOGS:
        return CLEAR
    if server.current.watchdog:
        return CLEAR
    week = material.week
    known = outages(server, week)
    if server.current.watchdog is None:
        known = tuple(each for each in known if _refused(each))
    downs = [
        end - begin
        for each in known
        for rule, begin, end in course(each, week.until)
        if rule is RuleKey.SERVER_DOWN
    ]
    if server.current.watchdog is None:
        # What was gone for long, while its machine answered, nobody started again.
        downs = [down for down in downs if down > _QUICK]
        if not downs:
            return None
    if not downs:
        return CLEAR
    longest = max(downs)
    why = (
        "It has no watchdog"
        if server.current.watchdog is False
        else "Nothing started it again soon"
    )
    return [
        Hazard(
            Severity.P2,
            title=f"Have {server.name} started again when it ends",
            current_state=(
                f"{why}, and it was down {often(len(downs))} in the last 28 days, for "
                f"{span(longest)}{' at the longest' if len(downs) > 1 else ''}."
            ),
            risk="Whenever it ends, it stays down until somebody notices and starts it.",
            mitigation=_WATCHDOGS[server.mode],
            evidence={"outages": len(downs), "longest_seconds": round(longest)},
        )
    ]


def _refused(outage: Incident) -> bool:
    return evidence_as(outage, RuleKey.SERVER_DOWN).get("kind") == FailureKind.REFUSED


def single_install(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether the only server of the home had an outage."""
    if not material.whole:
        return None
    if len(material.servers) > 1:
        return CLEAR
    week = material.week
    known = [
        outage
        for each in outages(server, week, REMEMBERED)
        for outage in single_outages(each, week.until)
    ]
    if not known:
        return CLEAR
    total = sum(each.seconds for each in known)
    return [
        Hazard(
            Severity.P3,
            title=f"Have something to fall back on when {server.name} is away",
            current_state=(
                f"It is the only server watched, and was down or badly broken "
                f"{often(len(known))} in the last 12 weeks, for {span(total)} in all."
            ),
            risk="While it is away, no assistant can see or control this home.",
            mitigation=(
                "If that must not happen, set up a second ha-mcp of another kind, such as the app "
                "beside the integration, with a token of its own, and add it here. If it may, "
                "nothing is to be done."
            ),
            evidence={"outages": len(known), "seconds": round(total)},
        )
    ]

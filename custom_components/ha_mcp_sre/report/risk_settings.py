"""Configuration risks: how a server is set up, and what it was given."""

from ..assess.finding import RuleKey, Severity
from ..assess.release_review import ReleaseReview, release_review
from ..assess.signals import Mode
from .material import Material, ServerMaterial
from .outages import DAY
from .phrases import listing, times
from .risk import CLEAR, Answer, Hazard

_TOKEN_DAYS = 60
_TOKEN_SOON = 14

_MANY_RELEASES = 3
_MANY_TOOLS = 8
_LEAST_CALLS = 20
"""Fewer calls than this in five weeks do not show what a server is used for."""

_WRITES = frozenset(
    {"set", "remove", "delete", "write", "manage", "call", "bulk", "restart", "reload", "create"}
)
"""The words by which ha-mcp's tools tell that they change something."""


def token_expiring(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether the token expires within two months."""
    expires_at, started_at = (
        server.current.credential.expires_at,
        server.current.server.started_at,
    )
    if expires_at is None:
        return None
    week, left = material.week, (expires_at - material.week.as_of) / DAY
    if started_at is not None and expires_at - started_at <= server.policy.token_renewal:
        return CLEAR
    if left > _TOKEN_DAYS:
        return CLEAR
    date = week.local(expires_at).date().isoformat()
    gone = left <= 0
    state = f"expired on {date}" if gone else f"expires on {date}, in {times(int(left), 'day')}"
    advice = material.words.advice_on(RuleKey.TOKEN_EXPIRING, server.mode)
    return [
        Hazard(
            Severity.P1 if gone else Severity.P2 if left <= _TOKEN_SOON else Severity.P3,
            title=f"Renew the token of {server.name}",
            current_state=f"Its access token {state}.",
            risk="Without a valid token every tool call fails until somebody gives it another.",
            mitigation=advice or "Give it a new long-lived access token.",
            evidence={"days": int(left), "expires": date},
        )
    ]


def write_exposure(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether a server may change more than anybody uses, or much of it from elsewhere."""
    read_only = server.current.about.read_only
    if read_only:
        return CLEAR
    calls = {**server.calls.usual, **server.calls.week}
    counted = sum(
        each.calls for part in (server.calls.usual, server.calls.week) for each in part.values()
    )
    if read_only is None or counted < _LEAST_CALLS:
        return None
    writing = sorted(tool for tool in calls if writes(tool))
    if not writing:
        return [
            Hazard(
                Severity.P3,
                title=f"Turn on the read-only mode of {server.name}",
                current_state=(
                    f"Read-only mode is off, and of {times(len(calls), 'tool')} called in five "
                    f"weeks ({times(counted, 'call')}) none changes anything."
                ),
                risk="Whoever has its address can change this home, which nobody here needs.",
                mitigation="Turn on read-only mode in ha-mcp's settings.",
                evidence={"tools": len(calls), "writing": 0, "calls": counted},
            )
        ]
    if server.mode is not Mode.HTTP or len(writing) < _MANY_TOOLS:
        return CLEAR
    return [
        Hazard(
            Severity.P3,
            title=f"Narrow what {server.name} may change",
            current_state=(
                f"Read-only mode is off, it is reached by its address alone, and {len(writing)} "
                f"of the {len(calls)} tools called in five weeks change something: "
                f"{listing(writing)}."
            ),
            risk="Whoever learns its address can change this home in all these ways.",
            mitigation=(
                "Keep its secret path to yourself and give it a new one if it was ever shown. Give "
                "assistants that only look the address with /readonly at its end, and switch off "
                "in ha-mcp's settings the tools that nobody needs."
            ),
            evidence={"tools": len(calls), "writing": len(writing), "calls": counted},
        )
    ]


def writes(tool: str) -> bool:
    """Return whether a tool, by its name, changes something."""
    return not _WRITES.isdisjoint(tool.split("_"))


def restart_needed(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether another version runs than the one that is installed."""
    about = server.current.about
    if server.current.restart_needed is None:
        return None
    if not server.current.restart_needed:
        return CLEAR
    running, installed = str(about.running_version), str(about.installed_version)
    advice = material.words.advice_on(RuleKey.RESTART_NEEDED, server.mode)
    return [
        Hazard(
            Severity.P3,
            title=f"Restart {server.name} into the version that is installed",
            current_state=f"It runs {running}, and {installed} is installed.",
            risk=(
                "The next restart, whoever or whatever causes it, changes the version at a moment "
                "that nobody chose."
            ),
            mitigation=advice or "Restart it.",
            evidence={"running": running, "installed": installed},
        )
    ]


def websocket_disabled(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether the server was told not to use Home Assistant's WebSocket API."""
    enabled = server.current.about.websocket_enabled
    if enabled is None:
        return None
    if enabled:
        return CLEAR
    return [
        Hazard(
            Severity.P2,
            title=f"Turn on the WebSocket of {server.name}",
            current_state="WebSocket is turned off in its settings.",
            risk=(
                "It asks again and again for what it would be told, and many tools can do less or "
                "are slower."
            ),
            mitigation="Turn on Enable WebSocket in ha-mcp's settings, and restart it.",
            evidence={"websocket_enabled": 0},
        )
    ]


def outdated(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether an update has been waiting for long, or several releases were skipped."""
    current, offered = server.current, server.current.update_available
    waiting = next(
        (
            each
            for each in server.incidents
            if each.rule is RuleKey.UPDATE_WAITING and each.resolved_at is None
        ),
        None,
    )
    releases = ReleaseReview()
    if material.project is not None:
        releases = release_review(material.project, material.week.as_of, current.version)
    if waiting is None and releases.behind is None and offered is None:
        return None
    if waiting is None and (releases.behind or 0) < _MANY_RELEASES:
        return CLEAR
    more = "at least " if releases.at_least else ""
    facts = [f"It runs {current.version or 'an unknown version'}"]
    if releases.behind:
        newest = f", the newest being {releases.current}" if releases.current else ""
        facts.append(f"{more}{times(releases.behind, 'release')} behind{newest}")
    if waiting is not None:
        days = int(
            (material.week.as_of - waiting.started_at + server.policy.update_patience) // DAY
        )
        facts.append(f"an update has been offered for about {times(days, 'day')}")
    advice = material.words.advice_on(RuleKey.UPDATE_WAITING, server.mode)
    return [
        Hazard(
            Severity.P3,
            title=f"Update {server.name}",
            current_state=f"{'; '.join(facts)}.",
            risk="Failures that the project has mended go on here, and later updates get larger.",
            mitigation=advice or "Read what is new, and update.",
            evidence={
                "running": current.version or "unknown",
                **({} if releases.behind is None else {"behind": releases.behind}),
                **({} if offered is None else {"offered": offered}),
            },
        )
    ]

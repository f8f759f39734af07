"""Missing monitoring: what could go wrong without anybody seeing it."""

from ..assess.finding import Severity
from ..assess.signals import Signal
from .material import Material, ServerMaterial, Week
from .phrases import capital, listing, often, percent, sentence, span, times
from .risk import CLEAR, Answer, Hazard
from .sight import PASSING, told_of

_MATTERS = {
    Signal.HOME_ASSISTANT_LINK: Severity.P2,
    Signal.TOOL_CALLS: Severity.P2,
    Signal.CREDENTIAL: Severity.P2,
    Signal.SESSION: Severity.P3,
    Signal.MEMORY: Severity.P3,
    Signal.CREDENTIAL_EXPIRY: Severity.P3,
    Signal.STARTUP_TIME: Severity.P3,
    Signal.VERSIONS: Severity.P3,
}
"""How bad it is not to see a signal. The others are nice to have."""

_MISSED = {
    Signal.HOME_ASSISTANT_LINK: "a server that lost Home Assistant looks healthy",
    Signal.TOOL_CALLS: "tool calls may fail unseen",
    Signal.CREDENTIAL: "a rejected token shows only by what fails because of it",
    Signal.SESSION: "lost connections are not counted",
    Signal.MEMORY: "a leak shows only when the server ends",
    Signal.CREDENTIAL_EXPIRY: "the token may expire without a warning",
    Signal.STARTUP_TIME: "slow starts are not seen",
    Signal.VERSIONS: "it may run another version than the one installed",
}

_UNWATCHED_SHARE = 0.1
_UNWATCHED_SECONDS = 3600.0


def gaps(server: ServerMaterial, material: Material) -> Answer:
    """Tell which signals that matter nobody can see."""
    if server.current.gaps is None:
        return None
    tokens = [each.token for each in material.servers if each.token is not None]
    # That two servers share a token is a risk of its own, with the same remedy.
    shared = tokens.count(server.token or "") > 1
    hidden = PASSING | ({"shared_credential"} if shared else set())
    missing = [
        gap for gap in server.current.gaps if gap.signal in _MATTERS and gap.reason not in hidden
    ]
    if not missing:
        return CLEAR
    told = [told_of(gap, material) for gap in missing]
    consequences = "; ".join(_MISSED[gap.signal] for gap in missing)
    remedies = [f"{each.shown}: {each.remedy}" for each in told if each.remedy]
    return [
        Hazard(
            min(_MATTERS[gap.signal] for gap in missing),
            title=f"Make visible what cannot be seen of {server.name}: {listing([each.shown for each in told])}",
            current_state=(
                f"{times(len(missing), 'signal')} that would show a failure cannot be seen. "
                + " ".join(sentence(each.what) for each in told)
            ),
            risk=sentence(consequences),
            mitigation=(
                " ".join(sentence(remedy) for remedy in dict.fromkeys(remedies))
                or "Nothing known makes them visible."
            ),
            evidence={"gaps": len(missing), "names": listing([gap.key for gap in missing], 8)},
        )
    ]


def missed_calls(server: ServerMaterial, material: Material) -> Answer:
    """Tell whether tool calls may have been made that nobody counted."""
    days = server.diary.of(material.week.days)
    if not days:
        return None
    lost = sum(day.lost_windows for day in days)
    if not lost:
        return CLEAR
    return [
        Hazard(
            Severity.P3,
            title=f"Read the tool calls of {server.name} without gaps",
            current_state=(
                f"{capital(often(lost))} in the week, calls may have been missed between two "
                "readings."
            ),
            risk="Error rates of the week may be too good or too bad.",
            mitigation=(
                "ha-mcp lists its last 200 calls only: it is asked every 5 minutes, so more calls "
                "than that in between are lost. Run ha-mcp inside Home Assistant, where its "
                "usage log is read instead, or have assistants make fewer calls at a time."
            ),
            evidence={"readings": lost},
        )
    ]


def unwatched(material: Material) -> Answer:
    """Tell whether nobody watched for much of the week."""
    if not material.whole:
        return None
    week = material.week
    watched = [each for each in material.servers if _elapsed(each, week) > _UNWATCHED_SECONDS]
    if not watched:
        return None
    # What is known of any of them, somebody watched.
    best = min(watched, key=lambda server: _unknown(server, week) / _elapsed(server, week))
    unknown, elapsed = _unknown(best, week), _elapsed(best, week)
    if unknown < _UNWATCHED_SECONDS or unknown < _UNWATCHED_SHARE * elapsed:
        return CLEAR
    of = " of the time watched" if best.watched_since > week.start else ""
    return [
        Hazard(
            Severity.P3,
            title="Have somebody watch while Home Assistant does not",
            current_state=(
                f"Of {span(unknown)} of the week ({percent(100 * unknown / elapsed)}{of}) nothing is "
                "known of any server: Home Assistant was off, or HA-MCP SRE was."
            ),
            risk="What fails in such a time is seen late or never, and counts in no objective.",
            mitigation=(
                "See in the log of Home Assistant why it was away. If that was not wanted, let "
                "another machine check that Home Assistant answers."
            ),
            evidence={"unknown_minutes": round(unknown / 60), "minutes": round(elapsed / 60)},
        )
    ]


def _elapsed(server: ServerMaterial, week: Week) -> float:
    return week.until - max(week.start, server.watched_since)


def _unknown(server: ServerMaterial, week: Week) -> float:
    return max(0.0, _elapsed(server, week) - 60 * server.known_minutes)

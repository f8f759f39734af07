"""What is said of an incident to the people of a home: plain words, without an address."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from homeassistant.util import dt as dt_util

from .assess.incident import OUTAGES, Incident
from .assess.repair import only_as
from .assess.signals import Mode
from .texts import Texts

_UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


class Telling(StrEnum):
    """What is told of an incident."""

    OPEN = "open"
    WORSE = "worse"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose incident it is: the name of a server, whether it is the only one, how it runs."""

    server: str
    alone: bool
    mode: Mode
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """A text for people, about something that happened at a time (Unix seconds)."""

    title: str
    message: str
    at: float


def facts(texts: Texts, incident: Incident, whose: Whose) -> dict[str, str]:
    """Return what the texts of an incident have places for."""
    return {
        "server": whose.server,
        # What it says holds without a break since then: it may have been well in between, or better.
        "since": moment(incident.turned_at),
        "tool": incident.subject or "",
        "reason": _reason(texts, incident),
        "summary": _summary(texts, incident),
        "advice": _advice(texts, incident, whose.mode),
    }


def alert(texts: Texts, telling: Telling, incident: Incident, whose: Whose, at: float) -> Alert:
    """Return what to tell of an incident."""
    title = _summary(texts, incident)
    if not whose.alone:
        title = texts.say("alert_of_server", summary=title, server=whose.server)
    if telling is not Telling.OPEN:
        title = texts.say(f"alert_{telling}", summary=title)
    if telling is Telling.OVER:
        message = _over(texts, incident, at)
    else:
        named = facts(texts, incident, whose)
        message = f"{_what(texts, incident).format(**named)}\n\n{named['advice']}"
    if whose.drill:
        title = texts.say("alert_test", summary=title)
        message = texts.say("alert_test_text", message=message)
    return Alert(title, message, at)


def _over(texts: Texts, incident: Incident, at: float) -> str:
    """Return how long it was what its title names: an outage, or less than one."""
    named = only_as(incident, outage=incident.severity in OUTAGES)
    first, last = named.bad_times[0], named.bad_times[-1]
    times = len(named.bad_times)
    return texts.say(
        "alert_over_text" if times == 1 else "alert_over_again_text",
        times=times,
        duration=_duration(texts, named.time_bad(at)),
        since=moment(first.began),
        until=moment(named.bad_until(at) if last.ended is None else last.ended),
    )


def digest(texts: Texts, alerts: list[Alert]) -> Alert:
    """Return one text about several."""
    lines = "\n".join(f"- {moment(each.at)} {each.title}" for each in alerts)
    title = texts.say("alert_digest", count=len(alerts))
    return Alert(title, texts.say("alert_digest_text", alerts=lines), alerts[-1].at)


def moment(at: float) -> str:
    """Return a time as the clocks of this home show it."""
    return f"{dt_util.as_local(datetime.fromtimestamp(at, UTC)):%Y-%m-%d %H:%M}"


def _summary(texts: Texts, incident: Incident) -> str:
    return texts.option("rule", incident.rule)


def _what(texts: Texts, incident: Incident) -> str:
    """Return what an incident means for people: for those that page, the text of the repair."""
    repair = texts.get(f"issues.{incident.rule}.fix_flow.step.init.description")
    return repair or texts.get(f"selector.effect.options.{incident.rule}") or ""


def _advice(texts: Texts, incident: Incident, mode: Mode) -> str:
    path = f"selector.advice.options.{incident.rule}"
    return texts.get(f"{path}_{mode}") or texts.get(path) or ""


def _reason(texts: Texts, incident: Incident) -> str:
    path = f"entity.sensor.health.state_attributes.reason.state.{incident.evidence.get('kind')}"
    return texts.get(path) or texts.say("reason_unknown")


def _duration(texts: Texts, seconds: float) -> str:
    """Return a duration in the two largest units that it has."""
    left, parts = round(seconds), list[str]()
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count or parts or size == 1:
            parts.append(texts.say(f"duration_{name}", count=count))
    return " ".join(parts[:2])

"""What is said of an incident to the people of a home: plain words, without an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .assess.incident import Incident
from .assess.signals import Mode
from .const import DOMAIN

_CATEGORIES = ("common", "entity", "issues", "selector")
_UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


class Telling(StrEnum):
    """What is told of an incident."""

    OPEN = "open"
    WORSE = "worse"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Told:
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


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of this integration in one language, by their path."""

    texts: Mapping[str, str]

    def get(self, path: str) -> str | None:
        """Return a text; None if there is none at this path."""
        return self.texts.get(f"component.{DOMAIN}.{path}")

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with these values in it."""
        return (self.get(f"common.{key}") or key).format(**values)


async def async_words(hass: HomeAssistant) -> Words:
    """Return the texts in the language that this home has now."""
    texts: dict[str, str] = {}
    for category in _CATEGORIES:
        texts |= await async_get_translations(hass, hass.config.language, category, [DOMAIN])
    return Words(texts)


def facts(words: Words, incident: Incident, told: Told) -> dict[str, str]:
    """Return what the texts of an incident have places for."""
    return {
        "server": told.server,
        "since": moment(incident.started_at),
        "tool": incident.subject or "",
        "reason": _reason(words, incident),
        "summary": _summary(words, incident),
        "advice": _advice(words, incident, told.mode),
    }


def alert(words: Words, telling: Telling, incident: Incident, told: Told, at: float) -> Alert:
    """Return what to tell of an incident."""
    title = _summary(words, incident)
    if not told.alone:
        title = words.say("alert_of_server", summary=title, server=told.server)
    if telling is not Telling.OPEN:
        title = words.say(f"alert_{telling}", summary=title)
    if telling is Telling.OVER:
        message = words.say(
            "alert_over_text",
            duration=_duration(words, incident.duration(at)),
            since=moment(incident.started_at),
            until=moment(incident.resolved_at or at),
        )
    else:
        named = facts(words, incident, told)
        message = f"{_what(words, incident).format(**named)}\n\n{named['advice']}"
    if told.drill:
        title = words.say("alert_test", summary=title)
        message = words.say("alert_test_text", message=message)
    return Alert(title, message, at)


def digest(words: Words, alerts: list[Alert]) -> Alert:
    """Return one text about several."""
    lines = "\n".join(f"- {moment(each.at)} {each.title}" for each in alerts)
    title = words.say("alert_digest", count=len(alerts))
    return Alert(title, words.say("alert_digest_text", alerts=lines), alerts[-1].at)


def moment(at: float) -> str:
    """Return a time as the clocks of this home show it."""
    return f"{dt_util.as_local(datetime.fromtimestamp(at, UTC)):%Y-%m-%d %H:%M}"


def _summary(words: Words, incident: Incident) -> str:
    return words.get(f"selector.rule.options.{incident.rule}") or incident.rule


def _what(words: Words, incident: Incident) -> str:
    """Return what an incident means for people: for those that page, the text of the repair."""
    repair = words.get(f"issues.{incident.rule}.fix_flow.step.init.description")
    return repair or words.get(f"selector.effect.options.{incident.rule}") or ""


def _advice(words: Words, incident: Incident, mode: Mode) -> str:
    path = f"selector.advice.options.{incident.rule}"
    return words.get(f"{path}_{mode}") or words.get(path) or ""


def _reason(words: Words, incident: Incident) -> str:
    path = f"entity.sensor.health.state_attributes.reason.state.{incident.evidence.get('kind')}"
    return words.get(path) or words.say("reason_unknown")


def _duration(words: Words, seconds: float) -> str:
    """Return a duration in the two largest units that it has."""
    left, parts = round(seconds), list[str]()
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count or parts or size == 1:
            parts.append(words.say(f"duration_{name}", count=count))
    return " ".join(parts[:2])

"""Triggers: what happens to incidents, for automations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.automation import get_relative_description_key
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import probatio as vol

from .assess.finding import Severity
from .assess.incident import Change, ChangeKind
from .assess.rules import RULES
from .automation_options import CONF_SEVERITY, checked, means, options_schema
from .const import DOMAIN
from .coordinator import SreConfigEntry
from .judgement_sensors import NO_INCIDENT
from .news import INCIDENT_NEWS, IncidentNews
from .texts import Texts, async_texts
from .told import told

_SCHEMA = options_schema(vol.Optional(CONF_SEVERITY, default=Severity.P3.value))


@dataclass(frozen=True, slots=True)
class _Kind:
    """Which news fires a trigger, given the least severity; and what it tells then."""

    matches: Callable[[IncidentNews, Severity], bool]
    variables: Callable[[IncidentNews, SreConfigEntry, Texts], dict[str, Any]]


class NewsTrigger(Trigger):
    """Fires on news of one kind."""

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Return a configuration that is valid."""
        return checked(hass, _SCHEMA, config)

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Take the kind from the trigger's name."""
        super().__init__(hass, config)
        self._kind = _KINDS[get_relative_description_key(DOMAIN, config.key)]
        self._options = config.options or {}
        self._least = Severity(self._options[CONF_SEVERITY])

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Listen; return how to end that."""
        texts = await async_texts(self._hass)

        @callback
        def hear(news: IncidentNews) -> None:
            if means(self._options, news.entry_id) and self._kind.matches(news, self._least):
                entry = self._hass.config_entries.async_get_known_entry(news.entry_id)
                summary = texts.option("rule", news.change.incident.rule)
                run_action(self._kind.variables(news, entry, texts), f"{entry.title}: {summary}")

        return async_dispatcher_connect(self._hass, INCIDENT_NEWS, hear)


def _incident(news: IncidentNews, entry: SreConfigEntry, texts: Texts) -> dict[str, Any]:
    return {**told(news.change.incident, entry, texts, news.change.at), "drill": news.drill}


def _severities(news: IncidentNews, entry: SreConfigEntry, _texts: Texts) -> dict[str, Any]:
    return {
        "server": entry.title,
        "entry_id": entry.entry_id,
        "from_severity": NO_INCIDENT if news.before is None else news.before.value,
        "to_severity": NO_INCIDENT if news.after is None else news.after.value,
    }


def _opened(news: IncidentNews, least: Severity) -> bool:
    """Match an incident that opens, opens again, or only now becomes as bad as that."""
    change = news.change
    if change.kind in {ChangeKind.OPENED, ChangeKind.REOPENED}:
        return change.incident.severity <= least
    return _reached(change, least)


def _paged(news: IncidentNews, least: Severity) -> bool:
    """Match a page; there is another one when an incident that was paged has become worse."""
    return news.change.kind is ChangeKind.PAGED and news.change.incident.severity <= least


def _resolved(news: IncidentNews, least: Severity) -> bool:
    """Match the end of whatever was ever as bad as that, as its beginning was told."""
    return news.change.kind is ChangeKind.RESOLVED and news.change.incident.worst <= least


def _severity_changed(news: IncidentNews, least: Severity) -> bool:
    """Match a change of the server's severity, to or from one as bad as that."""
    severities = {news.before, news.after}
    return len(severities) > 1 and any(each is not None and each <= least for each in severities)


def _reached(change: Change, least: Severity) -> bool:
    """Return whether an incident got as bad as that by getting worse."""
    if change.kind is not ChangeKind.ESCALATED or change.incident.severity > least:
        return False
    return RULES[change.incident.timeline[-2].rule].severity > least


_KINDS = {
    "incident_opened": _Kind(_opened, _incident),
    "incident_paged": _Kind(_paged, _incident),
    "incident_resolved": _Kind(_resolved, _incident),
    "severity_changed": _Kind(_severity_changed, _severities),
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return dict.fromkeys(_KINDS, NewsTrigger)

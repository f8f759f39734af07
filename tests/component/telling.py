"""Incidents as a server's judgement would bring them, and people who hear of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, override

from homeassistant.components import persistent_notification
from homeassistant.components.notify import NotifyEntity, NotifyEntityFeature
from homeassistant.components.notify.const import DATA_COMPONENT
from homeassistant.components.persistent_notification import Notification, UpdateType
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.incident import Change, ChangeKind, Incident, Moment, Spell
from custom_components.ha_mcp_sre.assess.judgement import Judgement
from custom_components.ha_mcp_sre.assess.objectives import Budget, Objective
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.rules import RULES
from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.news import INCIDENT_NEWS, IncidentNews

BEGAN = 1_795_399_200.0
"""02:00 on November 23rd, in Greenwich."""


def incident(rule: RuleKey = RuleKey.SERVER_DOWN, **known: Any) -> Incident:
    """Return an incident of which people know, as far as anybody is told of such."""
    severity = RULES[rule].severity
    return Incident(
        **{
            "id": "1f2e3d4c",
            "rule": rule,
            "subject": None,
            "severity": severity,
            "worst": severity,
            "evidence": {"kind": "refused"},
            "started_at": BEGAN,
            "detected_at": BEGAN,
            "turned_at": BEGAN,
            "last_bad_at": BEGAN + 60,
            "grace_from": BEGAN,
            "bad_times": (Spell(rule, BEGAN),),
            "told": severity if severity <= Severity.P1 else None,
            **known,
        }
    )


def worse() -> Incident:
    """Return an outage of which people were told when only the link was broken."""
    moments = (
        Moment(BEGAN, ChangeKind.PAGED, RuleKey.LINK_BROKEN),
        Moment(BEGAN + 60, ChangeKind.ESCALATED, RuleKey.SERVER_DOWN),
        Moment(BEGAN + 120, ChangeKind.PAGED, RuleKey.SERVER_DOWN),
    )
    return incident(timeline=moments)


def judge(
    entry: MockConfigEntry, *incidents: Incident, budgets: Mapping[Objective, Budget] | None = None
) -> None:
    """Have the server's open incidents and budgets be these."""
    coordinator = entry.runtime_data
    judgement = Judgement(incidents, budgets or {})
    coordinator.async_set_updated_data(replace(coordinator.data, judgement=judgement))


async def tell(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    kind: ChangeKind,
    about: Incident,
    *,
    drill: bool = False,
) -> None:
    """Bring the news that something happened to an incident."""
    told = about.told is not None
    if kind is ChangeKind.RESOLVED:
        about = replace(about, resolved_at=about.resolved_at or BEGAN + 300, told=None)
    if not drill:
        judge(entry, *([about] if about.is_open else []))
    change = Change(kind, about, BEGAN + 420, told=told)
    async_dispatcher_send(
        hass, INCIDENT_NEWS, IncidentNews(entry.entry_id, change, None, None, drill=drill)
    )
    await hass.async_block_till_done(wait_background_tasks=True)


def the_incident(entry: MockConfigEntry) -> str:
    """Return the id of the only open incident."""
    (found,) = entry.runtime_data.data.judgement.incidents
    incident_id: str = found.id
    return incident_id


def issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return the repairs that a person sees."""
    return [each for each in ir.async_get(hass).issues.values() if each.domain == DOMAIN]


def prompt(policy: Policy) -> Policy:
    """Return a policy by which people are told at once, and nothing is waited for."""
    return replace(
        policy,
        grace={Severity.P0: 0, Severity.P1: 0},
        remedy_waits=(0.01,) * 5,
        link_failures=1,
    )


@contextmanager
def reading(hass: HomeAssistant) -> Iterator[dict[str, Notification]]:
    """Read the persistent notifications that are shown, by their ids."""
    shown: dict[str, Notification] = {}

    @callback
    def changed(kind: UpdateType, notifications: dict[str, Notification]) -> None:
        for name, each in notifications.items():
            if kind is UpdateType.REMOVED:
                shown.pop(name, None)
            else:
                shown[name] = each

    stop = persistent_notification.async_register_callback(hass, changed)
    yield shown
    stop()


@dataclass(slots=True, frozen=True)
class Said:
    """A message that came."""

    title: str
    message: str


@dataclass(eq=False)
class Phone(NotifyEntity):
    """A phone; `error` is what goes wrong on the way to it."""

    name: str
    said: list[Said] = field(default_factory=list)
    error: Exception | None = None

    def __post_init__(self) -> None:
        """Be reachable."""
        self._attr_name = self.name
        self._attr_supported_features = NotifyEntityFeature.TITLE

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Keep what is said."""
        if self.error is not None:
            raise self.error
        self.said.append(Said(title or "", message))

    @property
    def titles(self) -> list[str]:
        """What was said, in short."""
        return [each.title for each in self.said]


async def connect(hass: HomeAssistant, *phones: Phone) -> None:
    """Add phones to Home Assistant."""
    assert await async_setup_component(hass, "notify", {})
    await hass.data[DATA_COMPONENT].async_add_entities(phones)
    await hass.async_block_till_done()


def get_worse(entry: MockConfigEntry) -> None:
    """Have the server's only incident be one of which somebody took care when it was a P1."""
    known = entry.runtime_data.record.case.incidents
    (found,) = known.open
    known._keep(replace(found, acknowledged=Severity.P1, acknowledged_at=found.started_at))
    judge(entry, *known.open)

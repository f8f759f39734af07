"""How people hear of incidents: repairs, persistent notifications, messages."""

from collections.abc import Mapping

from homeassistant.components import persistent_notification
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.loader import async_get_loaded_integration
from homeassistant.util.hass_dict import HassKey

from .assess.finding import Severity
from .assess.incident import Change, ChangeKind, Incident
from .assess.rules import RULES
from .const import DOMAIN
from .coordinator import SreConfigEntry, SreCoordinator
from .entries import server_entries
from .news import INCIDENT_NEWS, IncidentNews
from .notifier import Notifier
from .texts import Texts, async_texts
from .wording import Alert, Telling, Whose, alert, facts

DRILL = "drill"
"""The translation key of a drill's repair."""

_IGNORED: HassKey[dict[str, set[str]]] = HassKey(f"{DOMAIN}_ignored")
"""The repairs that a person ignores, of entries that are unloaded."""

_SHOWN: Mapping[ChangeKind, Telling] = {
    ChangeKind.PAGED: Telling.OPEN,
    ChangeKind.DE_ESCALATED: Telling.OPEN,
    ChangeKind.RESOLVED: Telling.OVER,
}
"""What the notification of an incident that people know of says after a change.

That it got worse is told by another page, when that has lasted as well.
"""

_SENT: Mapping[ChangeKind, Telling] = {
    kind: telling for kind, telling in _SHOWN.items() if kind is not ChangeKind.DE_ESCALATED
}
"""What is sent of an incident that people know of."""

_SENT_QUIETLY: Mapping[ChangeKind, Telling] = {
    ChangeKind.OPENED: Telling.OPEN,
    ChangeKind.REOPENED: Telling.OPEN,
    ChangeKind.ESCALATED: Telling.WORSE,
    ChangeKind.RESOLVED: Telling.OVER,
}
"""What is sent of an incident that is never paged, to those who want to hear of such."""


async def async_setup_alerts(
    hass: HomeAssistant, entry: SreConfigEntry, coordinator: SreCoordinator
) -> None:
    """Tell people of a server's incidents until its entry is unloaded.

    What people know of already gets its repair again, but is not told again.
    """
    Alerts(hass, entry, coordinator, await async_texts(hass)).start()


def issue_id(entry_id: str, incident_id: str) -> str:
    """Return the id of an incident's repair."""
    return f"{entry_id}_{incident_id}"


class Alerts:
    """Tells people of the incidents of one server."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SreConfigEntry,
        coordinator: SreCoordinator,
        texts: Texts,
    ) -> None:
        """Speak with these texts."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._texts = texts
        self._notifier = Notifier(hass, entry, texts)
        self._drills: set[str] = set()
        self._issues: set[str] = set()
        self._notified: set[str] = set()
        self._ignored = hass.data.get(_IGNORED, {}).pop(entry.entry_id, set())
        self._documentation = async_get_loaded_integration(hass, DOMAIN).documentation

    @callback
    def start(self) -> None:
        """Listen until the entry is unloaded."""
        unload = self._entry.async_on_unload
        unload(self._stop)
        unload(self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._notifier.stop))
        unload(async_dispatcher_connect(self._hass, INCIDENT_NEWS, self._hear))
        # A finding that comes back while its incident is open is no news, but has its repair.
        unload(self._coordinator.async_add_listener(self._show_issues))
        self._show_issues()
        for incident in self._coordinator.data.judgement.incidents:
            if incident.told and not incident.is_taken_care_of and self._pages(incident):
                # It went with Home Assistant, or with our own entry.
                change = Change(ChangeKind.PAGED, incident, incident.detected_at, told=True)
                name = issue_id(self._entry.entry_id, incident.id)
                self._notify(name, self._alert(_worse(Telling.OPEN, change), change, drill=False))

    @callback
    def _stop(self) -> None:
        """Take back what nobody looks after any longer."""
        self._notifier.stop()
        registry = ir.async_get(self._hass)
        for name in self._issues:
            issue = registry.async_get_issue(DOMAIN, name)
            if issue is not None and issue.dismissed_version is not None:
                self._ignored.add(name)
            registry.async_delete(DOMAIN, name)
        self._hass.data.setdefault(_IGNORED, {})[self._entry.entry_id] = self._ignored
        for name in tuple(self._notified):
            self._dismiss(name)
        self._issues.clear()

    @callback
    def _hear(self, news: IncidentNews) -> None:
        if news.entry_id != self._entry.entry_id:
            return
        change, name = news.change, issue_id(news.entry_id, news.change.incident.id)
        known = news.drill or change.told
        if news.drill:
            self._follow_drill(name, change)
        self._show_issues()
        if change.kind is ChangeKind.ACKNOWLEDGED or change.incident.part_of is not None:
            # Somebody has read it, or the incident that goes on instead tells of it.
            self._dismiss(name)
        elif (telling := _SHOWN.get(change.kind)) is not None and known:
            self._notify(name, self._alert(_worse(telling, change), change, drill=news.drill))
            if telling is Telling.OVER:
                # It is the person's now.
                self._notified.discard(name)
        if (sent := self._sent_of(change, known=known)) is not None:
            telling, severity = sent
            self._notifier.tell(
                self._alert(telling, change, drill=news.drill),
                # A drill is to show that it gets through, also to those who want only the worst.
                Severity.P0 if news.drill else severity,
                urgent=change.kind is ChangeKind.PAGED,
            )

    def _sent_of(self, change: Change, *, known: bool) -> tuple[Telling, Severity] | None:
        """Return what to send of a change, and how bad that is."""
        incident = change.incident
        if incident.part_of is not None:
            return None
        if known:
            telling = _SENT.get(change.kind)
            bad = _paged_as(incident) if telling is Telling.OVER else incident.severity
            return None if telling is None else (_worse(telling, change), bad)
        if incident.in_maintenance:
            return None
        before = self._sent_quietly_as(incident)
        if self._pages(incident):
            if change.kind is not ChangeKind.RESOLVED or before is None:
                return None
            # Who heard of it before it was worse for a moment hears that it is over.
            return Telling.OVER, before
        if change.kind is ChangeKind.DE_ESCALATED and before is None:
            return Telling.OPEN, incident.severity
        telling = _SENT_QUIETLY.get(change.kind)
        return None if telling is None else (telling, incident.severity)

    def _sent_quietly_as(self, incident: Incident) -> Severity | None:
        """Return the worst that was sent of an incident besides pages, since it was over last."""
        sent = set[Severity]()
        for moment in incident.timeline[:-1]:
            severity = RULES[moment.rule].severity
            if moment.kind is ChangeKind.RESOLVED:
                sent.clear()
            elif moment.kind in _SENT_QUIETLY and severity not in self._paging:
                until = [each for each in incident.bad_times if each.began <= moment.at]
                # Of what began in a maintenance nothing was sent.
                if not until or not all(each.in_maintenance for each in until):
                    sent.add(severity)
        return min(sent, default=None)

    @property
    def _paging(self) -> Mapping[Severity, float]:
        return self._coordinator.policy.grace

    def _pages(self, incident: Incident) -> bool:
        return incident.severity in self._paging

    def _alert(self, telling: Telling, change: Change, *, drill: bool) -> Alert:
        whose = self._whose(drill=drill)
        return alert(self._texts, telling, change.incident, whose, change.at)

    def _whose(self, *, drill: bool = False) -> Whose:
        alone = len(server_entries(self._hass)) == 1
        return Whose(self._entry.title, alone, self._coordinator.mode, drill)

    @callback
    def _show_issues(self) -> None:
        """Have a repair for each incident that people know of, and for each drill."""
        known = {
            issue_id(self._entry.entry_id, each.id): each
            for each in self._coordinator.data.judgement.incidents
            if each.told and self._pages(each)
        }
        registry = ir.async_get(self._hass)
        for name in self._issues - known.keys() - self._drills:
            registry.async_delete(DOMAIN, name)
        for name, incident in known.items():
            issue = registry.async_get_issue(DOMAIN, name)
            # Once it shows clean, what somebody finished is not put before them again.
            if incident.clean_since is None or (issue is not None and issue.active):
                self._create_issue(name, incident, incident.rule)
        self._issues = {*known, *self._drills}

    def _create_issue(self, name: str, incident: Incident, translation_key: str) -> None:
        page = f"{self._documentation}/blob/HEAD/docs/runbooks.md"
        runbook = f"{page}#{RULES[incident.rule].runbook}"
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            name,
            data={"entry_id": self._entry.entry_id, "incident_id": incident.id},
            is_fixable=True,
            learn_more_url=runbook,
            severity=ir.IssueSeverity.ERROR,
            translation_key=translation_key,
            translation_placeholders={
                **facts(self._texts, incident, self._whose()),
                "runbook": runbook,
            },
        )
        if name in self._ignored:
            self._ignored.discard(name)
            ir.async_ignore_issue(self._hass, DOMAIN, name, ignore=True)

    def _follow_drill(self, name: str, change: Change) -> None:
        if change.kind is ChangeKind.PAGED:
            self._drills.add(name)
            self._create_issue(name, change.incident, DRILL)
        elif change.kind is ChangeKind.RESOLVED:
            self._drills.discard(name)

    def _notify(self, name: str, said: Alert) -> None:
        self._notified.add(name)
        persistent_notification.async_create(
            self._hass, said.message, said.title, _notification_id(name)
        )

    def _dismiss(self, name: str) -> None:
        self._notified.discard(name)
        persistent_notification.async_dismiss(self._hass, _notification_id(name))


def _notification_id(name: str) -> str:
    return f"{DOMAIN}_{name}"


def _worse(telling: Telling, change: Change) -> Telling:
    """Return what a page says: of an incident that people know of, that it got worse."""
    is_again = change.kind is ChangeKind.PAGED and change.incident.paged_again
    return Telling.WORSE if is_again else telling


def _paged_as(incident: Incident) -> Severity:
    """Return the worst of what people were told of an incident: it may have been worse, briefly."""
    told = [
        RULES[each.rule].severity for each in incident.timeline if each.kind is ChangeKind.PAGED
    ]
    return min(told, default=incident.severity)

"""The fix flows of the repairs: what can be done about an incident, and whether it helped."""

import asyncio
from collections.abc import Mapping

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import probatio as vol

from .alerts import DRILL
from .const import DOMAIN
from .coordinator import SreConfigEntry
from .drill import end_drill
from .remedies import Outcome, Remedy, async_apply, open_incident, remedies_for
from .reporter import ISSUE as REPORT_ISSUE
from .reporter import TROUBLES, reporter_of

type Step = Mapping[str, str]


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    if issue_id == REPORT_ISSUE:
        return ReportFlow()
    about = data or {}
    incident_id = str(about.get("incident_id"))
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    if issue is not None and issue.translation_key == DRILL:
        return DrillFlow(incident_id)
    return IncidentFlow(str(about.get("entry_id")), incident_id)


class ReportFlow(RepairsFlow):
    """Tries again to write a report that could not be written."""

    async def async_step_init(self, user_input: Step | None = None) -> RepairsFlowResult:
        """Say what to do first, then try."""
        errors: dict[str, str] = {}
        if user_input is not None:
            failure = await reporter_of(self.hass).async_try_again()
            if failure is None:
                return self.async_create_entry(data={})
            errors["base"] = f"still_{TROUBLES[failure]}"
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="init",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=None if issue is None else issue.translation_placeholders,
        )


class DrillFlow(RepairsFlow):
    """Ends a drill."""

    def __init__(self, drill_id: str) -> None:
        """Be about the drill with this id."""
        self._drill_id = drill_id

    async def async_step_init(self, _: Step | None = None) -> RepairsFlowResult:
        """Say that it is one."""
        return self.async_show_menu(step_id="init", menu_options=[Remedy.ACKNOWLEDGE])

    async def async_step_acknowledge(self, _: Step | None = None) -> RepairsFlowResult:
        """End it."""
        end_drill(self.hass, self._drill_id)
        return self.async_create_entry(data={})


class IncidentFlow(RepairsFlow):
    """Offers what helps against an incident. What did not mend it leaves the issue there."""

    def __init__(self, entry_id: str, incident_id: str) -> None:
        """Be about an incident of the server with this config entry."""
        self._entry_id = entry_id
        self._incident_id = incident_id
        self._trying: asyncio.Task[Outcome] | None = None

    async def async_step_init(self, _: Step | None = None) -> RepairsFlowResult:
        """Offer what helps."""
        if (entry := self._entry()) is None:
            return self.async_abort(reason=Outcome.NOT_WATCHED)
        coordinator = entry.runtime_data
        if (incident := open_incident(coordinator, self._incident_id)) is None:
            return self.async_create_entry(data={})
        remedies = remedies_for(incident.rule, coordinator.mode)
        known = {Remedy.ACKNOWLEDGE} if incident.is_taken_care_of else set[Remedy]()
        return self.async_show_menu(
            step_id="init",
            menu_options=[each for each in remedies if each not in known],
            description_placeholders=self._placeholders(),
        )

    async def async_step_reload(self, _: Step | None = None) -> RepairsFlowResult:
        """Reload ha-mcp."""
        return self._try(Remedy.RELOAD)

    async def async_step_restart_app(self, _: Step | None = None) -> RepairsFlowResult:
        """Restart the app."""
        return self._try(Remedy.RESTART_APP)

    async def async_step_probe(self, _: Step | None = None) -> RepairsFlowResult:
        """Look again."""
        return self._try(Remedy.PROBE)

    async def async_step_acknowledge(self, _: Step | None = None) -> RepairsFlowResult:
        """Note that somebody takes care of it."""
        return self._try(Remedy.ACKNOWLEDGE)

    async def async_step_runbook(self, user_input: Step | None = None) -> RepairsFlowResult:
        """Say what to do by hand, and go back."""
        if user_input is not None:
            return await self.async_step_init()
        return self.async_show_form(
            step_id=Remedy.RUNBOOK,
            data_schema=vol.Schema({}),
            description_placeholders=self._placeholders(),
            last_step=False,
        )

    async def async_step_finish(self, _: Step | None = None) -> RepairsFlowResult:
        """Say what became of it."""
        outcome = Outcome.NOT_WATCHED if self._trying is None else await self._trying
        if outcome is Outcome.MENDED:
            return self.async_create_entry(data={})
        return self.async_abort(reason=outcome, description_placeholders=self._placeholders() or {})

    def _try(self, remedy: Remedy) -> RepairsFlowResult:
        """Apply a remedy, however long that takes."""
        if self._trying is None:
            if (entry := self._entry()) is None:
                return self.async_abort(reason=Outcome.NOT_WATCHED)
            self._trying = self.hass.async_create_task(
                async_apply(self.hass, entry, remedy, self._incident_id), f"{DOMAIN} {remedy}"
            )
        if self._trying.done():
            return self.async_show_progress_done(next_step_id="finish")
        return self.async_show_progress(
            step_id=remedy, progress_action=remedy, progress_task=self._trying
        )

    def _entry(self) -> SreConfigEntry | None:
        entry: SreConfigEntry | None = self.hass.config_entries.async_get_entry(self._entry_id)
        return entry if entry is not None and entry.state is ConfigEntryState.LOADED else None

    def _placeholders(self) -> dict[str, str] | None:
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return None if issue is None else issue.translation_placeholders

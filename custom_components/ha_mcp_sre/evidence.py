"""All evidence of one week, taken from everything that is watched."""

from collections.abc import Collection, Mapping

from homeassistant import const
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .assess.objectives import Objective
from .assess.upstream import Upstream
from .bound_sessions import credential_ids
from .const import DOMAIN
from .coordinator import SreConfigEntry
from .entries import project_entry
from .options import targets_of
from .project_coordinator import ProjectConfigEntry
from .report.material import CallTotals, Material, ServerMaterial, Week, Words

_USUAL_DAYS = 28
_WEEK_DAYS = 7
_LANGUAGE = "en"
"""The report's format is given in English; words that are shared with entities follow it."""


async def async_material(
    hass: HomeAssistant, week: Week, servers: Collection[SreConfigEntry], *, whole: bool
) -> Material:
    """Return what a report of a week on these servers is made of."""
    tokens = credential_ids(hass)
    return Material(
        week=week,
        servers=tuple(_server(entry, week, tokens) for entry in servers),
        project=_project(hass),
        home_assistant=const.__version__,
        words=await _async_words(hass),
        whole=whole,
    )


def _server(entry: SreConfigEntry, week: Week, tokens: Mapping[str, str]) -> ServerMaterial:
    coordinator = entry.runtime_data
    record = coordinator.record
    objectives, ledger = record.case.objectives, record.ledger
    targets = targets_of(entry.options)
    first = week.days.start
    known = range(first, ledger.day_of(week.until - 1) + 1)
    before = range(first - _WEEK_DAYS, first)
    tallies = {each: objectives.tally_of_days(each, known) for each in Objective}
    tallies_before = {each: objectives.tally_of_days(each, before) for each in Objective}
    minutes, minutes_before = (tally[Objective.AVAILABILITY] for tally in (tallies, tallies_before))
    # The minute that just began would begin the next week.
    at = week.as_of if week.so_far else week.end - 60
    return ServerMaterial(
        id=entry.entry_id,
        name=entry.title,
        mode=coordinator.mode,
        watched_since=record.whole_since,
        current=coordinator.data,
        targets=targets,
        policy=coordinator.policy,
        incidents=coordinator.incidents,
        tallies=tallies,
        tallies_before=tallies_before,
        budgets={each: objectives.budget(each, at, targets.of(each)) for each in Objective},
        known_minutes=minutes.valid + minutes.excluded,
        known_before=minutes_before.valid + minutes_before.excluded,
        calls=CallTotals(
            week=ledger.days_by_tool(known),
            before=ledger.days_by_tool(before),
            usual=ledger.days_by_tool(range(first - _USUAL_DAYS, first)),
        ),
        diary=record.case.diary,
        watchdog=coordinator.data.watchdog,
        token=_name_of_token(entry.entry_id, tokens),
    )


def _name_of_token(entry_id: str, tokens: Mapping[str, str]) -> str | None:
    """Return a number for the token of a server: it tells which servers share one."""
    if (token := tokens.get(entry_id)) is None:
        return None
    return str(sorted(set(tokens.values())).index(token) + 1)


def _project(hass: HomeAssistant) -> Upstream | None:
    entry: ProjectConfigEntry | None = project_entry(hass)
    return None if entry is None else entry.runtime_data.data.upstream


async def _async_words(hass: HomeAssistant) -> Words:
    texts: dict[str, str] = {}
    for category in ("entity", "selector"):
        texts |= await async_get_translations(hass, _LANGUAGE, category, [DOMAIN])

    def under(path: str) -> dict[str, str]:
        prefix = f"component.{DOMAIN}.{path}."
        return {
            key.removeprefix(prefix): text for key, text in texts.items() if key.startswith(prefix)
        }

    return Words(
        rules=under("selector.rule.options"),
        gaps=under("entity.sensor.monitoring_gaps.state_attributes.gaps.state"),
        modes=under("selector.mode.options"),
        advice=under("selector.advice.options"),
    )

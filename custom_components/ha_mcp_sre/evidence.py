"""All evidence of one week, taken from everything that is watched."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from homeassistant import const
from homeassistant.core import HomeAssistant

from .assess.ledger import DAYS_KEPT, Ledger
from .assess.objectives import Objective
from .assess.upstream import Upstream
from .bound_sessions import credential_ids
from .coordinator import SreConfigEntry
from .entries import project_entry
from .options import targets_of
from .project_coordinator import ProjectConfigEntry
from .report.material import CallTotals, Material, ServerMaterial, Week, Words
from .report.period import USUAL_DAYS
from .texts import async_texts

_WEEK_DAYS = 7
_LANGUAGE = "en"
"""The report's format is given in English; words that are shared with entities follow it."""


async def async_material(
    hass: HomeAssistant, week: Week, servers: Collection[SreConfigEntry], *, whole: bool
) -> Material:
    """Return what a report of a week on these servers is made of."""
    tokens, known = credential_ids(hass), [_server(entry, week) for entry in servers]
    found = [
        replace(each, token=_name_of_token(each.id, tokens), calls=calls)
        for each, calls in zip(
            known,
            # Of a server that is used a lot this takes a fifth of a second.
            await hass.async_add_executor_job(_calls, [_days(entry) for entry in servers], week),
            strict=True,
        )
    ]
    return Material(
        week=week,
        servers=tuple(found),
        project=_project(hass),
        home_assistant=const.__version__,
        words=await _async_words(hass),
        whole=whole,
    )


def _days(entry: SreConfigEntry) -> Ledger:
    return entry.runtime_data.record.ledger.days_copied()


def _calls(ledgers: Iterable[Ledger], week: Week) -> list[CallTotals]:
    first = week.days.start
    return [
        CallTotals(
            week=each.days_by_tool(range(first, week.last_day + 1)),
            before=each.days_by_tool(_before(week)),
            usual=each.days_by_tool(range(first - USUAL_DAYS, first)),
        )
        for each in ledgers
    ]


def _oldest(week: Week) -> int:
    """Return the oldest day of which calls and events are kept."""
    return week.local(week.as_of).toordinal() - DAYS_KEPT + 1


def _before(week: Week) -> range:
    """Return the days of the week before; none if some are dropped, for half a week is none."""
    first = week.days.start - _WEEK_DAYS
    return range(first, first + _WEEK_DAYS) if first >= _oldest(week) else range(0)


def _server(entry: SreConfigEntry, week: Week) -> ServerMaterial:
    coordinator = entry.runtime_data
    record = coordinator.record
    objectives, targets = record.case.objectives, targets_of(entry.options)
    known, before = range(week.days.start, week.last_day + 1), _before(week)
    return ServerMaterial(
        id=entry.entry_id,
        name=entry.title,
        mode=coordinator.mode,
        watched_since=record.whole_since,
        counted_since=max(record.whole_since, week.midnight(_oldest(week))),
        current=coordinator.data,
        targets=targets,
        policy=coordinator.policy,
        incidents=coordinator.incidents,
        tallies={each: objectives.tally_of_days(each, known) for each in Objective},
        tallies_before={each: objectives.tally_of_days(each, before) for each in Objective},
        budgets={
            each: objectives.budget(each, week.as_of, targets.of(each))
            if week.so_far
            else objectives.budget_after(each, week.last_day, targets.of(each))
            for each in Objective
        },
        diary=record.case.diary,
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
    texts = await async_texts(hass, _LANGUAGE)
    return Words(
        rules=texts.under("selector.rule.options"),
        gaps=texts.under("entity.sensor.monitoring_gaps.state_attributes.gaps.state"),
        modes=texts.under("selector.mode.options"),
        advice=texts.under("selector.advice.options"),
        failures=texts.under("entity.sensor.health.state_attributes.reason.state"),
    )

"""What a person can send along with a bug report: everything but secrets."""

from dataclasses import asdict, replace
from itertools import chain
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant

from .assess.assessment import Assessment, ToolCalls
from .assess.faults import Fault
from .assess.histogram import BOUNDS
from .assess.ledger import Totals
from .assess.signals import Mode, Signal
from .assess.sources import NOT_APPLICABLE, sources
from .coordinator import SreConfigEntry
from .entries import is_project
from .project_coordinator import ProjectConfigEntry

_SECRET = {CONF_TOKEN, CONF_URL, "instance", "worker"}
_LISTS = ("runs", "issues", "releases", "images")


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> dict[str, Any]:
    """Return what is believed about the server or the project, and how it came about."""
    told = _project(entry) if is_project(entry) else _server(entry)
    return {
        "entry": {
            "data": async_redact_data(dict(entry.data), _SECRET),
            "options": dict(entry.options),
        },
        **told,
    }


def _server(entry: SreConfigEntry) -> dict[str, Any]:
    coordinator = entry.runtime_data
    record = coordinator.record
    assessment = asdict(coordinator.data, dict_factory=_plain) | {
        "tool_calls": _tool_calls(coordinator.data.tool_calls)
    }
    # Told signal by signal below.
    del assessment["sources"], assessment["gaps"]
    return {
        "assessment": async_redact_data(assessment, _SECRET),
        "signals": _signals(coordinator.mode, coordinator.data),
        "record": {
            "days": len(record.ledger.days()),
            "bytes": record.ledger.nbytes(),
            "own_calls_unseen": len(record.journal.entries),
            "watching_since": record.position.since,
        },
        "policy": asdict(coordinator.policy),
    }


def _plain(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the fields of an object with each set as a list, for JSON has no sets."""
    return {
        name: sorted(value) if isinstance(value, frozenset) else value for name, value in fields
    }


def _project(entry: ProjectConfigEntry) -> dict[str, Any]:
    """Return the figures, and of what was learnt how much: it is all public, but much."""
    project = entry.runtime_data.data
    counts = {key: len(getattr(project.upstream, key)) for key in _LISTS}
    # asdict copies whatever there is, on the event loop.
    short = replace(project.upstream, runs=(), issues=(), releases=(), images=())
    figures = asdict(replace(project, upstream=short))
    upstream = {key: value for key, value in figures.pop("upstream").items() if key not in counts}
    return {"figures": figures, "known": counts, "upstream": upstream}


def _signals(mode: Mode, assessment: Assessment) -> dict[str, Any]:
    """Return for each signal what can show it in this install mode, what does, or why nothing."""
    gaps = {gap.signal: gap.reason for gap in assessment.gaps or ()}
    return {
        signal.value: {
            "sources": [source.value for source in sources(mode, signal)],
            "seen_by": assessment.sources.get(signal),
            "gap": gaps.get(signal),
        }
        for signal in Signal
        if (mode, signal) not in NOT_APPLICABLE
    }


def _tool_calls(tool_calls: ToolCalls) -> dict[str, Any]:
    return {
        **asdict(tool_calls.counters),
        "lately": _totals(tool_calls.recent),
        "lately_by_tool": {tool: _totals(each) for tool, each in tool_calls.by_tool.items()},
        "in_use": sorted(tool_calls.in_use),
    }


def _totals(totals: Totals) -> dict[str, Any]:
    """Name the counts, and leave out those that are zero."""
    seconds = chain((f"up to {bound} s" for bound in BOUNDS), ["longer"])
    faults = zip(Fault, totals.by_fault, strict=True)
    return {
        "by_fault": {fault.name.lower(): calls for fault, calls in faults if calls},
        "by_duration": {
            name: calls for name, calls in zip(seconds, totals.latency, strict=True) if calls
        },
        "by_code": dict(totals.codes),
    }

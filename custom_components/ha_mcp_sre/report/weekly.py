"""The weekly report as data: everything that it says, with keys that stay."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .changes import what_changed
from .error_analysis import error_analysis
from .figures import moment
from .incident_rows import incident_rows
from .issue_rows import issues
from .legend import legend
from .material import Material, Week
from .objective_rows import objective_rows
from .observations import key_observations
from .performance import performance
from .period import ServerWeeks, weeks_of
from .phrases import in_unit
from .project_rows import ci_cd
from .risk import BacklogItem, Prediction, Risk
from .sight import capability_needs, gaps
from .summary import reliability_summary

SCHEMA = 1
"""Grows when a key changes its meaning or goes; a new key is no change."""


def weekly(
    material: Material,
    risks: Sequence[Risk],
    backlog: Sequence[BacklogItem],
    predictions: Sequence[Prediction],
    *,
    prose: str | None = None,
) -> dict[str, Any]:
    """Return everything that a report shows, to be stored as JSON.

    Units are in the names of the keys, times are local in ISO 8601, and None is unknown. `prose`
    is what an AI wrote of it, paragraphs being apart by an empty line.
    """
    weeks = [weeks_of(server, material.week) for server in material.servers]
    project = ci_cd(material)
    hidden = gaps(material, weeks)
    return {
        "schema": SCHEMA,
        "title": f"SRE Report - Week of {material.week.monday.isoformat()}",
        "week": _week(material.week, weeks),
        "whole": material.whole,
        "reliability_summary": reliability_summary(material, weeks, project),
        "key_observations": key_observations(weeks, project),
        "operational_risks": [asdict(each) for each in risks],
        "proposed_backlog_items": [asdict(each) for each in backlog if not each.done],
        "done_backlog_items": [asdict(each) for each in backlog if each.done],
        "monitoring_gaps": hidden,
        "objectives": objective_rows(material, weeks),
        "incidents": incident_rows(material, weeks),
        "rules_checked": len(material.words.rules),
        "ci_cd": project,
        "error_analysis": error_analysis(weeks),
        "issues": issues(material, weeks),
        "performance": performance(weeks),
        "predictions": [_prediction(each) for each in predictions],
        "what_changed": what_changed(material, weeks),
        "capability_needs": capability_needs(hidden),
        "in_prose": None if prose is None else _paragraphs(prose),
        "legend": legend(material, weeks),
    }


def _week(week: Week, weeks: Sequence[ServerWeeks]) -> dict[str, Any]:
    return {
        "of": week.monday.isoformat(),
        "start": moment(week, week.start),
        "end": moment(week, week.end),
        "as_of": moment(week, week.as_of),
        "so_far": week.so_far,
        "hours": round((week.end - week.start) / 3600, 2),
        "zone": str(week.zone),
        "servers": len(weeks),
        "unknown_before": [each.name for each in weeks if each.new],
    }


def _prediction(prediction: Prediction) -> dict[str, Any]:
    measured = prediction.measured
    told = None if measured is None else in_unit(measured, prediction.unit)
    return asdict(prediction) | {"measured_told": told}


def _paragraphs(prose: str) -> list[str]:
    parts = (" ".join(part.split()) for part in prose.replace("\r\n", "\n").split("\n\n"))
    return [part for part in parts if part]

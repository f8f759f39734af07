"""Operational risks: one table of what may go wrong, from the evidence of a week."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..assess.upstream import Upstream
from . import (
    risk_budgets,
    risk_monitoring,
    risk_points,
    risk_project,
    risk_recovery,
    risk_settings,
    risk_tools,
    risk_trends,
)
from .material import Material, ServerMaterial, Week
from .risk import Answer, Hazard, Partly, Risk

HOME = "home"
PROJECT = "project"

_OF_SERVERS: Mapping[str, Callable[[ServerMaterial, Material], Answer]] = MappingProxyType(
    {
        "long_outages": risk_recovery.long_outages,
        "recurring": risk_recovery.recurring,
        "token_expiring": risk_settings.token_expiring,
        "error_budget": risk_budgets.error_budgets,
        "no_watchdog": risk_points.no_watchdog,
        "websocket_disabled": risk_settings.websocket_disabled,
        "failing_tool": risk_tools.failing_tools,
        "memory": risk_trends.memory,
        "response": risk_trends.rising("response"),
        "recovery_by_hand": risk_recovery.by_hand,
        "unanswered_pages": risk_recovery.unanswered_pages,
        "monitoring_gaps": risk_monitoring.gaps,
        "missed_calls": risk_monitoring.missed_calls,
        "usage_log": risk_trends.usage_log,
        "startup": risk_trends.rising("startup"),
        "restart_needed": risk_settings.restart_needed,
        "outdated": risk_settings.outdated,
        "write_exposure": risk_settings.write_exposure,
        "single_install": risk_points.single_install,
    }
)
_OF_HOME: Mapping[str, Callable[[Material], Answer]] = MappingProxyType(
    {
        "shared_token": risk_points.shared_token,
        "unwatched": risk_monitoring.unwatched,
    }
)
_OF_PROJECT: Mapping[str, Callable[[Upstream, Week], Answer]] = MappingProxyType(
    {
        "default_branch": risk_project.default_branch,
        "ci_pass_rate": risk_project.ci_pass_rate,
        "image_growth": risk_project.image_growth,
        "project_unread": risk_project.unread,
    }
)
_WEIGHT = {rule: weight for weight, rule in enumerate((*_OF_SERVERS, *_OF_HOME, *_OF_PROJECT))}
"""Of two risks of one severity, that of the rule named first matters more."""


@dataclass(frozen=True, slots=True)
class Examination:
    """The risks, the worst first, and what was judged to find them.

    `judged` are keys, and the beginnings of keys, `rule:server`: a risk with such a key that is
    not there is gone, any other may only be out of sight.
    """

    risks: tuple[Risk, ...]
    judged: frozenset[str]


def examine(material: Material) -> Examination:
    """Return what may go wrong, and what could be judged."""
    found: dict[str, tuple[int, Risk]] = {}
    judged = set[str]()
    for rule, scope, server, answer in _answers(material):
        if answer is None:
            continue
        if isinstance(answer, Partly):
            judged |= {f"{rule}:{scope}:{subject}" for subject in answer.judged}
        else:
            judged.add(f"{rule}:{scope}")
        for hazard in answer.hazards if isinstance(answer, Partly) else answer:
            risk = _risk(hazard, rule, scope, server)
            found.setdefault(risk.key, (_WEIGHT[rule], risk))
    ranked = sorted(found.values(), key=lambda each: (each[1].severity, each[0], each[1].key))
    return Examination(tuple(risk for _, risk in ranked), frozenset(judged))


def _answers(material: Material) -> Iterator[tuple[str, str, str | None, Answer]]:
    for server in material.servers:
        for rule, of_server in _OF_SERVERS.items():
            yield rule, server.id, server.name, of_server(server, material)
    for rule, of_home in _OF_HOME.items():
        yield rule, HOME, None, of_home(material)
    if material.project is not None:
        for rule, of_project in _OF_PROJECT.items():
            yield rule, PROJECT, None, of_project(material.project, material.week)


def _risk(hazard: Hazard, rule: str, scope: str, server: str | None) -> Risk:
    key = f"{rule}:{scope}" if hazard.subject is None else f"{rule}:{scope}:{hazard.subject}"
    return Risk(
        key=key,
        severity=hazard.severity,
        server=server,
        title=hazard.title,
        current_state=hazard.current_state,
        risk=hazard.risk,
        mitigation=hazard.mitigation,
        evidence=hazard.evidence,
    )

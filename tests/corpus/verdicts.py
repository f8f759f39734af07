"""What came of a trace, compared with what should have."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
import json
from pathlib import Path

from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.incident import ChangeKind, Incident
from custom_components.ha_mcp_sre.assess.rules import RULES
from scripts.provision.step import ROOT
from tests.corpus.steps import play
from tests.corpus.traces import Trace, Verdict, traces

_STRINGS = ROOT / "custom_components/ha_mcp_sre/strings.json"
_PASS = frozenset({RuleKey.SERVER_DOWN, RuleKey.LINK_BROKEN})
MODES = range(1, 26)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trace: the verdicts, how often a person was told, what could not be seen.

    `brief` counts the outages that were over before that.
    """

    trace: Trace
    verdicts: tuple[Verdict, ...]
    subjects: tuple[str | None, ...]
    pages: int
    brief: int
    gaps: frozenset[str]

    @property
    def right(self) -> bool:
        """Whether it is what was expected, and nothing besides."""
        trace = self.trace
        return (
            self.verdicts == (() if trace.verdict is None else (trace.verdict,))
            and self.pages == trace.paged
            and (trace.subject is None or self.subjects == (trace.subject,))
            and (trace.gap is None or trace.gap in self.gaps)
            and self.brief == trace.brief
        )

    @property
    def got(self) -> str:
        """What came of it, in a few words."""
        names = ", ".join(f"{each.severity.upper()} {each.rule}" for each in self.verdicts)
        told = f", paged {self.pages}x" if self.pages else ""
        return (names or "nothing") + told + _brief(self.brief)


@cache
def outcomes(kind: str) -> tuple[Outcome, ...]:
    """Return what came of each trace of a kind."""
    return tuple(_outcome(trace) for trace in traces(kind))


def expected(trace: Trace) -> str:
    """Return what is expected of a trace, in a few words."""
    if trace.verdict is None:
        return "nothing" + _brief(trace.brief)
    told = ", paged 1x" if trace.paged else ""
    return f"{trace.verdict.severity.upper()} {trace.verdict.rule}{told}{_brief(trace.brief)}"


def _brief(outages: int) -> str:
    return f", {outages} brief" if outages else ""


def modes_right(all_outcomes: Iterable[Outcome]) -> int:
    """Return how many failure modes are judged rightly, in each of their traces."""
    found = tuple(all_outcomes)
    return sum(
        all(results)
        for results in ([each.right for each in found if each.trace.mode == n] for n in MODES)
        if results
    )


def _outcome(trace: Trace) -> Outcome:
    player = play(trace)
    incidents = player.case.incidents.all[::-1]
    # An outage that was over before anybody had to be told is no verdict, unless it is the expected.
    passed = [
        each for each in incidents if each.brief and each.rule in _PASS and not _is(each, trace)
    ]
    found = [each for each in incidents if each not in passed]
    return Outcome(
        trace=trace,
        verdicts=tuple(_verdict(each) for each in found),
        subjects=tuple(each.subject for each in found),
        pages=sum(change.kind is ChangeKind.PAGED for change in player.changes),
        brief=len(passed),
        gaps=frozenset(gap.signal for gap in player.current.gaps or ()),
    )


def _is(incident: Incident, trace: Trace) -> bool:
    return trace.verdict is not None and incident.rule is trace.verdict.rule


def _verdict(incident: Incident) -> Verdict:
    """Return what a person would be told of an incident, and where the link would lead."""
    rule = RULES[incident.rule]
    return Verdict(incident.rule, incident.severity, _summaries()[incident.rule], rule.runbook)


@cache
def _summaries() -> dict[str, str]:
    strings = json.loads(Path(_STRINGS).read_text(encoding="utf-8"))
    summaries: dict[str, str] = strings["selector"]["rule"]["options"]
    return summaries

"""Write the page about what is found, and what is left alone, from the labelled traces."""

from collections.abc import Iterator
import re

from scripts.provision.step import ROOT
from tests.corpus.traces import Trace, traces

_ISSUES = "https://github.com/homeassistant-ai/ha-mcp/issues/"
PAGE = ROOT / "docs/failure-modes.md"

_INTRODUCTION = """\
# Failure modes

What HA-MCP SRE makes of failures that users of ha-mcp really met, and of harmless life. Each row is a trace in `tests/corpus/traces/`, which the tests play through the judgement. This page is written from them by `python -m scripts.failure_modes`.

A **page** is a repair and a notification. It is sent for P0 and P1 only, and only if they last.
"""

_FAILURES = """\
## Failures

The numbers are those of a list of 25 that was drawn from ha-mcp's issues. "Nothing" is a verdict, too: it is not ha-mcp's failure, or none at all.
"""

_OTHERS = """\
## Other findings
"""

_HARMLESS = """\
## Harmless life

Nobody is told of any of these. An outage that is over before its grace is stays in the list of incidents, as a brief one.
"""


def page() -> str:
    """Return the whole page."""
    numbered = (("#", "What happened", "Seen as", "Verdict", "Why"), _numbered)
    plain = (("What happened", "Verdict", "Why"), _plain)
    harmless = (("What happened", "Why"), _harmless)
    parts = [_INTRODUCTION]
    for title, kind, (head, row) in (
        (_FAILURES, "failures", numbered),
        (_OTHERS, "others", plain),
        (_HARMLESS, "harmless", harmless),
    ):
        rows = [head, ("---",) * len(head), *(row(trace) for trace in _sorted(kind))]
        parts += [title, "".join(f"| {' | '.join(each)} |\n" for each in rows)]
    return "\n".join(parts)


def _sorted(kind: str) -> Iterator[Trace]:
    yield from sorted(traces(kind), key=lambda trace: trace.mode)


def _numbered(trace: Trace) -> tuple[str, ...]:
    known = re.sub(r"#(\d+)", rf"[#\1]({_ISSUES}\1)", trace.known)
    return str(trace.mode), trace.name, known, _verdict(trace), trace.why


def _plain(trace: Trace) -> tuple[str, ...]:
    return trace.name, _verdict(trace), trace.why


def _harmless(trace: Trace) -> tuple[str, ...]:
    return trace.name, trace.why


def _verdict(trace: Trace) -> str:
    if trace.verdict is None:
        return "nothing" if trace.gap is None else "nothing, but a gap"
    found = trace.verdict
    severity = f"**{found.severity.upper()}**" + (", paged" if trace.paged else "")
    return f"{severity}: [{found.summary}](runbooks.md#{found.runbook})"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

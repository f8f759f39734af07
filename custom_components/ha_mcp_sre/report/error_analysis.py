"""Which tool calls failed and how: by tool, by error code, and by whose fault it was."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..assess.faults import Fault, classify
from ..assess.ledger import Totals
from .figures import percent
from .period import Period, ServerWeeks

MOST_TOOLS = 20
MOST_CODES = 15
_CODES_OF_TOOL = 3
_NO_CODE = "none"
"""How the ledger names failures without a code."""

FAULTS: Mapping[Fault, str] = {
    Fault.SERVER: "the server's",
    Fault.LINK: "its link's",
    Fault.CALLER: "the caller's",
    Fault.POLICY: "a policy's",
    Fault.UNCLASSIFIED: "unclassified",
}


def error_analysis(weeks: Sequence[ServerWeeks]) -> list[dict[str, Any]]:
    """Return for each server how its tool calls failed."""
    return [_server(each) for each in weeks]


def failing_tools(period: Period) -> list[str]:
    """Return the tools of which calls failed, first those that fail by the server's fault."""
    by_tool = period.by_tool
    return sorted(
        (name for name, totals in by_tool.items() if totals.errors),
        key=lambda name: (-by_tool[name].bad, -by_tool[name].errors, name),
    )


def _server(each: ServerWeeks) -> dict[str, Any]:
    now, before = each.now, each.before
    failing = failing_tools(now)
    codes = dict(now.totals.codes) if now.totals else {}
    return {
        "server": each.name,
        "calls": now.calls,
        "calls_before": before.calls,
        "errors": now.totals and now.totals.errors,
        "errors_before": before.totals and before.totals.errors,
        "error_rate_percent": percent(now.error_rate),
        "error_rate_percent_before": percent(before.error_rate),
        "caller_error_rate_percent": now.totals and percent(now.totals.caller_error_rate),
        "caller_error_rate_percent_before": before.totals
        and percent(before.totals.caller_error_rate),
        "lost_windows": now.lost_windows,
        "lost_windows_before": before.lost_windows,
        "by_fault": [_fault(fault, now, before) for fault in FAULTS],
        "tools_called": len(now.by_tool),
        "tools_failed": len(failing),
        "tools": [_tool(name, now, before) for name in failing[:MOST_TOOLS]],
        "codes_seen": len(codes),
        "codes": [_code(code, calls, before) for code, calls in list(codes.items())[:MOST_CODES]],
    }


def _fault(fault: Fault, now: Period, before: Period) -> dict[str, Any]:
    return {
        "fault": fault.name.lower(),
        "whose": FAULTS[fault],
        "calls": now.totals and now.totals.by_fault[fault],
        "calls_before": before.totals and before.totals.by_fault[fault],
    }


def _tool(name: str, now: Period, before: Period) -> dict[str, Any]:
    totals = now.by_tool[name]
    # A tool that was not called is known not to have failed, where calls are known at all.
    last = before.by_tool.get(name, Totals()) if before.totals else None
    return {
        "tool": name,
        "calls": totals.calls,
        "errors": totals.errors,
        "errors_before": last and last.errors,
        "bad": totals.bad,
        "error_rate_percent": percent(totals.error_rate),
        "error_rate_percent_before": last and percent(last.error_rate),
        "codes": [
            {"code": _name(code), "calls": calls} for code, calls in totals.codes[:_CODES_OF_TOOL]
        ],
    }


def _code(code: str, calls: int, before: Period) -> dict[str, Any]:
    fault = classify(None if code == _NO_CODE else code)
    return {
        "code": _name(code),
        "whose": FAULTS[fault],
        "calls": calls,
        "calls_before": before.totals and dict(before.totals.codes).get(code, 0),
    }


def _name(code: str) -> str:
    return "no code" if code == _NO_CODE else code

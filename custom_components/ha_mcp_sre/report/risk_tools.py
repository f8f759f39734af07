"""Tools that fail in many of their calls."""

from ..assess.faults import BUDGET_FAULTS, classify
from ..assess.finding import Severity
from ..assess.ledger import Totals
from .material import Material, ServerMaterial
from .phrases import listing, percent
from .risk import Answer, Hazard, Partly

_LEAST_FAILURES = 5
"""Fewer failures than this in a week are bad luck."""

_UNRELIABLE = 5.0
"""A tool that fails in this part of its calls, in percent, is unreliable: five times what the
objective allows where nobody changed it."""

_MOST_TOOLS = 5
_MOST_CODES = 3


def failing_tools(server: ServerMaterial, material: Material) -> Answer:
    """Tell which tools failed in many of their calls of the week."""
    calls = server.calls
    if not calls.week:
        return None
    failing = [
        (each.bad, tool, each)
        for tool, each in calls.week.items()
        if each.bad >= _LEAST_FAILURES and (each.error_rate or 0.0) >= _UNRELIABLE
    ]
    ranked = sorted(failing, key=lambda row: (-row[0], row[1]))
    # That a tool was hardly called does not mend it, nor that others fail more.
    called = {tool for tool, each in calls.week.items() if each.valid >= _LEAST_FAILURES}
    unnamed = {tool for _, tool, _ in ranked[_MOST_TOOLS:]}
    return Partly(
        [_failing_tool(server, tool, each) for _, tool, each in ranked[:_MOST_TOOLS]],
        frozenset(called - unnamed),
    )


def _failing_tool(server: ServerMaterial, tool: str, totals: Totals) -> Hazard:
    before = server.calls.before.get(tool)
    rate, rate_before = totals.error_rate or 0.0, None if before is None else before.error_rate
    compared = "no call to compare with" if rate_before is None else percent(rate_before)
    blamed = [row for row in totals.codes if classify(row[0]) in BUDGET_FAULTS]
    codes = [f"{code} ({count})" for code, count in blamed[:_MOST_CODES]]
    return Hazard(
        Severity.P2,
        title=f"Improve the reliability of {tool} of {server.name}",
        current_state=(
            f"{totals.bad} of {totals.valid} calls failed in the week by the fault of the server "
            f"or its link ({percent(rate)}; the week before: {compared})."
        ),
        risk="Assistants that need this tool fail, or try again and take longer.",
        mitigation=(
            f"Look in ha-mcp's log for {_named(codes)}. If an update preceded them, see whether a "
            "newer version mends it, or report it to the project."
        ),
        evidence={
            "bad": totals.bad,
            "valid": totals.valid,
            "error_rate": round(rate, 2),
            **({} if rate_before is None else {"error_rate_before": round(rate_before, 2)}),
        },
        subject=tool,
    )


def _named(codes: list[str]) -> str:
    return f"the codes of these failures: {listing(codes)}" if codes else "these failures"

"""Tool calls to count, one at a time and at random."""

from hypothesis import strategies as st

from custom_components.ha_mcp_sre.assess.cells import Cell
from custom_components.ha_mcp_sre.assess.ledger import Ledger, Totals, together
from custom_components.ha_mcp_sre.assess.observation import ToolCall

MIDNIGHT = 1_790_035_200.0
"""2026-09-22 00:00 UTC, a Tuesday."""

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


def call(
    started: float = MIDNIGHT,
    *,
    tool: str = "ha_get_state",
    code: str | None = None,
    failed: bool = False,
    duration: float = 0.03,
) -> ToolCall:
    """Return a call, which failed if it has a code."""
    return ToolCall(tool, started, duration, success=code is None and not failed, code=code)


def counted(*calls: ToolCall) -> Ledger:
    """Return a ledger that knows these calls."""
    ledger = Ledger()
    for each in calls:
        ledger.add(each)
    return ledger


def day_totals(ledger: Ledger, day: int) -> Totals:
    """Return all calls of a local day."""
    return together(ledger.days_by_tool(range(day, day + 1)).values())


def calls(*, within: float = 3 * HOUR, tools: int = 4) -> st.SearchStrategy[ToolCall]:
    """Return calls that start within so many seconds after MIDNIGHT."""
    return st.builds(
        call,
        st.floats(MIDNIGHT, MIDNIGHT + within, exclude_max=True),
        tool=st.integers(1, tools).map("tool_{}".format),
        code=st.sampled_from([None, None, "INTERNAL_ERROR", "AUTH_EXPIRED", "ENTITY_NOT_FOUND"]),
        failed=st.booleans(),
        duration=st.floats(0, 400),
    )


def cells(*, slots: int = 6) -> st.SearchStrategy[Cell]:
    """Return cells of few enough kinds that they meet."""
    return st.builds(
        Cell,
        slot=st.integers(0, slots),
        tool=st.integers(0, 2),
        code=st.integers(0, 2),
        bucket=st.integers(0, 2),
        calls=st.integers(1, 5),
    )

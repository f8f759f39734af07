"""What is worth saying of how quick a server was in a week, and of what it used."""

from collections.abc import Callable, Iterator

from .figures import megabytes, seconds
from .performance import p95
from .period import USUAL_DAYS, ServerWeeks
from .phrases import capital, compared, part_of, with_unit, written
from .remark import Remark

_SLOWER = 1.5
"""A time that is this many times the usual one is worth a word."""
_TOOL_SLOWER = 2.0


def _slower(each: ServerWeeks) -> Iterator[Remark]:
    now, usual = seconds(each.now.response(0.95)), seconds(each.usual.response(0.95))
    if now and usual and (now >= _SLOWER * usual or usual >= _SLOWER * now):
        slower = now > usual
        yield Remark(
            7 if slower else 30,
            "response_time",
            f"{each.name} answered {'more slowly' if slower else 'more quickly'}: "
            f"95 % of the checks within {written(now)} s, in the {USUAL_DAYS} days before within "
            f"{written(usual)} s.",
            {
                "response_time_p95_seconds": now,
                "response_time_p95_seconds_baseline": usual,
                "quantile_percent": 95,
                "days": USUAL_DAYS,
            },
        )


def _slower_tool(each: ServerWeeks) -> Iterator[Remark]:
    least = each.server.policy.min_calls_for_p95
    ratios = sorted(
        (usual / now, tool, now, usual)
        for tool in each.now.by_tool
        if (now := p95(each.now, tool, least)) and (usual := p95(each.usual, tool, least))
    )
    for ratio, tool, now, usual in ratios[:1]:
        if 1 / ratio >= _TOOL_SLOWER:
            yield Remark(
                6,
                "slower_tool",
                f"{tool} of {each.name} got slower: 95 % of its calls took up to {written(now)} s, "
                f"in the {USUAL_DAYS} days before {written(usual)} s.",
                {
                    "tool": tool,
                    "p95_seconds": now,
                    "p95_seconds_baseline": usual,
                    "quantile_percent": 95,
                    "days": USUAL_DAYS,
                },
            )


def _memory(each: ServerWeeks) -> Iterator[Remark]:
    now, before = each.now.memory_last, each.before.memory_last
    policy = each.server.policy
    if now is None or before is None:
        return
    grown = now - before
    if grown <= max(policy.memory_growth_bytes, policy.memory_growth / 100 * before):
        return
    yield Remark(
        8,
        "memory",
        f"The memory of {each.name} grew by {written(megabytes(grown))} MB: "
        f"{compared(megabytes(now), megabytes(before), ' MB')} at the end.",
        {
            "memory_growth_mb": megabytes(grown),
            "memory_mb": megabytes(now),
            "memory_mb_before": megabytes(before),
        },
    )


def _startups(each: ServerWeeks) -> Iterator[Remark]:
    now, limit = each.now.startups, each.server.targets.startup_seconds
    slow = [each for each in now if each >= limit]
    if slow:
        yield Remark(
            13,
            "startups",
            f"{capital(part_of(len(slow), len(now), 'start'))} of {each.name} took "
            f"{written(limit)} s or longer, the slowest {with_unit(seconds(max(slow)), ' s')}.",
            {
                "slow_starts": len(slow),
                "starts": len(now),
                "startup_seconds": limit,
                "slowest_seconds": seconds(max(slow)),
            },
        )


PERFORMANCE: tuple[Callable[[ServerWeeks], Iterator[Remark]], ...] = (
    _slower,
    _slower_tool,
    _memory,
    _startups,
)

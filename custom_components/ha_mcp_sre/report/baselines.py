"""How each server performs usually: what its next weeks are held against."""

from pathlib import PurePosixPath
import re
from statistics import median

from ..assess.histogram import quantile
from ..assess.ledger import Totals
from .blocks import Block, block_name
from .document import Document, Retirement
from .figures import megabytes, percent, seconds
from .material import Material, ServerMaterial, Week
from .period import USUAL_DAYS, Period, weeks_of
from .phrases import clock, times
from .render import filled
from .retention import ARCHIVE, removed_until

_FAMILY = "baseline"

_DAY = re.compile(r"^The \d+ days before (\d{4}-\d\d-\d\d)", re.MULTILINE)
"""The Monday after the days that a baseline is of."""


def baselines(material: Material) -> Document:
    """Return the performance baselines; those of other versions go to the archive."""
    families = frozenset(block_name(_FAMILY, server.id) for server in material.servers)
    archive = ARCHIVE / "performance-baselines.md"
    title = "Earlier performance baselines"
    intro = "Baselines that no longer hold, as they were last."
    return Document(
        path=PurePosixPath("deliverables/performance-baselines.md"),
        title="Performance baselines",
        intro=(
            "What is usual for each server, by the version of ha-mcp that it runs. When the"
            " version changes, the old baseline goes to `archive/performance-baselines.md`, with"
            " what you wrote below it."
        ),
        blocks=tuple(_block(server, material.week) for server in material.servers),
        retirements=(
            Retirement(families, archive, title, intro),
            Retirement(
                frozenset({_FAMILY}),
                archive,
                title,
                intro,
                spared=families,
                day=_DAY,
                until=removed_until(material.week),
            ),
        ),
    )


def _block(server: ServerMaterial, week: Week) -> Block:
    usual = weeks_of(server, week).usual
    version = _version(server)
    values = {
        "server": server.name,
        "version": version,
        "days": USUAL_DAYS,
        "monday": week.monday.isoformat(),
        "known_days": len(usual.days),
        "version_days": sum(day.version == version for day in usual.days),
        "watched_since": _if_later(server.watched_since, usual, week),
        "counted_since": _if_later(server.counted_since, usual, week),
        "least_calls": server.policy.min_calls_for_p95,
        "measures": _measures(usual),
        "tools": _tools(usual, server.policy.min_calls_for_p95),
    }
    name = block_name(_FAMILY, server.id, version or "unknown")
    return name, filled("baseline.md.jinja", values)


def _version(server: ServerMaterial) -> str | None:
    """Return what runs, or what ran last."""
    days = reversed(server.diary.days)
    return server.current.version or next((day.version for day in days if day.version), None)


def _if_later(at: float, usual: Period, week: Week) -> str | None:
    """Return since when something is known, if the baseline begins earlier."""
    return clock(week, at) if at > usual.since else None


def _measures(usual: Period) -> list[dict[str, object]]:
    lows = [day.memory_low for day in usual.days if day.memory_low is not None]
    return [
        {"name": name, "value": value, "unit": unit, "of": of}
        for name, value, unit, of in (
            ("Response time, p50", seconds(usual.response(0.5)), " s", _responses(usual)),
            ("Response time, p95", seconds(usual.response(0.95)), " s", _responses(usual)),
            (
                "Start-up time, median",
                seconds(median(usual.startups)) if usual.startups else None,
                " s",
                times(len(usual.startups), "start"),
            ),
            ("Memory, lowest", megabytes(min(lows, default=None)), " MB", _memory_days(usual)),
            ("Memory, highest", megabytes(usual.memory_high), " MB", _memory_days(usual)),
        )
    ]


def _responses(usual: Period) -> str:
    return times(sum(sum(day.response) for day in usual.days), "answer")


def _memory_days(usual: Period) -> str:
    return times(sum(day.memory_high is not None for day in usual.days), "day")


def _tools(usual: Period, least: int) -> list[dict[str, object]]:
    """Return the usual figures of each tool, the one that is called most first."""
    ranked = sorted(usual.by_tool.items(), key=lambda each: (-each[1].calls, each[0]))
    return [
        {
            "tool": tool,
            "calls": totals.calls,
            "p50": _quantile(totals, 0.5, least),
            "p95": _quantile(totals, 0.95, least),
            "error_rate": percent(totals.error_rate),
        }
        for tool, totals in ranked
    ]


def _quantile(totals: Totals, q: float, least: int) -> float | None:
    return seconds(quantile(totals.latency, q)) if totals.calls >= least else None

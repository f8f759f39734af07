"""The labelled traces: what happened to a server, and what is to be made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any

from homeassistant.util.yaml import parse_yaml

from custom_components.ha_mcp_sre.assess.finding import RuleKey, Severity
from custom_components.ha_mcp_sre.assess.signals import Mode

FOLDER = Path(__file__).parent / "traces"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_TIME = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule is expected to say: how bad, in which words, and where help stands."""

    rule: RuleKey
    severity: Severity
    summary: str
    runbook: str


@dataclass(frozen=True, slots=True)
class Trace:
    """What happened to one server, step by step; times are in seconds from the beginning.

    `mode` is the number of the failure mode that it shows, 0 for harmless life. `verdict` is
    that of the one incident which is to come of it, None if there shall be none. `paged` says
    whether a person is to be told, and `brief` how many outages are over before that.
    """

    name: str
    mode: int
    install: Mode
    begins: str
    lasts: float
    every: float
    steps: tuple[tuple[float, Mapping[str, Any]], ...]
    verdict: Verdict | None
    paged: bool
    brief: int
    subject: str | None
    why: str
    known: str
    gap: str | None


def seconds(text: object) -> float:
    """Return a time such as `1h30m` in seconds."""
    if isinstance(text, int | float):
        return float(text)
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise ValueError(f"no time: {text}")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def verdicts() -> dict[str, Verdict]:
    """Return every verdict that a trace may name."""
    table = _read(FOLDER / "verdicts.yaml")
    return {
        name: Verdict(
            RuleKey(name), Severity(row["severity"]), str(row["summary"]), str(row["runbook"])
        )
        for name, row in table.items()
    }


def traces(name: str) -> list[Trace]:
    """Return the traces of one kind: `failures` or `harmless`."""
    known = verdicts()
    files = sorted(FOLDER.glob(f"{name}*.yaml"))
    return [_trace(row, known) for file in files for row in _read(file)]


def _trace(row: Mapping[str, Any], known: Mapping[str, Verdict]) -> Trace:
    unknown = row.keys() - _KEYS
    if unknown:
        raise ValueError(f"{row['name']}: {sorted(unknown)}")
    verdict = row.get("verdict")
    return Trace(
        name=row["name"],
        mode=row.get("mode", 0),
        install=Mode(row.get("install", Mode.HTTP)),
        begins=row.get("begins", "2026-09-22 08:00:00+00:00"),
        lasts=seconds(row["lasts"]),
        every=seconds(row.get("every", 30)),
        steps=tuple((seconds(at), step) for at, step in row.get("steps", {}).items()),
        verdict=None if verdict is None else known[verdict],
        paged=row.get("paged", False),
        brief=row.get("brief", 0),
        subject=row.get("subject"),
        why=row["why"],
        known=row.get("known", ""),
        gap=row.get("gap"),
    )


_KEYS = frozenset(
    {
        *(
            "name",
            "mode",
            "install",
            "begins",
            "lasts",
            "every",
            "steps",
            "verdict",
            "paged",
            "brief",
        ),
        *("subject", "why", "known", "gap"),
    }
)


def _read(file: Path) -> Any:
    return parse_yaml(file.read_text(encoding="utf-8"))

"""How long written files stay where they are, and where they go then. Nothing is deleted."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath
import re

from .material import Week

REPORT_WEEKS = 12
"""How many weeks after the end of its own a report stays."""

NOTE_WEEKS = 8
"""How many weeks after an incident began its note stays, and after it ended."""

INCIDENT_WEEKS = 12
"""How many weeks after its end an incident stays in the log."""

REMOVED_WEEKS = 12
"""How many weeks what is of a server stays after the last report that knew the server."""

ARCHIVE = PurePosixPath("archive")
REPORTS = PurePosixPath("reports")
NOTES = PurePosixPath("notes")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of dated files: how they are named, and until how many days after they stay."""

    name: re.Pattern[str]
    days: int


_KINDS: Mapping[PurePosixPath, _Kind] = {
    REPORTS: _Kind(re.compile(r"(\d{4}-\d\d-\d\d)(?:-[a-z0-9-]+)?\.md"), 7 * (1 + REPORT_WEEKS)),
    NOTES: _Kind(re.compile(r"(\d{4}-\d\d-\d\d)-[a-z0-9-]+\.md"), 7 * NOTE_WEEKS),
}

DATED = tuple(_KINDS)
"""The folders whose files are named by a date."""


def removed_until(week: Week) -> date:
    """Return the last day of which what is of a removed server is too old."""
    return week.local(week.as_of).date() - timedelta(weeks=REMOVED_WEEKS)


def moves(
    paths: Iterable[PurePosixPath], today: date, kept: Collection[PurePosixPath]
) -> dict[PurePosixPath, PurePosixPath]:
    """Return where files go that are too old, and not among those that are still `kept`."""
    return {
        path: ARCHIVE / path for path in sorted(paths) if path not in kept and _is_old(path, today)
    }


def _is_old(path: PurePosixPath, today: date) -> bool:
    kind = _KINDS.get(path.parent)
    named = kind and kind.name.fullmatch(path.name)
    if not kind or not named:
        return False
    try:
        written = date.fromisoformat(named[1])
    except ValueError:
        return False
    return today - written >= timedelta(days=kind.days)

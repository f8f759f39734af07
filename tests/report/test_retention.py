"""How long reports and notes stay where they are."""

from datetime import date, timedelta
from pathlib import PurePosixPath

import pytest

from custom_components.ha_mcp_sre.report.retention import moves

TODAY = date(2026, 11, 23)


def moved(*paths: str, kept: frozenset[PurePosixPath] = frozenset()) -> dict[str, str]:
    found = moves(map(PurePosixPath, paths), TODAY, kept)
    return {str(path): str(target) for path, target in found.items()}


def test_of_a_year_of_reports_the_last_twelve_stay() -> None:
    mondays = [TODAY - timedelta(weeks=weeks) for weeks in range(1, 53)]
    gone = moved(*(f"reports/{monday}.md" for monday in mondays))
    assert list(gone) == [f"reports/{monday}.md" for monday in sorted(mondays[12:])]
    assert gone["reports/2026-08-24.md"] == "archive/reports/2026-08-24.md"


def test_a_report_on_one_server_goes_as_the_others_do() -> None:
    assert moved("reports/2026-08-24-kuche.md", "reports/2026-08-31-kuche.md") == {
        "reports/2026-08-24-kuche.md": "archive/reports/2026-08-24-kuche.md"
    }


@pytest.mark.parametrize(("began", "goes"), [("2026-09-28", True), ("2026-09-29", False)])
def test_a_note_goes_after_eight_weeks(began: str, goes: bool) -> None:
    assert bool(moved(f"notes/{began}-server-down-i1234567.md")) is goes


def test_the_note_on_an_incident_that_is_still_open_stays() -> None:
    note = "notes/2026-01-01-server-down-i1234567.md"
    assert moved(note, kept=frozenset({PurePosixPath(note)})) == {}


@pytest.mark.parametrize(
    "path",
    [
        "reports/mine.md",
        "reports/2020-02-30.md",
        "reports/2020-01-06.md.unreadable-1",
        "notes/2020-01-06.txt",
        "deliverables/2020-01-06.md",
    ],
)
def test_what_a_person_put_there_stays(path: str) -> None:
    assert moved(path) == {}

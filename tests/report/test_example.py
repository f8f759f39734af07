"""The page about the report shows one as it is made now, whatever its figures."""

import re

import pytest

from custom_components.ha_mcp_sre.report.render import render
from scripts.report_page import PAGE, example, updated

from . import materials
from .reports import report

TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLE = example(TEXT)

# The first knows nothing of the project either; together they have every table.
ALIKE = [
    render(report(each()))
    for each in (materials.without_upstream, materials.first_hour, materials.bad_week)
]


def headings(markdown: str) -> list[str]:
    """Return the headings that every report has, without the date of the title."""
    found = re.findall(r"^##? .+$", markdown, re.MULTILINE)
    return [re.sub(r"\d{4}-\d\d-\d\d", "…", each) for each in found]


def columns(markdown: str) -> set[str]:
    """Return the first row of each table."""
    return set(re.findall(r"^(\|.+\|)\n\|(?:-+\|)+$", markdown, re.MULTILINE))


def labels(markdown: str, heading: str) -> list[str]:
    """Return what the lines of a section tell of."""
    _, _, below = markdown.partition(f"\n## {heading}\n")
    return re.findall(r"^- ([A-Z][^:\n]*): ", below.partition("\n## ")[0], re.MULTILINE)


def measures(markdown: str) -> list[str]:
    """Return what the rows of the first table of the performance measure."""
    _, _, below = markdown.partition("\n## Performance\n")
    table = below.partition("| Measure |")[2].partition("\n\n")[0]
    return re.findall(r"^\| ([A-Z][^|]+) \|", table, re.MULTILINE)


def test_it_has_the_headings_of_a_report_in_their_order() -> None:
    assert headings(EXAMPLE) == headings(ALIKE[0])


def test_its_tables_are_those_of_a_report() -> None:
    assert columns(EXAMPLE)
    assert columns(EXAMPLE) <= set().union(*map(columns, ALIKE))


@pytest.mark.parametrize("heading", ["Reliability Summary", "Legend"])
def test_it_explains_what_a_report_explains(heading: str) -> None:
    assert labels(EXAMPLE, heading) == labels(ALIKE[0], heading) != []


def test_it_measures_what_a_report_measures() -> None:
    assert measures(EXAMPLE) == measures(ALIKE[0]) != []


def test_it_has_an_incident_with_its_timeline() -> None:
    _, _, incidents = EXAMPLE.partition("\n## Incidents\n")
    assert re.match(r"\n### P0 \w+: ha-mcp is down\n", incidents)
    for what in ("opened", "paged", "resolved"):
        assert re.search(rf"^  - .+: {what}$", incidents, re.MULTILINE)


def test_the_page_names_every_key_of_the_data() -> None:
    _, _, section = TEXT.partition("\n## Data\n")
    rows = re.findall(r"^\| (`.+`) \|", section.partition("\n## ")[0], re.MULTILINE)
    named = re.findall(r"`(\w+)`", " ".join(rows))
    assert sorted(named) == sorted(report(materials.quiet_week()))


def test_another_report_takes_its_place() -> None:
    other = "# SRE Report - Week of 2026-11-30\n\n## Legend\n\n- A # is no heading\n"
    page = updated(TEXT, other)
    assert example(page) == other
    assert page.partition("<!--")[0] == TEXT.partition("<!--")[0]
    assert updated(page, EXAMPLE) == TEXT

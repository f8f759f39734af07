"""A report from its evidence to its files."""

from dataclasses import replace
from datetime import date, timedelta

from custom_components.ha_mcp_sre.report.edition import Known, draft, edition
from custom_components.ha_mcp_sre.report.material import Material

from .materials import bad_week, first_hour, quiet_week


def of_one(material: Material, number: int) -> Material:
    """Return the material of a report on one server only."""
    return replace(material, servers=(material.servers[number],), whole=False)


def test_the_last_week_that_is_over_is_remembered_as_reported() -> None:
    material = quiet_week()
    assert draft(material, Known()).known.reported == material.week.monday


def test_a_week_that_is_not_over_is_not_done_with() -> None:
    assert draft(first_hour(), Known()).known.reported is None


def test_a_week_long_ago_does_not_undo_a_later_one() -> None:
    material = quiet_week()
    later = material.week.monday + timedelta(days=7)
    assert draft(material, Known(reported=later)).known.reported == later


def test_a_report_on_one_server_says_nothing_of_the_others() -> None:
    material = bad_week()
    _, known = draft(material, Known()), draft(material, Known()).known
    alone = of_one(material, 1)
    items = draft(alone, known).backlog
    assert {item.server for item in items} <= {alone.servers[0].name}


def test_the_same_evidence_gives_the_same_files_to_the_byte() -> None:
    one, other = (edition(draft(bad_week(), Known())) for _ in range(2))
    assert one.documents == other.documents
    assert one.markdown == other.markdown


def test_reporting_a_week_again_changes_nothing() -> None:
    first = edition(draft(bad_week(), Known()))
    again = edition(draft(bad_week(), first.known))
    assert again.known == first.known
    assert again.documents == first.documents


def test_the_report_is_filed_under_the_monday_of_its_week() -> None:
    material = quiet_week()
    assert material.week.monday == date(2026, 11, 16)
    assert str(edition(draft(material, Known())).path) == "reports/2026-11-16.md"

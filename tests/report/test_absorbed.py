"""Incidents that turned out to be part of another one: of one trouble a report tells once."""

from custom_components.ha_mcp_sre.assess.finding import Finding, RuleKey, Severity
from custom_components.ha_mcp_sre.report.beliefs import beliefs
from custom_components.ha_mcp_sre.report.edition import Known, draft, edition
from custom_components.ha_mcp_sre.report.material import Material

from .homes import MINUTE, home
from .parts import Span, at, incidents
from .reports import file_of, report

BEGIN = at("2026-11-18T10:00")
END = BEGIN + 30 * MINUTE
FAILING = Finding(RuleKey.TOOLS_FAILING, Severity.P1, {})
TOOLS = ("ha_get_state", "ha_search", "ha_x", "ha_y")
PART = "- Turned out to be part of "


def broken(tool: str) -> Finding:
    return Finding(RuleKey.TOOL_BROKEN, Severity.P1, {}, tool)


def trouble(minutes_between: float = 1) -> Material:
    """Return a home of which four tools broke, each so long after another, before most failed."""
    tools = (
        Span(broken(tool), BEGIN + number * MINUTE * minutes_between, END)
        for number, tool in enumerate(TOOLS)
    )
    known = incidents(*tools, Span(FAILING, BEGIN + 2 * MINUTE, END), until=home().week.until)
    assert len([each for each in known if each.part_of is not None]) == 3
    return home(incidents=known)


def whole(material: Material) -> str:
    """Return the id of the only incident that is no part of another."""
    (found,) = [each.id for each in material.servers[0].incidents if each.part_of is None]
    return found


def test_it_is_counted_as_one() -> None:
    counts = report(trouble())["reliability_summary"]["incidents"]
    assert (counts["reported"], counts["paged"], counts["by_severity"]["p1"]) == (1, 1, 1)


def test_it_is_listed_as_one() -> None:
    material = trouble()
    assert [each["id"] for each in report(material)["incidents"]] == [whole(material)]


def test_one_note_is_written_of_it() -> None:
    material = trouble()
    found = edition(draft(material, Known())).documents
    (note,) = [str(each.path) for each in found if "notes" in str(each.path)]
    assert whole(material) in note


def test_it_is_no_pattern() -> None:
    assert (
        "One incident (P0 to P2) in the last 12 weeks: too few for a pattern."
        in (dict(beliefs(trouble(), ()))["patterns"])
    )


def test_the_log_names_the_whole_at_each_part() -> None:
    material = trouble()
    assert file_of(material, "incident-log").count(f"\n{PART}{whole(material)}\n") == 3


def test_a_part_that_ended_before_its_page_was_not_over() -> None:
    log = file_of(trouble(0.1), "incident-log")
    assert log.count(PART) == 3
    assert "Nobody was paged" not in log


def test_the_overview_counts_the_parts_apart() -> None:
    log = file_of(trouble(), "incident-log")
    assert (
        ": 0 open, 1 over within the last 12 weeks (P0 0, P1 1, P2 0, P3 0 at their worst); 3 more "
        "turned out to be part of another. "
    ) in log


def test_the_whole_names_every_tool() -> None:
    log = file_of(trouble(), "incident-log").replace("\\", "")
    *first, last = [f"A tool fails every time ({tool})" for tool in TOOLS]
    assert f"\n- Consequences that it explains: {', '.join(first)} and {last}\n" in log

"""Reports of whole weeks, as a person reads them."""

from dataclasses import replace
from datetime import date
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from custom_components.ha_mcp_sre.report.edition import Known, draft
from custom_components.ha_mcp_sre.report.markdown import escaped
from custom_components.ha_mcp_sre.report.material import CallTotals, Material
from custom_components.ha_mcp_sre.report.render import render
from custom_components.ha_mcp_sre.report.risk import Prediction
from custom_components.ha_mcp_sre.report.weekly import weekly

from . import materials
from .parts import totals, week
from .reports import changed, report, structure
from .servers import known_for, quiet_server
from .upstreams import upstream

SEED = [
    "# SRE Report - Week of ",
    "## Reliability Summary",
    "- CI/CD Pass Rate: ",
    "- Reported Incidents: ",
    "- MTTR (if applicable): ",
    "## Key Observations",
    "## Operational Risks",
    "## Proposed Backlog Items",
    "## Monitoring Gaps",
]
"""The report's format as it was asked for."""

FURTHER = [
    "## Objectives and Error Budgets",
    "## Incidents",
    "## CI/CD Health",
    "## Error Analysis",
    "## Performance",
    "## What Changed",
    "## Tool/Capability Needs",
    "## Legend",
]

WEEKS = {
    "a_quiet_week": materials.quiet_week,
    "a_bad_week": materials.bad_week,
    "the_first_hour": materials.first_hour,
    "three_days_off": materials.three_days_off,
    "without_the_project": materials.without_upstream,
    "with_the_project_unreachable": materials.upstream_unreachable,
    "a_week_of_169_hours": materials.autumn_week,
}


class MarkdownFile(SingleFileSnapshotExtension):
    """A snapshot that can be read as what it is."""

    file_extension = "md"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(MarkdownFile)


@pytest.fixture(params=list(WEEKS.values()), ids=list(WEEKS))
def material(request: pytest.FixtureRequest) -> Material:
    found: Material = request.param()
    return found


def test_a_week_reads_as_it_did(material: Material, golden: SnapshotAssertion) -> None:
    assert render(report(material)) == golden


def test_the_week_after_a_bad_one_tells_what_is_done(golden: SnapshotAssertion) -> None:
    over = week(date(2026, 11, 23))
    server = replace(quiet_server(over), name="Home")
    after = replace(materials.quiet_week(), week=over, servers=(server,), project=upstream(over))
    known = draft(materials.bad_week(), Known()).known
    assert render(report(after, known, "All is well.\n\nMostly.")) == golden


def test_the_parts_stand_in_the_order_that_was_asked_for(material: Material) -> None:
    lines = render(report(material)).splitlines()
    found = [part for line in lines for part in (*SEED, *FURTHER) if line.startswith(part)]
    assert found == [*SEED, *FURTHER]
    assert [line for line in lines if line.startswith("## ")] == [
        each for each in (*SEED, *FURTHER) if each.startswith("## ")
    ]


def test_its_title_is_the_monday_that_began_the_week(material: Material) -> None:
    title, *_ = render(report(material)).splitlines()
    assert title == f"# SRE Report - Week of {material.week.monday.isoformat()}"


def test_two_runs_are_byte_equal(material: Material) -> None:
    assert render(report(material)) == render(report(material))


def test_a_week_that_is_not_over_is_marked() -> None:
    lines = render(report(materials.first_hour())).splitlines()
    assert lines[2].startswith(
        "So far: the week is not over, this is as of Wed 2026-11-18 19:10:00"
    )
    assert "So far" not in render(report(materials.quiet_week()))


def test_a_report_on_one_of_several_servers_says_so() -> None:
    material = materials.bad_week()
    one = replace(material, servers=material.servers[1:], whole=False)
    assert "On these servers only: Workshop." in render(report(one)).splitlines()
    assert "On these servers only" not in render(report(material))


@pytest.mark.parametrize(
    ("confirmed", "measured", "told"),
    [
        (None, None, "open"),
        (None, 310.5, "open, measured 310.5 MB"),
        (True, 402.0, "confirmed, measured 402 MB"),
        (False, 250.0, "refuted, measured 250 MB"),
    ],
)
def test_a_prediction_tells_what_became_of_it(
    confirmed: bool | None, measured: float | None, told: str
) -> None:
    said = Prediction(
        key="memory",
        server="Home",
        statement="Its memory will be above 400 MB.",
        unit="MB",
        threshold=400.0,
        value=300.0,
        made="2026-11-16",
        due="2026-12-14",
        confirmed=confirmed,
        measured=measured,
    )
    text = render(weekly(materials.quiet_week(), (), (), (said,)))
    line = "- Home: Its memory will be above 400 MB. Said 2026-11-16, due 2026-12-14; "
    assert line + told in text.splitlines()


def test_what_an_ai_wrote_is_marked_and_apart() -> None:
    text = render(report(materials.quiet_week(), prose="# Well\n\nAll *is* well."))
    _, _, section = text.partition("## In Prose\n\n")
    written, _, _ = section.partition("## Legend")
    assert written.splitlines() == [
        "An AI wrote this section from the data of this report. Where they differ, the data is right.",
        "",
        r"\# Well",
        "",
        r"All \*is\* well.",
        "",
    ]


CONSTANTS = ("_days", "least_calls_for_p95")
"""The ends of the keys of what is always the same."""


def test_one_of_anything_is_one() -> None:
    def one(path: str, value: object) -> object:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return 1 if number and not path.endswith(CONSTANTS) else value

    plural = re.compile(
        r"(?<![\d.-])1 (?:runs|calls|days|starts|workflows|signals|answers|reports|outages)\b"
    )
    for text in (render(changed(report(each()), one)) for each in WEEKS.values()):
        assert plural.findall(text) == []


def test_one_call_in_one_minute_is_told_as_one() -> None:
    material = materials.first_hour()
    calls = CallTotals(week=totals({"ha_search": (0, 0.1, {"INTERNAL_ERROR": 1})}))
    server = replace(material.servers[0], tallies=known_for(1), calls=calls)
    text = render(report(replace(material, servers=(server,))))
    assert "Of 1 tool call of ha-mcp" in text
    assert "1 of 1 call by the server's" in text
    assert "in 1 known minute." in text


def test_an_item_that_nobody_could_judge_says_so() -> None:
    known = draft(materials.bad_week(), Known()).known
    blind = replace(materials.quiet_week(), week=week(date(2026, 11, 23)), project=None)
    text = render(report(blind, known))
    assert (
        "   - Not judged in this week: what would show it could not be seen. "
        "The above is as of the week of 2026-11-16\n" in text
    )
    assert "Not judged" not in render(report(materials.bad_week()))


HOSTILE = (
    "# x\n\n- [a](http://b.example) | `c` <b> {{ d }} <!-- ha-mcp-sre: begin e --> *f* _g_ 1. h\\"
)


@pytest.mark.parametrize("place", ["alone", "first", "last"])
def test_nothing_from_outside_begins_anything(place: str) -> None:
    data = report(materials.bad_week(), prose="Well.")

    def worded(word: str) -> Any:
        text = {"alone": word, "first": f"{word} x", "last": f"x {word}"}[place]

        def change(path: str, value: object) -> object:
            moment = isinstance(value, str) and value[:4] == "2026" and "T" in value
            if not isinstance(value, str) or moment or path == "title":
                return value
            return text

        return changed(data, change)

    assert structure(render(worded(HOSTILE))) == structure(render(worded("word")))
    assert escaped(HOSTILE) in render(worded(HOSTILE))

"""Each figure in the Markdown of a report is one of its data."""

from collections.abc import Callable, Iterator, Mapping
import re

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.report.figures import hours, minutes, percent, tenths
from custom_components.ha_mcp_sre.report.material import Material
from custom_components.ha_mcp_sre.report.phrases import written
from custom_components.ha_mcp_sre.report.render import render

from . import materials
from .reports import Data, changed, leaves, report

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)*")
_MOMENT = re.compile(r"(?<=\d)T(?=\d\d:)")

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "": ("title", "week"),
    "Reliability Summary": ("reliability_summary",),
    "Key Observations": ("key_observations",),
    "Operational Risks": ("operational_risks", "week"),
    "Proposed Backlog Items": ("proposed_backlog_items", "done_backlog_items", "week"),
    "Monitoring Gaps": ("monitoring_gaps", "week"),
    "Objectives and Error Budgets": ("objectives",),
    "Incidents": ("incidents", "rules_checked"),
    "CI/CD Health": ("ci_cd",),
    "Error Analysis": ("error_analysis", "issues"),
    "Performance": ("performance", "predictions"),
    "What Changed": ("what_changed",),
    "Tool/Capability Needs": ("capability_needs",),
}
"""The sections that tell figures, and the data that they tell. The legend tells how to read them."""

WEEKS = (
    materials.quiet_week,
    materials.bad_week,
    materials.first_hour,
    materials.three_days_off,
    materials.upstream_unreachable,
    materials.autumn_week,
)


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(text))


def _known(data: Data, keys: tuple[str, ...]) -> Iterator[str]:
    """Yield the figures of a part of the data; what a sentence says of itself is none."""
    for path, value in leaves({key: data[key] for key in keys}):
        if path.endswith(".statement"):
            continue
        if isinstance(value, str):
            yield from _numbers(_MOMENT.sub(" ", value))
        elif isinstance(value, int | float):
            yield written(value)


def _sections(markdown: str) -> dict[str, str]:
    """Return the texts of the sections by heading, without the numbers of list items."""
    first, *others = re.split(r"^## ", markdown, flags=re.MULTILINE)
    found = {"": first} | {
        heading: text for heading, _, text in (each.partition("\n") for each in others)
    }
    return {
        heading: re.sub(r"^\d+\. ", "", text, flags=re.MULTILINE).replace("\\", "")
        for heading, text in found.items()
        if heading in SECTIONS
    }


def strangers(markdown: str, data: Data) -> dict[str, set[str]]:
    """Return the figures that the data do not have, by section."""
    found = {
        heading: _numbers(text) - set(_known(data, SECTIONS[heading]))
        for heading, text in _sections(markdown).items()
    }
    return {heading: figures for heading, figures in found.items() if figures}


@pytest.mark.parametrize("week", WEEKS, ids=lambda week: week.__name__)
def test_each_figure_of_the_markdown_is_one_of_the_data(week: Callable[[], Material]) -> None:
    data = report(week())
    text = render(data)
    assert _sections(text).keys() == SECTIONS.keys()
    assert strangers(text, data) == {}


def test_a_figure_that_the_data_do_not_have_is_found_in_each_section() -> None:
    data = report(materials.bad_week())

    def other(path: str, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return value + 100_000

    texts = ("", "Operational Risks", "Proposed Backlog Items", "Tool/Capability Needs")
    telling = SECTIONS.keys() - {*texts, "Key Observations", "What Changed"}
    assert strangers(render(changed(data, other)), data).keys() >= telling
    evidence_gone = changed(data, lambda path, value: None if ".evidence" in path else value)
    assert "Key Observations" in strangers(render(data), evidence_gone)


@given(st.floats(0, 100))
def test_only_all_is_a_hundred_percent_and_only_nothing_is_none(value: float) -> None:
    assert (percent(value) == 100) == (value == 100)
    assert (percent(value) == 0) == (value == 0)


@given(st.floats(-1000, 1000))
def test_a_percentage_is_rounded_by_less_than_a_hundredth(value: float) -> None:
    assert abs((percent(value) or 0) - value) <= 0.01


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_a_number_is_written_without_zeros_that_say_nothing(value: float) -> None:
    text = written(round(value, 2))
    assert float(text) == pytest.approx(round(value, 2))
    assert not re.search(r"\.\d*0$|\.$", text)


@given(st.floats(1e-9, 1e-3))
def test_a_small_number_is_written_as_people_do(value: float) -> None:
    assert re.fullmatch(r"0\.0+[1-9]\d*", written(value))
    assert float(written(value)) == pytest.approx(value)


@given(st.floats(0.001, 1e7))
def test_what_lasted_a_moment_is_not_told_as_nothing(seconds: float) -> None:
    assert hours(seconds) == pytest.approx(seconds / 3600, rel=0.006)
    assert minutes(seconds) == pytest.approx(seconds / 60, rel=0.06)


def test_what_is_unknown_is_called_so() -> None:
    assert written(None) == "unknown"


@pytest.mark.parametrize("value", [-1e-12, -0.0, -0.004])
def test_nothing_has_no_sign(value: float) -> None:
    assert written(percent(value)) == written(tenths(value)) == "0"

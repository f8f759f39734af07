"""The runbooks, and the page of failure modes."""

import re

import pytest

from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.rules import RULES
from custom_components.ha_mcp_sre.binary_sensor import BINARY_SENSORS
from custom_components.ha_mcp_sre.sensor import SENSORS
from scripts.failure_modes import PAGE, page
from scripts.provision.step import ROOT
from tests.corpus.traces import verdicts
from tests.shipped import STRINGS

_RUNBOOKS = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")
_PARTS = ["Symptom", "Confirm", "Do", "How to know it worked"]
_INSTALLS = ("Inside Home Assistant", "App", "Elsewhere")


def slug(heading: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def sections() -> dict[str, str]:
    """Return the sections of the runbooks by their anchors."""
    _, *found = re.split(r"^## ", _RUNBOOKS, flags=re.MULTILINE)
    return {slug(text.partition("\n")[0]): text for text in found}


@pytest.mark.parametrize("key", RuleKey)
def test_a_rule_has_a_section_with_every_part(key: RuleKey) -> None:
    section = sections()[RULES[key].runbook]
    _, *parts = re.split(r"^### ", section, flags=re.MULTILINE)
    assert [part.partition("\n")[0] for part in parts] == _PARTS
    assert all(len(part.partition("\n")[2].split()) >= 3 for part in parts)


@pytest.mark.parametrize("key", RuleKey)
def test_a_section_says_what_to_do_in_every_install(key: RuleKey) -> None:
    to_do = sections()[RULES[key].runbook].partition("### Do\n")[2].partition("### ")[0].lower()
    assert [install for install in _INSTALLS if install.lower() not in to_do] == []


@pytest.mark.parametrize("key", RuleKey)
def test_a_section_says_how_bad_it_is(key: RuleKey) -> None:
    text = sections()[RULES[key].runbook].partition("\n")[2].strip()
    assert text.startswith(f"{RULES[key].severity.upper()}. ")


def test_there_are_no_sections_but_those_of_rules() -> None:
    assert sections().keys() == {rule.runbook for rule in RULES.values()}


def test_every_link_within_the_runbooks_leads_somewhere() -> None:
    links = set(re.findall(r"\]\(#([\w-]+)\)", _RUNBOOKS))
    assert links >= set(sections())
    assert links - sections().keys() == set()


def test_the_beginning_names_every_entity_that_has_to_be_enabled() -> None:
    beginning, *texts = re.split(r"^## ", _RUNBOOKS, flags=re.MULTILINE)
    hidden = {
        STRINGS["entity"][platform][each.key]["name"]
        for platform, descriptions in (("sensor", SENSORS), ("binary_sensor", BINARY_SENSORS))
        for each in descriptions
        if not each.entity_registry_enabled_default
    }
    said = {name for text in texts for name in re.findall(r"\*\*([^*]+)\*\*", text)}
    (line,) = [line for line in beginning.splitlines() if "enable" in line]
    assert set(re.findall(r"\*\*([^*]+)\*\*", line)) == said & hidden


def test_every_verdict_of_the_corpus_names_the_section_of_its_rule() -> None:
    for verdict in verdicts().values():
        assert verdict.runbook == RULES[verdict.rule].runbook
        assert verdict.severity is RULES[verdict.rule].severity


def test_the_page_of_failure_modes_is_as_the_corpus_has_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()

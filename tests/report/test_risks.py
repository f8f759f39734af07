"""All risks of a home together: ranked, each once, with keys that stay."""

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.ha_mcp_sre.report.material import Material
from custom_components.ha_mcp_sre.report.risks import HOME, PROJECT, examine

from .materials import (
    autumn_week,
    bad_week,
    first_hour,
    quiet_week,
    three_days_off,
    upstream_unreachable,
    without_upstream,
)

WEEKS = {
    week.__name__: week
    for week in (
        *(autumn_week, bad_week, first_hour, quiet_week, three_days_off),
        *(upstream_unreachable, without_upstream),
    )
}


def test_the_risks_of_a_bad_week(snapshot: SnapshotAssertion) -> None:
    assert [
        {
            "key": risk.key,
            "severity": risk.severity.value,
            "title": risk.title,
            "current_state": risk.current_state,
            "risk": risk.risk,
            "mitigation": risk.mitigation,
            "evidence": dict(risk.evidence),
        }
        for risk in examine(bad_week()).risks
    ] == snapshot


@pytest.mark.parametrize(
    "material", [quiet_week(), first_hour(), autumn_week(), without_upstream()]
)
def test_where_nothing_happened_there_is_no_risk(material: Material) -> None:
    assert examine(material).risks == ()


@pytest.mark.parametrize("name", WEEKS)
def test_risks_are_ranked_and_each_is_there_once(name: str) -> None:
    found = examine(WEEKS[name]()).risks

    assert [risk.severity for risk in found] == sorted(risk.severity for risk in found)
    assert len({risk.key for risk in found}) == len(found)


@pytest.mark.parametrize("name", WEEKS)
def test_every_risk_is_of_something_that_was_judged(name: str) -> None:
    material = WEEKS[name]()
    examined = examine(material)
    scopes = {HOME, PROJECT} | {server.id for server in material.servers}

    for risk in examined.risks:
        rule, scope = risk.key.split(":")[:2]
        assert scope in scopes
        assert {f"{rule}:{scope}", risk.key} & examined.judged


@pytest.mark.parametrize("name", WEEKS)
def test_evidence_is_plain(name: str) -> None:
    for risk in examine(WEEKS[name]()).risks:
        assert {type(value) for value in risk.evidence.values()} <= {str, int, float}


def test_the_order_of_servers_changes_no_key() -> None:
    material = bad_week()
    turned = replace(material, servers=material.servers[::-1])

    assert [risk.key for risk in examine(turned).risks] == [
        risk.key for risk in examine(material).risks
    ]


def test_another_name_of_a_server_changes_no_key() -> None:
    material = bad_week()
    renamed = tuple(replace(each, name=f"My {each.name}") for each in material.servers)

    keys = [risk.key for risk in examine(replace(material, servers=renamed)).risks]

    assert keys == [risk.key for risk in examine(material).risks]


def test_a_week_judged_twice_is_the_same() -> None:
    assert examine(bad_week()) == examine(bad_week())

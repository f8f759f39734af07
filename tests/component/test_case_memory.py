"""What is remembered of incidents, on its way through JSON."""

from dataclasses import replace
import json
from typing import Any

import pytest

from custom_components.ha_mcp_sre.assess.diary import Day, Diary
from custom_components.ha_mcp_sre.assess.finding import RuleKey
from custom_components.ha_mcp_sre.assess.history import History
from custom_components.ha_mcp_sre.assess.incident import ChangeKind, Moment, Spell
from custom_components.ha_mcp_sre.case_memory import CaseMemory, decode_case, encode_case
from tests.component.telling import incident

WHOLE = CaseMemory(
    incidents=(
        incident(
            evidence={"kind": "refused", "looks": 2, "rate": 14.5},
            absorbed=frozenset({"slow", "tool_broken:ha_search"}),
            timeline=(Moment(5.0, ChangeKind.OPENED, RuleKey.SERVER_DOWN, {"kind": "refused"}),),
            last_good_at=1.0,
            paged_at=2.0,
            resolved_at=3.0,
            acknowledged_at=2.5,
            hint="version",
            in_maintenance=True,
            part_of="two",
            bad_times=(Spell("server_down", 1.5, 2.0), Spell("server_down", 2.5)),
        ),
        incident(
            id="two",
            rule=RuleKey.TOOL_BROKEN,
            subject="ha_search",
            told=None,
            clean_since=9.0,
        ),
    ),
    history=History(
        restarts=(1.0, 2.0),
        restarts_counted=2,
        startups=(("life", 3.5, 10.0, "bringup"), ("other", 4.0, 20.0, None)),
        memory=((1.0, 1_000_000), (1801.0, 1_000_001)),
        memory_life="life",
        version="8.7.0",
        home_assistant_version="2026.11.0",
        token_accepted=True,
        changes=((3.0, "version", "8.7.0"), (4.0, "restart", None)),
    ),
    maintenance_until=99.0,
    watched_until=98.0,
    diary=Diary(
        days=(
            Day(739_000),
            Day(
                739_001,
                restarts=1,
                reconnects=0,
                response=(1,) * 15,
                startups=(3.8,),
                memory_low=1,
                memory_high=3,
                memory_last=2,
                usage_log=0,
                version="8.7.0",
            ),
        ),
        changes=((3.0, "version", "8.7.0"), (4.0, "restart", None)),
        restarts_counted=4,
    ),
    excused=((90.0, 91.5), (97.0, 98.0)),
)


def stored(memory: CaseMemory) -> Any:
    return json.loads(json.dumps(encode_case(memory)))


def test_everything_comes_back_as_it_was() -> None:
    assert decode_case(stored(WHOLE)) == (WHOLE, {})


def test_an_incident_of_which_only_the_beginnings_of_its_spells_are_stored_lasted_all_the_time() -> (
    None
):
    data = stored(WHOLE)
    old = data["incidents"][0]
    del old["bad_times"], old["grace_from"], old["part_of"]
    old |= {"started_at": 1.5, "spells": [1.8, 2.5], "resolved_at": 3.0}

    memory, unreadable = decode_case(data)

    assert not unreadable
    incident = memory.incidents[0]
    assert [(each.key, each.began, each.ended) for each in incident.bad_times] == [
        ("server_down", 1.5, 2.5),
        ("server_down", 2.5, None),
    ]
    assert incident.grace_from == 2.5
    assert incident.time_bad(9.0) == incident.duration(9.0)


def test_a_section_of_a_later_version_is_set_aside_and_the_others_stay() -> None:
    assert decode_case({**stored(WHOLE), "later": 1}) == (WHOLE, {"later": 1})


def test_nothing_is_what_there_is_at_first() -> None:
    assert decode_case({}) == (CaseMemory(), {})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("severity", "p9"), ("rule", "no such rule"), ("started_at", -1)],
        *[
            ("bad_times", []),
            ("timeline", [{}]),
            ("evidence", {"list": []}),
            ("resolved_at", "today"),
        ],
    ],
)
def test_an_incident_of_a_wrong_shape_is_set_aside_and_the_others_stay(
    key: str, value: object
) -> None:
    data = stored(WHOLE)
    data["incidents"][0][key] = value

    memory, unreadable = decode_case(data)

    assert memory == replace(WHOLE, incidents=WHOLE.incidents[1:])
    assert unreadable == {"incidents": [data["incidents"][0]]}


@pytest.mark.parametrize(
    ("section", "value"),
    [
        *[("incidents", "text"), ("history", []), ("history", {"memory": [[1]]})],
        *[("maintenance_until", "x"), ("watched_until", []), ("diary", {"days": []})],
        ("excused", [[1.0]]),
        ("diary", {**encode_case(WHOLE)["diary"], "days": [{"day": 739_000}]}),
    ],
)
def test_a_section_of_a_wrong_shape_is_set_aside_and_the_others_stay(
    section: str, value: object
) -> None:
    memory, unreadable = decode_case(stored(WHOLE) | {section: value})

    assert unreadable == {section: value}
    assert memory == replace(WHOLE, **{section: getattr(CaseMemory(), section)})

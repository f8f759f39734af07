"""What the weeks have taught, as the blocks of beliefs.md."""

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.ha_mcp_sre.assess.history import Hint
from custom_components.ha_mcp_sre.report.beliefs import beliefs
from custom_components.ha_mcp_sre.report.material import CallTotals, Material
from custom_components.ha_mcp_sre.report.risk import Prediction

from .homes import DOWN, home, outages
from .materials import bad_week, first_hour, quiet_week
from .parts import Span, at, incidents, totals

OPEN = Prediction(
    key="memory:a",
    server="ha-mcp",
    statement="The memory of ha-mcp will reach 800.0 MB.",
    unit="B",
    threshold=800_000_000,
    value=400_000_000,
    made="2026-11-23",
    due="2026-12-21",
    measured=410_000_000,
)


def block(name: str, material: Material, *predictions: Prediction) -> str:
    return dict(beliefs(material, predictions))[name]


def test_the_beliefs_after_a_bad_week(snapshot: SnapshotAssertion) -> None:
    assert beliefs(bad_week(), [OPEN]) == snapshot


@pytest.mark.parametrize("material", [quiet_week(), bad_week(), first_hour()])
def test_two_runs_are_equal(material: Material) -> None:
    assert beliefs(material, [OPEN]) == beliefs(material, [OPEN])


def test_incidents_that_coincide_are_a_pattern() -> None:
    nights = outages(*((f"2026-11-{day}T03:12", 20) for day in ("03", "10", "17")))

    text = block("patterns", home(incidents=nights))

    assert "3 of 3 incidents of the last 12 weeks began between 03:00 and 03:59." in text
    assert "3 of 3 incidents of the last 12 weeks began on a Tuesday." in text


def test_incidents_that_do_not_coincide_are_none() -> None:
    three = outages(*((f"2026-11-{day}:10", 20) for day in ("10T03", "13T09", "18T14")))

    assert (
        "No hour of the day, weekday or change stands out among 3 incidents (P0 to P2) of the last "
        "12 weeks."
    ) in block("patterns", home(incidents=three))


def test_one_incident_is_no_pattern() -> None:
    one = outages(("2026-11-10T03:10", 20))

    assert ("One incident (P0 to P2) in the last 12 weeks: too few for a pattern.") in block(
        "patterns", home(incidents=one)
    )


def test_what_preceded_incidents_is_a_pattern() -> None:
    after_update = Span(DOWN, at("2026-11-17T10:00"), at("2026-11-17T10:20"), Hint.VERSION.value)
    found = incidents(after_update, until=quiet_week().week.until)

    assert (
        "The only incident of the last 12 weeks began within 15 minutes after an update of ha-mcp."
    ) in block("patterns", home(incidents=found))


def test_the_tools_that_fail_most_come_first() -> None:
    calls = totals(
        {
            "ha_search": (90, 0.1, {"INTERNAL_ERROR": 2}),
            "ha_get_state": (90, 0.1, {"CONNECTION_FAILED": 10}),
        }
    )

    text = block("patterns", home(calls=CallTotals(week=calls)))

    assert "ha_get_state failed in 10 of 100 calls" in text
    assert text.index("ha_get_state") < text.index("ha_search")


def test_what_is_not_known_of_performance_is_said() -> None:
    text = block("performance", first_hour())

    assert "Memory of ha-mcp alone: unknown." in text
    assert "Duration of tool calls: unknown, of only 12 calls." in text
    assert "Start-up time: unknown, no start was timed." in text


def test_an_incident_says_what_how_long_and_how_it_ended() -> None:
    known = outages(("2026-11-17T10:00", 45))
    quiet = home().servers[0]
    changes = ((at("2026-11-17T10:44"), Hint.RELOAD.value, None),)

    text = block("incidents", home(incidents=known, diary=replace(quiet.diary, changes=changes)))

    assert (
        "- 2026-11-17 10:00, P0: ha-mcp is down; lasted 45 min; noticed at most 30 s after it "
        "began; ended just after a reload of ha-mcp."
    ) in text


@pytest.mark.parametrize(("noted", "by_hand"), [("10:45:01", True), ("10:48:00", False)])
def test_a_restart_that_is_noted_just_after_the_outage_ended_it(noted: str, by_hand: bool) -> None:
    known = outages(("2026-11-17T10:00", 45))
    changes = ((at(f"2026-11-17T{noted}"), Hint.RESTART.value, None),)
    diary = replace(home().servers[0].diary, changes=changes)

    text = block("incidents", home(incidents=known, diary=diary, watchdog=None))

    assert ("ended just after a restart of ha-mcp" in text) is by_hand
    assert ("ended by itself" in text) is not by_hand


def test_without_an_incident_the_time_of_watching_is_told() -> None:
    assert "No P0 or P1 in 40 min of watching." in block("incidents", first_hour())
    assert "No P0 or P1 in 67 d of watching." in block("incidents", quiet_week())


@pytest.mark.parametrize(
    ("confirmed", "heading"), [(None, "### Open"), (True, "### Confirmed"), (False, "### Refuted")]
)
def test_a_prediction_stands_with_its_numbers_where_it_belongs(
    confirmed: bool | None, heading: str
) -> None:
    judged = None if confirmed is None else "2026-12-21"

    text = block("predictions", quiet_week(), replace(OPEN, confirmed=confirmed, judged=judged))

    when = "now" if judged is None else "on 2026-12-21"
    assert f"Measured {when}: 410.0 MB, against 800.0 MB." in text
    assert text.rindex("### ", 0, text.index("Made on")) == text.index(heading)


def test_a_name_from_outside_begins_nothing() -> None:
    quiet = home().servers[0]
    rude = replace(quiet, name="# <b>[x](http://y)</b>\n## z")
    calls = totals({"<!-- ha-mcp-sre: end patterns -->": (1, 0.1, {"INTERNAL_ERROR": 9})})
    material = replace(home(), servers=(replace(rude, calls=CallTotals(week=calls)),))

    text = block("patterns", material)

    assert "<" not in text.replace("\\<", "")
    assert "](" not in text.replace("\\](", "")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Patterns observed"
    ]


def test_an_outage_that_is_not_over_has_gone_on_for_a_time() -> None:
    now = quiet_week().week.until
    going_on = incidents(Span(DOWN, now - 7200), until=now)

    assert "; has gone on for 2 h; " in block("incidents", home(incidents=going_on))

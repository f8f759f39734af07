"""Every call of the assistant is seen once, and none of ours."""

from datetime import timedelta
import time

import pytest

from custom_components.ha_mcp_sre.assess.observation import EndpointMethod, Position, Stage
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.probe import MARKED_TEMPLATE, probe
from custom_components.ha_mcp_sre.observe.tool_calls import TOOL
from tests.fake_ha_mcp import FakeHaMcp
from tests.observe.conftest import PATIENCE
from tests.observe.reader import Reader, moment

FULL = 12 * 16
"""The most records that a report has."""

HOUR = 3600.0


async def test_a_call_is_returned_once_over_several_readings(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_search")
    assert await reader.tools() == ["ha_search"]
    ha_mcp.call("ha_get_state", code="ENTITY_NOT_FOUND")
    assert await reader.tools() == ["ha_get_state"]
    assert await reader.tools() == []


async def test_calls_come_in_the_order_they_were_made(reader: Reader, ha_mcp: FakeHaMcp) -> None:
    for tool in ("ha_first", "ha_second", "ha_third"):
        ha_mcp.call(tool)
    assert await reader.tools() == ["ha_first", "ha_second", "ha_third"]


async def test_our_own_calls_are_left_out(reader: Reader, ha_mcp: FakeHaMcp) -> None:
    for _ in range(3):
        await probe(
            reader.client,
            Policy(),
            time.time,
            method=EndpointMethod.SETTINGS_INFO,
            stages=frozenset({Stage.WEBSOCKET, Stage.REST}),
            entity_id="sensor.ha_mcp_health",
        )
        assert await reader.tools() == []
    assert len(ha_mcp.records) == 9


@pytest.mark.parametrize("skew", [-HOUR, HOUR])
async def test_our_own_calls_are_known_on_a_server_whose_clock_is_off(
    reader: Reader, ha_mcp: FakeHaMcp, skew: float
) -> None:
    ha_mcp.clock_ahead = reader.client.skew = reader.skew = skew
    await reader.client.call_tool("ha_eval_template", {"template": MARKED_TEMPLATE}, PATIENCE)
    assert await reader.tools() == []


@pytest.mark.parametrize(
    ("parameters", "age"),
    [({"template": "{{ states('light.a') }}"}, 0), ({"template": MARKED_TEMPLATE}, 1800)],
    ids=["other arguments", "another time"],
)
async def test_what_only_looks_like_a_call_of_ours_counts(
    reader: Reader, ha_mcp: FakeHaMcp, parameters: dict[str, str], age: float
) -> None:
    ended = moment(time.time() - age)
    ha_mcp.call("ha_eval_template", ended=ended, parameters=parameters)
    await reader.client.call_tool("ha_eval_template", {"template": MARKED_TEMPLATE}, PATIENCE)
    assert await reader.tools() == ["ha_eval_template"]


async def test_a_call_after_the_answer_to_ours_is_not_ours(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    reader.clock.ahead = -300
    await reader.client.call_tool("ha_eval_template", {"template": MARKED_TEMPLATE}, PATIENCE)
    ha_mcp.records.clear()
    reader.clock.ahead = 0
    ha_mcp.call("ha_eval_template", parameters={"template": MARKED_TEMPLATE})
    assert await reader.tools() == ["ha_eval_template"]


async def test_a_call_of_ours_accounts_for_one_record_only(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    await reader.client.call_tool("ha_eval_template", {"template": MARKED_TEMPLATE}, PATIENCE)
    ha_mcp.call("ha_eval_template", parameters={"template": MARKED_TEMPLATE})
    assert await reader.tools() == ["ha_eval_template"]


async def test_calls_that_ended_long_after_we_stopped_waiting_are_ours(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    arguments = {"entity_id": "sensor.ha_mcp_health"}
    now = time.time()
    for age in (300, 240, 180, 120, 60):
        reader.journal.sent("ha_get_state", arguments, now - age)
        ha_mcp.call(
            "ha_get_state",
            parameters=arguments,
            ended=moment(now - age + 30),
            duration_ms=30_000,
            code="CONNECTION_TIMEOUT",
        )
    assert await reader.tools() == []


async def test_the_first_reading_leaves_the_past_alone(reader: Reader, ha_mcp: FakeHaMcp) -> None:
    ha_mcp.call("ha_before", ended=moment(reader.position.since - 60))
    ha_mcp.call("ha_since")
    reading = await reader.read()
    assert [call.tool for call in reading.calls] == ["ha_since"]
    assert not reading.lost


@pytest.mark.parametrize(
    ("oldest_age", "lost"), [(HOUR / 2, True), (2 * HOUR, False)], ids=["falls short", "reaches"]
)
async def test_a_first_list_that_is_full_must_reach_back_to_the_start(
    reader: Reader, ha_mcp: FakeHaMcp, oldest_age: float, lost: bool
) -> None:
    ha_mcp.call("ha_search", ended=moment(time.time() - oldest_age))
    for _ in range(FULL - 1):
        ha_mcp.call("ha_search")
    assert (await reader.read()).lost is lost


async def test_a_first_list_filled_by_calls_of_ours_falls_short_too(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    for _ in range(FULL - 1):
        ha_mcp.call("ha_search")
    await reader.client.call_tool("ha_eval_template", {"template": MARKED_TEMPLATE}, PATIENCE)
    reading = await reader.read()
    assert (len(reading.calls), reading.lost) == (FULL - 1, True)


async def test_more_calls_than_a_report_holds_are_noticed(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_search")
    assert not (await reader.read()).lost
    for _ in range(FULL):
        ha_mcp.call("ha_search")
    reading = await reader.read()
    assert (len(reading.calls), reading.lost) == (FULL, True)
    assert not (await reader.read()).lost


async def test_after_a_restart_of_ha_mcp_calls_may_be_missing_but_none_is_doubled(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_before")
    assert await reader.tools() == ["ha_before"]
    ha_mcp.records.clear()
    ha_mcp.call("ha_after")
    reading = await reader.read()
    assert ([call.tool for call in reading.calls], reading.lost) == (["ha_after"], True)
    reading = await reader.read()
    assert (reading.calls, reading.lost) == ((), False)


async def test_an_emptied_log_does_not_make_old_calls_new(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_before")
    await reader.read()
    kept = ha_mcp.records.copy()
    ha_mcp.records.clear()
    reading = await reader.read()
    assert (reading.calls, reading.lost) == ((), True)
    ha_mcp.records[:] = kept
    assert await reader.tools() == []


async def test_a_broken_newest_record_does_not_make_old_calls_new(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.call("ha_search")
    ha_mcp.records.append({})
    assert await reader.tools() == ["ha_search"]
    assert await reader.tools() == []


async def test_a_broken_record_does_not_hide_the_calls_between_it_and_another(
    reader: Reader, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.records.append({})
    ha_mcp.call("ha_first")
    ha_mcp.records.append({})
    await reader.read()
    ha_mcp.call("ha_second")
    ha_mcp.records.append({})
    assert await reader.tools() == ["ha_second"]


@pytest.mark.parametrize("skew", [HOUR, 0.0], ids=["ours alone", "that of the machine"])
async def test_a_clock_set_back_loses_and_doubles_no_call_of_the_assistant(
    reader: Reader, ha_mcp: FakeHaMcp, skew: float
) -> None:
    reader.position = Position(since=time.time() - 60)
    ha_mcp.call("ha_before")
    assert await reader.tools() == ["ha_before"]
    reader.clock.ahead, reader.skew = -HOUR, skew
    ha_mcp.call("ha_after", ended=moment(reader.clock() + skew))
    reading = await reader.read()
    calls = [call for call in reading.calls if call.tool != TOOL]
    assert [call.tool for call in calls] == ["ha_after"]
    assert calls[0].started == pytest.approx(reader.clock(), abs=1)
    assert not reading.lost
    assert "ha_after" not in await reader.tools()


@pytest.mark.parametrize("skew", [-HOUR, -10.0, 0.0, 10.0, HOUR])
async def test_times_are_put_on_our_clock(reader: Reader, ha_mcp: FakeHaMcp, skew: float) -> None:
    reader.skew = skew
    ended = time.time() - 100
    ha_mcp.call("ha_search", ended=moment(ended) + timedelta(seconds=skew), duration_ms=2000)
    (call,) = (await reader.read()).calls
    assert call.duration == 2
    assert call.started == pytest.approx(ended - 2)


async def test_no_call_ends_in_the_future(reader: Reader, ha_mcp: FakeHaMcp) -> None:
    reader.skew = None
    ha_mcp.call("ha_search", ended=moment(time.time() + HOUR), duration_ms=2000)
    before = reader.clock()
    reading = await reader.read()
    assert before - 1 < reading.calls[0].ended <= reader.clock()
    assert reading.skew is None

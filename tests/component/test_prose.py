"""What an `ai_task` entity writes about a report, and what becomes of it."""

from collections.abc import AsyncIterator, Callable
import json
import logging

from homeassistant.components.ai_task import (
    AITaskEntityFeature,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.prose import _plain, async_write_prose
from tests.component.conftest import own_log
from tests.component.writing import WRITER, Writer, writing

DATA = {"week": "2026-11-16", "incidents": [{"rule": "down", "minutes": 12.5}]}


@pytest.fixture
async def writer(hass: HomeAssistant) -> AsyncIterator[Writer]:
    """Return an entity that writes."""
    async with writing(hass) as writer:
        yield writer


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in own_log(caplog) if each.levelno >= logging.WARNING]


async def test_the_entity_writes_from_the_data(hass: HomeAssistant, writer: Writer) -> None:
    assert await async_write_prose(hass, WRITER, DATA) == "A quiet week."
    assert writer.data == DATA


async def test_the_model_can_write_and_do_nothing_else(hass: HomeAssistant, writer: Writer) -> None:
    await async_write_prose(hass, WRITER, DATA)
    (task,) = writer.tasks
    assert (task.llm_api, task.attachments) == (None, None)


def fails(writer: Writer) -> None:
    writer.failure = HomeAssistantError("the token sk-secret is no good")


def breaks(writer: Writer) -> None:
    writer.failure = RuntimeError("the token sk-secret is no good")


def cannot(writer: Writer) -> None:
    writer._attr_supported_features = AITaskEntityFeature.GENERATE_IMAGE


def hangs(writer: Writer) -> None:
    writer.hangs = True


def says(answer: object) -> Callable[[Writer], None]:
    def change(writer: Writer) -> None:
        writer.answer = answer

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (fails, "HomeAssistantError"),
        (breaks, "RuntimeError"),
        (hangs, "TimeoutError"),
        (says(""), "no text"),
        (says(" \n\t\u200b\n"), "no text"),
        (says(None), "no text"),
        (says({"prose": "A quiet week."}), "no text"),
    ],
)
async def test_a_failure_is_one_warning_without_its_text(
    hass: HomeAssistant,
    writer: Writer,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[Writer], None],
    reason: str,
) -> None:
    change(writer)
    assert await async_write_prose(hass, WRITER, DATA, timeout=0.5) is None
    assert complaints(caplog) == [f"{WRITER} wrote nothing about the report ({reason})"]
    assert "sk-secret" not in caplog.text


async def test_an_entity_that_does_not_write_is_not_asked(
    hass: HomeAssistant, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    cannot(writer)
    assert await async_write_prose(hass, WRITER, DATA) is None
    assert (len(complaints(caplog)), writer.tasks) == (1, [])


async def test_an_entity_that_is_gone_writes_nothing(
    hass: HomeAssistant, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_write_prose(hass, "ai_task.gone", DATA) is None
    assert (len(complaints(caplog)), writer.tasks) == (1, [])


async def test_nothing_is_written_without_ai_task(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_write_prose(hass, WRITER, DATA) is None
    assert complaints(caplog) == [
        f"{WRITER} wrote nothing about the report (ai_task is not set up)"
    ]


async def test_data_that_is_too_long_is_shortened(hass: HomeAssistant, writer: Writer) -> None:
    long = {"week": "2026-11-16", "incidents": [{"title": "x" * 300}] * 2_000}
    assert len(json.dumps(long)) > 600_000
    assert await async_write_prose(hass, WRITER, long) == "A quiet week."
    assert len(json.dumps(writer.data)) < 62_000
    assert writer.data["week"] == "2026-11-16"
    assert writer.data["incidents"][0] == {"title": "x" * 300}
    assert len(writer.data["incidents"]) == 100


async def test_data_that_cannot_be_shortened_enough_is_not_handed_over(
    hass: HomeAssistant, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_write_prose(hass, WRITER, {str(n): n for n in range(20_000)}) is None
    assert (len(complaints(caplog)), writer.tasks) == (1, [])


@pytest.mark.parametrize(
    ("answer", "prose"),
    [
        ("One.\n\n\n\nTwo.\n", "One.\n\nTwo."),
        ("One,\r\ntwo\tthree.\r\n\r\nThree.", "One, two three.\n\nThree."),
        ("One.\u2029\u2028Two.", "One.\n\nTwo."),
        ("  One.\t \n \x00 \nTwo.", "One.\n\nTwo."),
        ("One\x1b[31m \u202etwo\u200b.", "One[31m two."),
        ("Küche 20\N{NO-BREAK SPACE}ms, 1 < 2 & # no heading", "Küche 20 ms, 1 < 2 & # no heading"),
    ],
)
async def test_an_answer_becomes_plain_paragraphs(
    hass: HomeAssistant, writer: Writer, answer: str, prose: str
) -> None:
    writer.answer = answer
    assert await async_write_prose(hass, WRITER, DATA) == prose


async def test_a_long_answer_is_cut(hass: HomeAssistant, writer: Writer) -> None:
    writer.answer = "word " * 10_000
    prose = await async_write_prose(hass, WRITER, DATA)
    assert prose is not None
    assert prose.endswith("word…")
    assert 3_990 < len(prose) <= 4_000


@given(st.text(st.characters(), max_size=200) | st.text("a\n\r\t \x00\u2028\u202e", max_size=50))
def test_prose_holds_nothing_but_visible_characters_and_empty_lines(answer: str) -> None:
    prose = _plain(answer)
    for paragraph in prose.split("\n\n") if prose else []:
        assert paragraph
        assert paragraph.isprintable()
        assert paragraph == " ".join(paragraph.split())

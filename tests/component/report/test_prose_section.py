"""The section that an AI may add."""

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.component.writing import WRITER, writing

from .conftest import (
    write,
)


async def test_an_ai_that_was_chosen_adds_a_section_that_says_so(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(home, options={"report_ai_task": WRITER})
    async with writing(hass) as writer:
        writer.answer = "A quiet *week*."
        response = await write(hass)
    assert "\n## In Prose\n\nAn AI wrote this section" in response["markdown"]
    assert "A quiet \\*week\\*." in response["markdown"]


async def test_without_the_ai_the_report_is_complete(
    hass: HomeAssistant, home: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(home, options={"report_ai_task": "ai_task.gone"})
    response = await write(hass)
    assert "## In Prose" not in response["markdown"]
    assert response["markdown"].rstrip().splitlines()[-1].startswith("- Risks and backlog")

"""An entity that writes prose, of an integration that Home Assistant sets up as any."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from typing import Any, override

from homeassistant.components.ai_task import (
    AITaskEntity,
    AITaskEntityFeature,
    GenDataTask,
    GenDataTaskResult,
)
from homeassistant.components.conversation import ChatLog
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

WRITER = "ai_task.writer"


class Writer(AITaskEntity):
    """A model that answers as the test wants; it keeps what it was asked."""

    _attr_name = "Writer"
    _attr_supported_features = AITaskEntityFeature.GENERATE_DATA

    def __init__(self) -> None:
        self.tasks: list[GenDataTask] = []
        self.answer: Any = "A quiet week."
        self.failure: Exception | None = None
        self.hangs = False

    @override
    async def _async_generate_data(self, task: GenDataTask, chat_log: ChatLog) -> GenDataTaskResult:
        self.tasks.append(task)
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure
        return GenDataTaskResult(chat_log.conversation_id, self.answer)

    @property
    def data(self) -> Any:
        """The data in the one task that came."""
        (task,) = self.tasks
        return json.loads(task.instructions[task.instructions.index("\n\n{") :])


@asynccontextmanager
async def writing(hass: HomeAssistant) -> AsyncIterator[Writer]:
    """Have such an entity."""
    writer = Writer()

    async def setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, ["ai_task"])
        return True

    async def setup_platform(
        hass: HomeAssistant, entry: ConfigEntry, add: AddConfigEntryEntitiesCallback
    ) -> None:
        add([writer])

    mock_integration(hass, MockModule("models", async_setup_entry=setup_entry))
    mock_platform(hass, "models.config_flow", None)
    mock_platform(hass, "models.ai_task", MockPlatform(async_setup_entry=setup_platform))
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "ai_task", {})
    entry = MockConfigEntry(domain="models")
    entry.add_to_hass(hass)
    with mock_config_flow("models", ConfigFlow):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        yield writer

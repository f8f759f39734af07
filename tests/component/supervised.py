"""A Home Assistant under a Supervisor, met over a real socket, and someone who follows a log."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.observe.log_stream import Following, follow_log
from tests.fake_supervisor import SLUG, FakeApp, FakeSupervisor, Mood

PATIENCE = 20.0
"""Seconds that no answer here takes."""

POLICY = replace(Policy(), app_log_retries=(0.01, 0.02), supervisor_timeout=PATIENCE)

type Item = str | Following | FailureKind


@asynccontextmanager
async def supervised(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, mood: Mood = Mood.FINE
) -> AsyncIterator[FakeSupervisor]:
    """Set up Home Assistant's own integration `hassio`; ha-mcp is installed as an app."""
    fake = FakeSupervisor(mood=mood)
    fake.install(FakeApp())
    await fake.start()
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)
    assert await async_setup_component(hass, "hassio", {})
    await hass.async_block_till_done(wait_background_tasks=True)
    yield fake
    await fake.stop()


@dataclass(slots=True)
class Heard:
    """What came of a log so far."""

    items: list[Item] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def lines(self) -> list[str]:
        return [each for each in self.items if type(each) is str]

    async def listen(self, log: AsyncIterator[Item]) -> None:
        async for item in log:
            async with self._changed:
                self.items.append(item)
                self._changed.notify_all()

    async def until(self, happened: Callable[[list[Item]], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: happened(self.items))

    async def until_it(self, item: Item, times: int = 1) -> None:
        await self.until(lambda items: items.count(item) >= times)


@asynccontextmanager
async def following(hass: HomeAssistant, policy: Policy = POLICY) -> AsyncIterator[Heard]:
    """Follow the log of the app."""
    heard = Heard()
    task = asyncio.create_task(heard.listen(follow_log(hass, SLUG, policy)))
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - there is no event for it.
            await asyncio.sleep(0.01)

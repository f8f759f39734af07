"""A log that cannot be followed says why, and is tried again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.observe.log_stream import Following
from tests.component.supervised import PATIENCE, POLICY, following, supervised
from tests.fake_supervisor import SECRET_PATH, SLUG, TOKEN, FakeSupervisor, Journal, Mood


@pytest.fixture
async def fake(
    hass: HomeAssistant, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakeSupervisor]:
    """Return the Supervisor of a Home Assistant, with ha-mcp installed."""
    async with supervised(hass, monkeypatch) as fake:
        yield fake


@pytest.fixture
def journal(fake: FakeSupervisor) -> Journal:
    """Return the log of the app."""
    return fake.apps[SLUG].journal


def patience(mood: Mood) -> float:
    """Return how long to wait for a Supervisor in this mood."""
    return 0.3 if mood is Mood.SLOW else PATIENCE


class TestFailures:
    @pytest.mark.parametrize(
        ("mood", "kind"),
        [
            (Mood.ERROR, FailureKind.HTTP_ERROR),
            (Mood.GARBAGE, FailureKind.BAD_ANSWER),
            (Mood.ODD, FailureKind.BAD_ANSWER),
            (Mood.HANGING_UP, FailureKind.RESET),
            (Mood.SLOW, FailureKind.TIMEOUT),
        ],
    )
    async def test_they_are_told_until_the_log_can_be_followed(
        self,
        hass: HomeAssistant,
        fake: FakeSupervisor,
        journal: Journal,
        caplog: pytest.LogCaptureFixture,
        mood: Mood,
        kind: FailureKind,
    ) -> None:
        fake.log_mood = mood
        async with following(hass, replace(POLICY, supervisor_timeout=patience(mood))) as heard:
            await heard.until_it(kind)
            fake.log_mood = Mood.FINE
            await heard.until_it(Following.ANEW)
            await journal.append("first")
            await heard.until_it("first")
        assert set(heard.items) == {kind, Following.ANEW, "first"}
        assert SECRET_PATH not in caplog.text
        assert TOKEN not in caplog.text

    @pytest.mark.parametrize(
        ("mood", "kind"),
        [
            (Mood.ERROR, FailureKind.HTTP_ERROR),
            (Mood.GARBAGE, FailureKind.BAD_ANSWER),
            (Mood.HANGING_UP, FailureKind.RESET),
            (Mood.SLOW, FailureKind.TIMEOUT),
        ],
    )
    async def test_a_short_one_leaves_no_hole(
        self,
        hass: HomeAssistant,
        fake: FakeSupervisor,
        journal: Journal,
        mood: Mood,
        kind: FailureKind,
    ) -> None:
        policy = replace(POLICY, supervisor_timeout=patience(mood), app_log_retries=(0.01,) * 1000)
        async with following(hass, policy) as heard:
            await heard.until_it(Following.ANEW)
            await journal.append("before")
            await heard.until_it("before")
            fake.log_mood = mood
            fake.cut()
            await journal.append("meanwhile")
            await heard.until_it(kind)
            fake.log_mood = Mood.FINE
            await heard.until_it("meanwhile")
        assert heard.lines == ["before", "meanwhile"]
        assert heard.items.count(Following.ANEW) == 1

    async def test_a_place_at_which_supervisor_always_fails_is_given_up(
        self, hass: HomeAssistant, fake: FakeSupervisor, journal: Journal
    ) -> None:
        async with following(hass) as heard:
            await heard.until_it(Following.ANEW)
            await journal.append("before")
            await heard.until_it("before")
            fake.log_mood = Mood.ERROR
            fake.cut()
            await heard.until_it(FailureKind.HTTP_ERROR, times=len(POLICY.app_log_retries) + 1)
            fake.log_mood = Mood.FINE
            await heard.until_it(Following.ANEW, times=2)

    async def test_a_rejected_token_is_told(
        self, hass: HomeAssistant, fake: FakeSupervisor
    ) -> None:
        fake.token = "another"
        async with following(hass) as heard:
            await heard.until_it(FailureKind.SIGN_IN)

    async def test_an_app_that_was_removed_is_not_found(
        self, hass: HomeAssistant, fake: FakeSupervisor
    ) -> None:
        del fake.apps[SLUG]
        async with following(hass) as heard:
            await heard.until_it(FailureKind.NOT_FOUND)

    async def test_without_a_supervisor_nothing_is_found(self, hass: HomeAssistant) -> None:
        async with following(hass) as heard:
            await heard.until_it(FailureKind.NOT_FOUND)

    async def test_tries_become_rarer_and_a_line_makes_them_frequent_again(
        self, hass: HomeAssistant, fake: FakeSupervisor, journal: Journal
    ) -> None:
        policy = replace(POLICY, app_log_retries=(0.01, 0.01, 3600))
        async with following(hass, policy) as heard:
            await heard.until_it(Following.ANEW)
            for count in range(1, 4):
                await journal.append(f"line {count}")
                await heard.until_it(f"line {count}")
                fake.cut()
                await heard.until_it(FailureKind.RESET, times=count)
            fake.tears = [0] * 100
            fake.cut()
            await heard.until_it(FailureKind.RESET, times=5)
            told = len(heard.items)
            await asyncio.sleep(0.2)
            assert len(heard.items) == told

"""An app's log is followed over a real socket: from now on, and without a hole."""

from collections.abc import AsyncIterator
from dataclasses import replace

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.observe import log_stream
from custom_components.ha_mcp_sre.observe.log_stream import Following
from tests.component.supervised import POLICY, following, supervised, until
from tests.fake_supervisor import SLUG, FakeSupervisor, Journal


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


class TestBeginning:
    @pytest.mark.parametrize("past", range(4))
    async def test_the_past_is_left_out_however_little_there_is(
        self, hass: HomeAssistant, journal: Journal, past: int
    ) -> None:
        await journal.append(*(f"past {each}" for each in range(past)))
        async with following(hass) as heard:
            await heard.until_it(Following.ANEW)
            await journal.append("first", "second")
            await heard.until_it("second")
        assert heard.items == [Following.ANEW, "first", "second"]

    async def test_the_past_may_be_a_very_long_line(
        self, hass: HomeAssistant, journal: Journal
    ) -> None:
        await journal.append("past", b"x" * 500_000)
        async with following(hass) as heard:
            await heard.until_it(Following.ANEW)
            await journal.append("first")
            await heard.until_it("first")
        assert heard.items == [Following.ANEW, "first"]

    async def test_a_line_comes_as_soon_as_it_is_written(
        self, hass: HomeAssistant, journal: Journal
    ) -> None:
        async with following(hass) as heard:
            await heard.until_it(Following.ANEW)
            for text in ("one", "two", "three"):
                await journal.append(text)
                await heard.until_it(text)


class TestGoingOn:
    async def test_no_line_is_missing_or_doubled_wherever_the_stream_breaks(
        self, hass: HomeAssistant, fake: FakeSupervisor, journal: Journal
    ) -> None:
        written = ["one", "", "three"]
        await journal.append("past")
        for tear in range(len("past\none\n\nthree\n") + 1):
            async with following(hass) as heard:
                await heard.until_it(Following.ANEW)
                fake.tears = [tear]
                await journal.append(*written, f"end {tear}")
                await heard.until_it(f"end {tear}")
            assert heard.lines == [*written, f"end {tear}"]
            assert heard.items.count(Following.ANEW) == 1

    async def test_it_goes_on_after_every_break(
        self, hass: HomeAssistant, fake: FakeSupervisor, journal: Journal
    ) -> None:
        async with following(hass) as heard:
            await heard.until_it(Following.ANEW)
            for count in range(1, 6):
                await journal.append(f"before {count}")
                await heard.until_it(f"before {count}")
                fake.cut()
                await journal.append(f"meanwhile {count}")
                await heard.until_it(f"meanwhile {count}")
                assert heard.items.count(Following.ON) == count
        assert len(heard.lines) == 10

    async def test_an_empty_log_goes_on_from_its_start(
        self, hass: HomeAssistant, fake: FakeSupervisor, journal: Journal
    ) -> None:
        async with following(hass) as heard:
            await until(lambda: fake.requests[-1].endswith("/follow"))
            fake.cut()
            await journal.append("first")
            await heard.until_it("first")
        assert heard.lines == ["first"]

    async def test_a_restart_of_supervisor_leaves_no_hole(
        self, hass: HomeAssistant, fake: FakeSupervisor, journal: Journal
    ) -> None:
        port = fake.port
        async with following(hass) as heard:
            await heard.until_it(Following.ANEW)
            await journal.append("before")
            await heard.until_it("before")
            await fake.stop()
            await journal.append("meanwhile")
            await heard.until_it(FailureKind.REFUSED, times=3)
            await fake.start(port)
            await heard.until_it("meanwhile")
        assert heard.lines == ["before", "meanwhile"]
        assert heard.items.count(Following.ANEW) == 1

    async def test_a_silent_log_is_asked_for_anew_and_nobody_notices(
        self, hass: HomeAssistant, journal: Journal
    ) -> None:
        await journal.append("past")
        async with following(hass, replace(POLICY, app_log_silence=0.1)) as heard:
            await heard.until_it(Following.ON, times=2)
            await journal.append("first")
            await heard.until_it("first")
        assert heard.lines == ["first"]
        assert set(heard.items) == {Following.ANEW, Following.ON, "first"}

    async def test_a_place_too_far_back_is_given_up(
        self,
        hass: HomeAssistant,
        fake: FakeSupervisor,
        journal: Journal,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(log_stream, "_FARTHEST", 2)
        async with following(hass) as heard:
            await heard.until_it(Following.ANEW)
            await journal.append("one", "two", "three", "four")
            await heard.until_it("four")
            fake.cut()
            await heard.until_it(Following.ANEW, times=2)
            await journal.append("five")
            await heard.until_it("five")
        assert heard.lines == ["one", "two", "three", "four", "five"]


class TestStream:
    async def test_a_line_of_a_megabyte_is_dropped_and_the_rest_goes_on(
        self, hass: HomeAssistant, fake: FakeSupervisor, journal: Journal
    ) -> None:
        async with following(hass) as heard:
            await heard.until_it(Following.ANEW)
            await journal.append("before", b"x" * 1_000_000, "after")
            await heard.until_it("after")
            fake.cut()
            await journal.append("end")
            await heard.until_it("end")
        assert heard.lines == ["before", "after", "end"]

    async def test_it_ends_with_who_follows(
        self, hass: HomeAssistant, fake: FakeSupervisor, journal: Journal
    ) -> None:
        await journal.append("past")
        async with following(hass) as heard:
            await heard.until_it(Following.ANEW)
            await until(lambda: fake.following == 1)
        await until(lambda: fake.following == 0)

"""What ha-mcp has in memory, whatever that is."""

from collections.abc import Callable, Sequence
import sys
from types import ModuleType, SimpleNamespace

import pytest

from custom_components.ha_mcp_sre.assess.observation import FailureKind
from custom_components.ha_mcp_sre.observe.ring_buffer import ring_buffer_of_this_process
from custom_components.ha_mcp_sre.observe.usage_log import UsageLogSource
from tests.observe.in_process import HaMcpInside, LogReader

MODULE = "ha_mcp.utils.usage_logger"
FULL = 200


def fails(_count: int) -> Sequence[object]:
    """Answer like code that changed."""
    raise RuntimeError


class TestInThisProcess:
    """Where ha-mcp keeps it."""

    @pytest.fixture
    def module(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        """Load a module with the name of ha-mcp's, and none of its contents."""
        module = ModuleType(MODULE)
        monkeypatch.setitem(sys.modules, MODULE, module)
        return module

    @pytest.fixture
    def real(self, inside: HaMcpInside, log: LogReader) -> LogReader:
        """Return a reader of what this process has, with a directory in place of the log."""
        inside.path.mkdir()
        log.source = UsageLogSource(inside.path, log.journal, log.policy)
        return log

    async def test_it_is_never_imported(self, real: LogReader) -> None:
        assert ring_buffer_of_this_process() is None
        assert await real.try_to_read() is FailureKind.UNREADABLE
        assert not [name for name in sys.modules if name.startswith("ha_mcp.")]

    async def test_it_is_looked_up_each_time(
        self, real: LogReader, inside: HaMcpInside, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for tool in ("ha_first", "ha_second"):
            inside.call(tool, log=False)
            module = ModuleType(MODULE)
            vars(module)["get_recent_logs"] = lambda count: list(inside.listed() or ())[:count]
            monkeypatch.setitem(sys.modules, MODULE, module)
            assert await real.tools() == [tool]
        monkeypatch.delitem(sys.modules, MODULE)
        assert await real.try_to_read() is FailureKind.UNREADABLE

    @pytest.mark.parametrize(
        "contents",
        [
            {},
            {"get_recent_logs": None},
            {"get_recent_logs": fails},
            {"get_recent_logs": dict},
            {"get_recent_logs": range},
            {"get_recent_logs": {}.get},
        ],
        ids=["none", "no function", "fails", "other arguments", "numbers", "nothing"],
    )
    async def test_another_module_of_that_name_has_none(
        self, real: LogReader, module: ModuleType, contents: dict[str, Callable[..., object]]
    ) -> None:
        vars(module).update(contents)
        assert await real.try_to_read() is FailureKind.UNREADABLE

    async def test_before_the_first_call_ha_mcp_is_not_made_to_create_anything(
        self, real: LogReader, module: ModuleType
    ) -> None:
        asked: list[int] = []
        vars(module).update(_usage_logger=None, get_recent_logs=asked.append)
        assert (await real.read()).calls == ()
        assert asked == []
        vars(module).update(_usage_logger=SimpleNamespace())
        assert await real.try_to_read() is FailureKind.UNREADABLE
        assert asked == [FULL]

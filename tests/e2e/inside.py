"""ha-mcp inside a real Home Assistant, which the integration watches or does not watch yet."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
import json
from typing import Any

from scripts.lab.cutter import Cutter
from scripts.lab.in_process import InProcess
from scripts.lab.waiting import wait_for


@dataclass(frozen=True, slots=True)
class InProcessLab:
    """The real parts, and a loop of their own to use them in."""

    runner: asyncio.Runner
    parts: InProcess
    cutter: Cutter

    def run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Use the real parts."""
        return self.runner.run(coroutine)

    def usage(self) -> list[dict[str, Any]]:
        """Return what the server has written down; it writes a little later than it answers."""
        log = self.parts.usage_log
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [json.loads(line) for line in lines]

    async def stored(self) -> dict[str, Any]:
        """Return the server's config entry as it is on disk once it has a credential."""
        file = self.parts.home_assistant.config / ".storage/core.config_entries"

        async def look() -> dict[str, Any] | None:
            entries = json.loads(file.read_text(encoding="utf-8"))["data"]["entries"]
            mine = [each for each in entries if each["entry_id"] == self.parts.entry_id]
            return next((each for each in mine if "refresh_token_id" in each["data"]), None)

        return await wait_for(look, what="the entry was written", timeout=30)

    def log(self) -> str:
        """Return what Home Assistant has logged."""
        return self.parts.home_assistant.process.log.read_text(encoding="utf-8")

"""Readings beside the cycles: of the tool calls, of the machine, of what the server tells."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from .assess.faults import BUDGET_FAULTS
from .assess.observation import Description, EndpointMethod, FailureKind, ToolCallReading
from .assess.policy import Policy
from .assess.signals import Source
from .clock import ticks, wall_clock
from .knowledge import Knowledge
from .log import log_reading
from .observe.mcp import McpClient
from .observe.tool_calls import ToolCallSource
from .observe.usage_log import UsageLogSource
from .record import Record
from .vantage import Vantage


class Reader:
    """Reads one server, one reading of a kind at a time.

    Calls come from the usage log where that is at hand, and then the server's report, which
    costs it more, is only asked for what else it says.
    """

    def __init__(
        self,
        title: str,
        client: McpClient,
        record: Record,
        knowledge: Knowledge,
        policy: Policy,
        usage_log: Path | None,
        restarted: Callable[[], None],
    ) -> None:
        """Read a server; `usage_log` is where its log is, if it is on this machine.

        `restarted` is called when a reading shows another life of the server.
        """
        self._title = title
        self._record = record
        self._knowledge = knowledge
        self._policy = policy
        self._report = ToolCallSource(client, record.journal, policy)
        self._log = None if usage_log is None else UsageLogSource(usage_log, record.journal, policy)
        self._restarted = restarted
        self._asking = asyncio.Lock()
        self._tailing = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._host_due = 0.0
        self._again = False

    @property
    def is_asking(self) -> bool:
        """Whether a report is being waited for."""
        return self._asking.locked()

    def start_anew(self) -> None:
        """Take the server for a new one: another version may answer otherwise."""
        self._report.start_anew()
        self._knowledge.about = None
        if self._log is not None:
            self._knowledge.want_a_reading()

    def ask_again(self) -> None:
        """Have the report asked for as soon as possible, also if one is on its way."""
        self._again = self._asking.locked()
        self._knowledge.want_a_reading()

    async def tail(self) -> bool:
        """Read what is new in the usage log; return whether it speaks against the link."""
        if self._log is None or self._tailing.locked():
            return False
        suspicious = False
        async with self._tailing:
            more = True
            while more:
                reading = self._believed(await self._log.read(self._record.position, wall_clock()))
                more = isinstance(reading, ToolCallReading) and reading.more
                suspicious |= self._take_calls(reading)
        return suspicious

    async def ask(self) -> bool:
        """Read the server's report; return whether it speaks against the link."""
        if self._asking.locked():
            return False
        async with self._asking:
            began, now = ticks(), wall_clock()
            server = self._record.server
            # Read once a life: the start-up log is long, and may have ended before the start.
            startup = (
                server.startup_time is None and self._knowledge.seen.startup_log_of != server.life
            )
            answer: ToolCallReading | Description | FailureKind | None
            if self._log is None:
                answer = await self._report.read(
                    self._record.position, now, self._knowledge.seen.skew, startup=startup
                )
            else:
                answer = await self._report.describe(startup=startup)
            if answer is None:
                # Asked in another form it may answer, but not in this cycle any more.
                self._knowledge.want_a_reading()
                return False
            ended = ticks()
            self._knowledge.schedule = self._knowledge.schedule.after_reading(
                answer, ended - began, ended, self._policy
            )
            if self._again:
                self._again = False
                self._knowledge.want_a_reading()
            suspicious = False
            if not isinstance(answer, Description):
                suspicious = self._take_calls(answer)
            described = answer.description if isinstance(answer, ToolCallReading) else answer
            return self._take_description(described, server.life) or suspicious

    def look_at_host_soon(self) -> None:
        """Have the machine looked at with the next cycle."""
        self._host_due = 0.0

    async def look_at_host(self, vantage: Vantage) -> None:
        """Look at the machine, if that is due."""
        async with self._looking:
            if ticks() >= self._host_due:
                self._host_due = ticks() + self._policy.host_interval
                self._knowledge.host = await vantage.host(wall_clock())

    def _believed(self, reading: ToolCallReading | FailureKind) -> ToolCallReading | FailureKind:
        """Return a reading, unless it shows no log although a call of ours must be in one.

        An ha-mcp that could not make its log's folder records nothing anywhere.
        """
        if isinstance(reading, FailureKind) or reading.log_size is not None:
            return reading
        latest = wall_clock() - self._policy.usage_log_lag
        unrecorded = any(
            (call.answered or latest) < latest for call in self._record.journal.entries
        )
        nothing = reading.source is Source.USAGE_LOG and not reading.calls
        return FailureKind.UNREADABLE if unrecorded and nothing else reading

    def _take_calls(self, reading: ToolCallReading | FailureKind) -> bool:
        self._knowledge.seen = self._knowledge.seen.after_reading(reading, wall_clock())
        log_reading(self._title, reading)
        if isinstance(reading, FailureKind):
            self._knowledge.log_size = None
            return False
        is_news = bool(reading.calls) or reading.position != self._record.position
        self._record.read(reading)
        if is_news:
            self._record.save_later()
        if reading.source in (Source.USAGE_LOG, Source.RING_BUFFER):
            self._knowledge.log_size = reading.log_size
        return any(call.fault in BUDGET_FAULTS for call in reading.calls)

    def _take_description(
        self, described: Description | FailureKind | None, life: str | None
    ) -> bool:
        knowledge = self._knowledge
        if not isinstance(described, Description):
            if described is not None:
                knowledge.seen = knowledge.seen.after_description(described)
            return False
        knowledge.seen = knowledge.seen.after_description(None, life)
        # Plain MCP does not name the life of the server; then only the report tells of a restart.
        if knowledge.method is EndpointMethod.INITIALIZE and self._record.saw(described.identity):
            self._restarted()
        knowledge.about = described.about
        if described.startup_time is not None:
            self._record.server = self._record.server.came_up_in(
                described.startup_time, Source.STARTUP_LOG
            )
        if described.connected:
            knowledge.link = knowledge.link.connected(wall_clock())
        return described.connected is False

"""What is believed about a server, put together from all that watches it."""

from dataclasses import replace

from .assess.assessment import Assessment, Cause, ToolCalls, UsageLog, sum_up
from .assess.gaps import View, look_around
from .assess.health import UNWELL, cause, health_of
from .assess.observation import About, HostReading, Outcome, Probe
from .assess.policy import Policy
from .assess.signals import Mode
from .knowledge import Knowledge
from .modes import Watchers
from .record import Record


class Assessor:
    """Judges one server by what is known of it."""

    def __init__(
        self,
        mode: Mode,
        record: Record,
        knowledge: Knowledge,
        watchers: Watchers,
        policy: Policy,
    ) -> None:
        """Judge by what these know at the moment of judging."""
        self._mode = mode
        self._record = record
        self._knowledge = knowledge
        self._watchers = watchers
        self._policy = policy

    def assess(self, found: Probe, known: Assessment | None, now: float) -> Assessment:
        """Judge a probe.

        What takes time to add up, the tool calls, stays as it was `known`; and so does what can
        be seen while the server is down: an outage is no gap.
        """
        knowledge, record = self._knowledge, self._record
        link = knowledge.link.works(now, self._policy.evidence_lifetime)
        health = health_of(found.endpoint, link)
        failed = cause(found.endpoint, knowledge.link) if health in UNWELL else None
        sources, gaps = ({}, None) if known is None else (known.sources, known.gaps)
        session = self._watchers.sessions
        if found.endpoint.outcome is Outcome.OK:
            view = View(
                mode=self._mode,
                seen=knowledge.seen,
                now=now,
                policy=self._policy,
                method=knowledge.method,
                link=link,
                server=record.server,
                about=knowledge.about,
                session=session.sight(linked=link),
                expiry=session.expiry_sight(),
                host=knowledge.host,
                log_size=knowledge.log_size,
            )
            sources, gaps = look_around(view)
        own, size = record.counters.own_bytes, knowledge.log_size
        return Assessment(
            health=health,
            since=now if known is None or known.health is not health else known.since,
            cause=failed and Cause(failed[0], failed[1].kind, failed[1].code),
            reachable={Outcome.OK: True, Outcome.FAILED: False}.get(found.endpoint.outcome),
            home_assistant_link=link,
            response_time=(
                found.endpoint.duration if found.endpoint.outcome is Outcome.OK else None
            ),
            server=record.server,
            tool_calls=self.tool_calls(now) if known is None else known.tool_calls,
            session=session.facts(),
            credential=session.credential(rejected=knowledge.seen.token_rejected, linked=link),
            host=self._host_reading(found),
            startup=self._watchers.vantage.startup(),
            about=knowledge.about or About(),
            usage_log=None if size is None else UsageLog(size, min(own, size)),
            last_cycle=now,
            sources=sources,
            gaps=gaps,
            link_failures=knowledge.schedule.failed,
            update_available=self._watchers.vantage.update_available(),
            calls_read_at=knowledge.seen.read_at,
            watchdog=self._watchers.vantage.watchdog(),
        )

    def _host_reading(self, found: Probe) -> HostReading | None:
        """Return what the machine shows, without what a server that is down uses no more."""
        host = self._knowledge.host
        if not isinstance(host, HostReading):
            return None
        if found.endpoint.outcome is not Outcome.FAILED:
            return host
        return replace(host, cpu=None) if self._mode is Mode.IN_PROCESS else None

    def tool_calls(self, now: float) -> ToolCalls:
        """Return what the tool calls say now."""
        return sum_up(
            self._record.ledger,
            self._record.counters,
            now,
            self._policy,
            visible=self._knowledge.seen.reads_calls(now, self._policy),
            knows_unused=self._record.knows_unused_tools(now),
        )

"""What is believed of a server in its world, put together as the assessor does."""

from dataclasses import dataclass, field

from custom_components.ha_mcp_sre.assess.app_log import AppLog
from custom_components.ha_mcp_sre.assess.assessment import (
    Assessment,
    Cause,
    Credential,
    SessionFacts,
    UsageLog,
)
from custom_components.ha_mcp_sre.assess.gaps import View, look_around
from custom_components.ha_mcp_sre.assess.health import UNWELL, Health, cause, health_of
from custom_components.ha_mcp_sre.assess.observation import About, Outcome, Probe
from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.server import Server
from custom_components.ha_mcp_sre.assess.sessions import Sessions
from custom_components.ha_mcp_sre.assess.signals import Mode, Source
from custom_components.ha_mcp_sre.knowledge import Knowledge
from tests.corpus.world import World


@dataclass(slots=True)
class Past:
    """What is remembered of a server over restarts of Home Assistant."""

    server: Server = field(default_factory=Server)
    sessions: Sessions = field(default_factory=Sessions)
    app_log: AppLog = field(default_factory=AppLog)


def assess(
    found: Probe, known: Assessment, world: World, past: Past, knowledge: Knowledge, policy: Policy
) -> Assessment:
    """Return what is believed after a look, but for the sums of tool calls, which no rule reads."""
    now = world.wall
    link = knowledge.link.works(now, policy.evidence_lifetime)
    health = health_of(found.endpoint, link)
    failed = cause(found.endpoint, knowledge.link) if health in UNWELL else None
    sources, gaps = known.sources, known.gaps
    if found.endpoint.outcome is Outcome.OK:
        sources, gaps = look_around(_view(world, past, knowledge, policy, link))
    rejected = knowledge.seen.token_rejected
    return Assessment(
        health=health,
        since=known.since if known.health is health else now,
        cause=failed and Cause(failed[0], failed[1].kind, failed[1].code),
        reachable={Outcome.OK: True, Outcome.FAILED: False}.get(found.endpoint.outcome),
        home_assistant_link=link,
        response_time=found.endpoint.duration if health is not Health.DOWN else None,
        server=past.server,
        session=_session_facts(world.install, past),
        credential=Credential(
            accepted=False if rejected else (link or None), expires_at=world.token_expires
        ),
        host=world.host() if found.endpoint.outcome is not Outcome.FAILED else None,
        about=knowledge.about or About(),
        usage_log=None if world.log_size is None else UsageLog(world.log_size, 0),
        last_cycle=now,
        sources=sources,
        gaps=gaps,
        link_failures=knowledge.schedule.failed,
        update_available=world.update,
        calls_read_at=knowledge.seen.read_at,
    )


def _view(
    world: World, past: Past, knowledge: Knowledge, policy: Policy, link: bool | None
) -> View:
    return View(
        mode=world.install,
        seen=knowledge.seen,
        now=world.wall,
        policy=policy,
        method=knowledge.method,
        link=link,
        server=past.server,
        about=knowledge.about,
        session=Source.APP_LOG if world.install is Mode.APP else Source.WEBSOCKET_API,
        expiry=Source.CREDENTIAL_STORE,
        host=knowledge.host,
        log_size=knowledge.log_size,
    )


def _session_facts(install: Mode, past: Past) -> SessionFacts:
    if install is Mode.APP:
        log = past.app_log
        return SessionFacts(
            is_open=log.session_open,
            reconnects=log.reconnects,
            opened_at=log.opened_at,
            last_disconnect=log.last_disconnect,
        )
    state = past.sessions
    return SessionFacts(
        is_open=state.is_open,
        reconnects=state.reconnects,
        opened_at=state.opened_at,
        last_disconnect=state.last_disconnect,
        last_cause=state.last_cause,
    )

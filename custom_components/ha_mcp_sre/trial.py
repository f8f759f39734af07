"""A first look at a server, before it is watched."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .address import unique_id
from .assess.observation import EndpointMethod, FailureKind, Outcome, StageResult
from .assess.policy import Policy
from .clock import wall_clock
from .coordinator import SreConfigEntry
from .entries import loaded_servers
from .observe.failures import McpError
from .observe.journal import Journal
from .observe.mcp import McpClient, ToolResult
from .observe.probe import probe_endpoint, probe_websocket
from .record import journal_of

# A person is waiting, and can try again; but a single dropped connection proves nothing.
_POLICY = replace(Policy(), confirm_delays=(0,))


class Doubt(StrEnum):
    """A reason to ask the person once more; watching the server still makes sense."""

    NOT_ANSWERING = "not_answering"
    NO_LINK = "no_link"
    OTHER_HOME = "other_home"


@dataclass(frozen=True, slots=True)
class Trial:
    """What the first look found: why not, or with which doubt, or nothing wrong.

    `known` is a server that is watched already, at another spelling of its address; `instance`
    is what tells it from others. `code` is ha-mcp's own error code, where the link to Home
    Assistant failed.
    """

    failure: FailureKind | None = None
    known: bool = False
    doubt: Doubt | None = None
    code: str | None = None
    instance: str | None = None


def watched_instances(hass: HomeAssistant, but: ConfigEntry | None = None) -> frozenset[str]:
    """Return the instances of the servers that are watched already."""
    servers: list[SreConfigEntry] = loaded_servers(hass)
    instances = (each.runtime_data.record.server.instance for each in servers if each is not but)
    return frozenset(filter(None, instances))


async def async_is_watched(hass: HomeAssistant, url: str | None) -> bool:
    """Return whether the server at an address is watched already, maybe by another one."""
    if url is None:
        return False
    client = _client(hass, url, Journal(), verify_ssl=True)
    answer = await probe_endpoint(client, _POLICY, wall_clock, EndpointMethod.SETTINGS_INFO)
    return answer.identity is not None and answer.identity.instance in watched_instances(hass)


async def async_try(
    hass: HomeAssistant, url: str, *, verify_ssl: bool, watched: frozenset[str]
) -> Trial:
    """Look whether an ha-mcp server answers, reaches a Home Assistant, and reaches this one.

    `watched` are the instances of the servers that are watched already.
    """
    policy, journal = _POLICY, Journal()
    client = _client(hass, url, journal, verify_ssl=verify_ssl)
    answer = await probe_endpoint(client, policy, wall_clock, EndpointMethod.SETTINGS_INFO)
    if answer.result.outcome is not Outcome.OK:
        return Trial(failure=answer.result.kind)
    instance = None if answer.identity is None else answer.identity.instance
    if instance in watched:
        return Trial(known=True)
    try:
        websocket = await probe_websocket(client, policy)
        if websocket.outcome is Outcome.FAILED:
            return replace(_no_link(websocket), instance=instance)
        return replace(await _which_home(hass, client, policy), instance=instance)
    finally:
        journal_of(hass, unique_id(url)).remember(journal.entries)


def _client(hass: HomeAssistant, url: str, journal: Journal, *, verify_ssl: bool) -> McpClient:
    session = async_get_clientsession(hass, verify_ssl)
    return McpClient(session, url, limit=_POLICY.answer_limit, clock=wall_clock, journal=journal)


async def _which_home(hass: HomeAssistant, client: McpClient, policy: Policy) -> Trial:
    """Have ha-mcp read when one of our states last changed: no other home has that moment."""
    state = min(hass.states.async_all(), key=lambda state: state.last_changed, default=None)
    if state is None:
        return Trial()
    try:
        answer = await client.call_tool(
            "ha_get_state",
            {"entity_id": state.entity_id, "fields": ["last_changed"]},
            policy.stage_timeout,
        )
    except McpError as err:
        return Trial(doubt=Doubt.NO_LINK, code=err.code or err.kind)
    if answer.code == "ENTITY_NOT_FOUND" or _is_of_another_home(answer, state):
        return Trial(doubt=Doubt.OTHER_HOME)
    if answer.is_error and not answer.is_refused:
        return Trial(doubt=Doubt.NO_LINK, code=answer.code or FailureKind.TOOL_ERROR)
    return Trial()


def _is_of_another_home(answer: ToolResult, state: State) -> bool:
    data: Any = answer.data.get("data")
    changed = data.get("last_changed") if isinstance(data, dict) else None
    if not isinstance(changed, str):
        return False
    try:
        return datetime.fromisoformat(changed) != state.last_changed
    except ValueError, TypeError:
        return False


def _no_link(result: StageResult) -> Trial:
    return Trial(doubt=Doubt.NO_LINK, code=result.code or result.kind)

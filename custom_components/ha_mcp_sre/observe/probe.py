"""One look at a server: endpoint, then its WebSocket and REST links to Home Assistant."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
import time

from ..assess.observation import (
    SKIPPED,
    EndpointMethod,
    FailureKind,
    Identity,
    Outcome,
    Probe,
    Stage,
    StageResult,
)
from ..assess.policy import Policy
from .failures import McpError
from .mcp import Json, McpClient
from .plain import seconds, word
from .stall import watching_the_loop

MOST = 3
"""Requests that a cycle makes at most; stages for which none is left wait for the next look."""

MARKED_TEMPLATE = "{# ha_mcp_sre #}{{ 1 }}"
"""The marker lets whoever reads ha-mcp's usage log see that the call was a probe."""

_DATE_RESOLUTION = 1.5
"""Seconds by which a clock read from an HTTP date may be off: whole seconds, cached for one."""

_NAME = "ha-mcp"
_GREETING = "HA-MCP server"


@dataclass(frozen=True, slots=True)
class EndpointAnswer:
    """What the endpoint stage learnt; `skew` is the server's clock minus ours, in seconds.

    `name` is what an MCP server calls itself. `requests` is how many reached the server, or may
    have.
    """

    result: StageResult
    method: EndpointMethod
    identity: Identity | None = None
    skew: float | None = None
    name: str | None = None
    requests: int = 1


async def probe(
    client: McpClient,
    policy: Policy,
    clock: Callable[[], float],
    *,
    method: EndpointMethod,
    stages: frozenset[Stage],
    entity_id: str | None,
) -> tuple[Probe, float | None]:
    """Run the endpoint stage and the wanted tool stages; return the probe and the clock skew.

    A dead endpoint ends the probe: the stages behind it cannot be seen. What failed while
    our own event loop stalled is inconclusive.
    """
    at = clock()
    with watching_the_loop() as stall:
        endpoint = await probe_endpoint(client, policy, clock, method)
        websocket = rest = SKIPPED
        left = MOST - endpoint.requests if endpoint.result.outcome is Outcome.OK else 0
        if Stage.WEBSOCKET in stages and left > 0:
            websocket = await probe_websocket(client, policy)
            left -= 1
        if Stage.REST in stages and left > 0 and entity_id is not None:
            rest = await probe_rest(client, policy, entity_id)
    stalled = stall.longest > policy.stall_tolerance
    read = _doubted if stalled else _believed
    found = Probe(
        at=at,
        endpoint=read(endpoint.result),
        websocket=read(websocket),
        rest=read(rest),
        identity=endpoint.identity,
        method=endpoint.method,
        requests=endpoint.requests,
    )
    return found, endpoint.skew


async def probe_endpoint(
    client: McpClient,
    policy: Policy,
    clock: Callable[[], float],
    method: EndpointMethod,
) -> EndpointAnswer:
    """Ask the endpoint who it is, and again before a refusal or reset counts as dead.

    If ha-mcp's own route is missing there, plain MCP decides: ha-mcp can be set up
    without that route. Where that is missing too, nothing is known about the route.
    """
    answer = await _ask_until_sure(client, policy, clock, method)
    own_route = method is EndpointMethod.SETTINGS_INFO
    if own_route and answer.result.kind is FailureKind.NOT_FOUND and answer.requests == 1:
        other = await _ask_plainly(client, policy, clock)
        known = other.method if other.result.outcome is Outcome.OK else method
        return replace(other, method=known, requests=answer.requests + other.requests)
    return answer


async def _ask_until_sure(
    client: McpClient, policy: Policy, clock: Callable[[], float], method: EndpointMethod
) -> EndpointAnswer:
    answer = await _ask(client, policy, clock, method)
    for delay in policy.confirm_delays:
        if not _may_pass(answer):
            break
        await asyncio.sleep(delay)
        again = await _ask(client, policy, clock, method)
        answer = replace(again, requests=answer.requests + again.requests)
    return answer


def _may_pass(answer: EndpointAnswer) -> bool:
    """Return whether to ask again: what costs the server nothing often, a reset once."""
    match answer.result.kind:
        case FailureKind.REFUSED:
            return True
        case FailureKind.RESET:
            return answer.requests == 1
        case _:
            return False


async def _ask_plainly(
    client: McpClient, policy: Policy, clock: Callable[[], float]
) -> EndpointAnswer:
    """Ask by plain MCP; a server that answers is ha-mcp by its name, or else by its greeting.

    Its name can be changed, its greeting cannot. Where the question was dropped at first, no
    request is left to have the greeting, and another name counts as dropped.
    """
    answer = await _ask_until_sure(client, policy, clock, EndpointMethod.INITIALIZE)
    if answer.result.outcome is not Outcome.OK or answer.name == _NAME:
        return answer
    if answer.requests > 1:
        failed = StageResult(Outcome.FAILED, answer.result.duration, FailureKind.RESET)
        return EndpointAnswer(failed, answer.method, requests=answer.requests)
    if not await _greets(client, policy):
        failed = StageResult(Outcome.FAILED, answer.result.duration, FailureKind.NOT_MCP)
        answer = EndpointAnswer(failed, answer.method)
    return replace(answer, requests=answer.requests + 1)


async def _greets(client: McpClient, policy: Policy) -> bool:
    try:
        return (await client.landing(policy.stage_timeout)).startswith(_GREETING)
    except McpError:
        return False


async def probe_websocket(client: McpClient, policy: Policy) -> StageResult:
    """Have ha-mcp render a constant over its pooled WebSocket."""
    return await _call(client, policy, "ha_eval_template", {"template": MARKED_TEMPLATE})


async def probe_rest(client: McpClient, policy: Policy, entity_id: str) -> StageResult:
    """Have ha-mcp read one state over REST; that it does not exist is an answer as well."""
    arguments = {"entity_id": entity_id, "fields": ["state"]}
    result = await _call(client, policy, "ha_get_state", arguments)
    if result.code == "ENTITY_NOT_FOUND":
        return StageResult(Outcome.OK, result.duration, code=result.code)
    return result


async def _ask(
    client: McpClient, policy: Policy, clock: Callable[[], float], method: EndpointMethod
) -> EndpointAnswer:
    asked = clock()
    if method is EndpointMethod.SETTINGS_INFO:
        result, answer = await _timed(client.settings_info(policy.stage_timeout))
    else:
        result, answer = await _timed(client.initialize(policy.stage_timeout))
    if answer is None:
        # A connection that is refused reaches nobody.
        return EndpointAnswer(result, method, requests=int(result.kind is not FailureKind.REFUSED))
    identity = _from_info(answer) if method is EndpointMethod.SETTINGS_INFO else _from_mcp(answer)
    if identity is None:
        failed = StageResult(Outcome.FAILED, result.duration, FailureKind.NOT_MCP)
        return EndpointAnswer(failed, method)
    skew = _skew(answer, (asked + clock()) / 2)
    if skew is not None:
        client.skew = skew
    info = answer.data.get("serverInfo")
    name = word(info.get("name")) if isinstance(info, dict) else None
    return EndpointAnswer(result, method, identity, skew, name)


async def _call(
    client: McpClient, policy: Policy, tool: str, arguments: Mapping[str, object]
) -> StageResult:
    result, answer = await _timed(client.call_tool(tool, arguments, policy.stage_timeout))
    if result.kind is FailureKind.PROTOCOL_ERROR:
        # The server understood that it was asked, and not what: that is no word on the link.
        return replace(result, outcome=Outcome.INCONCLUSIVE, kind=FailureKind.TOOL_REFUSED)
    if answer is None or not answer.is_error:
        return result
    if answer.is_refused:
        return replace(
            result,
            outcome=Outcome.INCONCLUSIVE,
            kind=FailureKind.TOOL_REFUSED,
            code=answer.code,
        )
    return replace(result, outcome=Outcome.FAILED, kind=FailureKind.TOOL_ERROR, code=answer.code)


async def _timed[T](request: Awaitable[T]) -> tuple[StageResult, T | None]:
    started = time.perf_counter()
    try:
        answer = await request
    except McpError as err:
        duration = time.perf_counter() - started
        return StageResult(Outcome.FAILED, duration, err.kind, err.code), None
    return StageResult(Outcome.OK, time.perf_counter() - started), answer


def _believed(result: StageResult) -> StageResult:
    return result


def _doubted(result: StageResult) -> StageResult:
    if result.outcome is Outcome.FAILED:
        return StageResult(Outcome.INCONCLUSIVE, kind=FailureKind.STALLED)
    return replace(result, duration=None)


def _from_info(answer: Json) -> Identity | None:
    data = answer.data
    version, instance = word(data.get("version")), word(data.get("instance_id"))
    if version is None or instance is None:
        return None
    return Identity(
        version=version,
        instance=instance,
        worker=word(data.get("worker_id")),
        started_at=seconds(data.get("started_at")),
    )


def _from_mcp(answer: Json) -> Identity | None:
    info = answer.data.get("serverInfo")
    version = word(info.get("version")) if isinstance(info, dict) else None
    return None if version is None else Identity(version=version)


def _skew(answer: Json, at: float) -> float | None:
    if answer.date is None:
        return None
    skew = answer.date + 0.5 - at
    return 0.0 if abs(skew) <= _DATE_RESOLUTION else skew

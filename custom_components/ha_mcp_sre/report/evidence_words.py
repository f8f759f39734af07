"""What shows a finding, in the words of a person: each figure with what it is and its unit."""

from collections.abc import Callable, Mapping
from typing import Any

from ..assess.finding import RuleKey
from ..assess.observation import Stage
from .material import Words
from .phrases import size, span, times, written

type _Value = str | int | float
type _Told = Callable[[_Value, Words], str]

_STAGES: Mapping[str, str] = {
    Stage.ENDPOINT: "its endpoint",
    Stage.WEBSOCKET: "its WebSocket connection to Home Assistant",
    Stage.REST: "its requests to Home Assistant",
}


def _plain(name: str, unit: str = "") -> _Told:
    return lambda value, _: f"{name} {written(value)}{unit}"


def _counted(name: str, one: str) -> _Told:
    return _measured(name, lambda value: times(value, one))


def _measured(name: str, told: Callable[[float], str]) -> _Told:
    return lambda value, _: f"{name} {value if isinstance(value, str) else told(value)}"


def _how(value: _Value, words: Words) -> str:
    name = words.failures.get(str(value), str(value).replace("_", " "))
    # An abbreviation stays one.
    return f"how it failed: {name if name[:2].isupper() else name[:1].lower() + name[1:]}"


_TOLD: Mapping[str, _Told] = {
    "kind": _how,
    "stage": lambda value, _: f"what failed: {_STAGES.get(str(value), str(value))}",
    "code": _plain("error code:"),
    "looks": _plain("bad looks in a row:"),
    "restarts": _plain("restarts:"),
    "reconnects": _plain("lost connections:"),
    "bytes_a_day": _measured("growth within a day:", size),
    "percent_a_day": _plain("that is", " %"),
    "seconds": _measured("the start took", span),
    "usual_seconds": _measured("usually", span),
    "running": _plain("version that runs:"),
    "installed": _plain("version that is installed:"),
    "bytes": _measured("size:", size),
    "version": _plain("version:"),
    "previous_version": _plain("version before:"),
    "error_rate": _plain("failed by the server's fault:", " %"),
    "previous_error_rate": _plain("with the version before:", " %"),
    "calls": _plain("calls:"),
    "previous_calls": _plain("calls of the version before:"),
    "slow_calls": _plain("slow calls:"),
    "p95": _measured("95 % of calls within", span),
    "usual_p95": _measured("usually within", span),
    "burn_rate": _plain("burn rate:"),
    "bad": _plain("bad events:"),
    "valid": _plain("of valid ones:"),
    "hours": _plain("in the last", " h"),
    "tool": _plain("tool that failed most:"),
    "failures": _plain("failed calls:"),
    "workflows": _plain("failing workflows:"),
}
"""What a key of evidence says, with its value."""

_TOLD_OF: Mapping[tuple[str, str], _Told] = {
    (RuleKey.TOKEN_EXPIRING, "days"): _counted("expires in", "day"),
    (RuleKey.UPDATE_WAITING, "days"): _counted("waits for", "day"),
    (RuleKey.UPDATE_WAITING, "version"): _plain("version that waits:"),
    (RuleKey.UPSTREAM_RED, "days"): _counted("fails for", "day"),
}
"""What a key says of one rule only."""


def evidence(found: Mapping[str, _Value], rule: str, words: Words) -> list[dict[str, Any]]:
    """Return what shows a finding of a rule, in the order in which that names it."""
    return [
        {"key": key, "value": value, "text": _text(key, value, rule, words)}
        for key, value in found.items()
    ]


def _text(key: str, value: _Value, rule: str, words: Words) -> str:
    told = _TOLD_OF.get((rule, key)) or _TOLD.get(key) or _plain(f"{key.replace('_', ' ')}:")
    return told(value, words)

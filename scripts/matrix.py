"""Write into the README what can be seen of ha-mcp in which install mode, as the code has it."""

from collections.abc import Iterator
import json
import re

from custom_components.ha_mcp_sre.assess.signals import Gap, Mode, Signal, Source
from custom_components.ha_mcp_sre.assess.sources import ALWAYS_MISSING, NOT_APPLICABLE, sources
from scripts.provision.step import ROOT

README = ROOT / "README.md"
_STRINGS = ROOT / "custom_components/ha_mcp_sre/strings.json"
_BLOCK = re.compile(r"(?<=<!-- matrix: begin -->\n).*?(?=<!-- matrix: end -->)", re.DOTALL)

_MODES = {
    Mode.IN_PROCESS: "Inside Home Assistant",
    Mode.APP: "App",
    Mode.HTTP: "By its address",
}

_SIGNALS = {
    Signal.ENDPOINT: "Whether it answers, response time",
    Signal.HOME_ASSISTANT_LINK: "Link to Home Assistant",
    Signal.STARTED: "Start, restarts",
    Signal.STARTUP_TIME: "Startup time",
    Signal.TOOL_CALLS: "Tool calls",
    Signal.SESSION: "WebSocket session, reconnects",
    Signal.MEMORY: "Memory",
    Signal.CPU: "CPU",
    Signal.NETWORK: "Network",
    Signal.CREDENTIAL: "Token accepted",
    Signal.CREDENTIAL_EXPIRY: "Expiry of the token",
    Signal.VERSIONS: "Versions",
    Signal.SETTINGS: "Settings",
    Signal.USAGE_LOG_SIZE: "Size of the usage log",
}

_SOURCES = {
    Source.ENDPOINT_CHECK: "endpoint check",
    Source.TOOL_CHECKS: "tool checks",
    Source.REPORT: "ha-mcp's report",
    Source.USAGE_LOG: "usage log",
    Source.RING_BUFFER: "ha-mcp's memory",
    Source.STARTUP_LOG: "start-up log",
    Source.BRINGUP: "bring-up in Home Assistant",
    Source.WEBSOCKET_API: "Home Assistant's WebSocket API",
    Source.APP_LOG: "log of the app",
    Source.SUPERVISOR: "Supervisor",
    Source.PROCESS: "process table",
    Source.SERVER_THREAD: "thread of the server",
    Source.SHARED_PROCESS: "process of Home Assistant, shared",
    Source.CREDENTIAL_STORE: "Home Assistant's tokens",
}


def matrix() -> str:
    """Return the table of signals and modes, and why what is missing is missing."""
    rows = [("Signal", *_MODES.values()), ("---",) * (1 + len(_MODES))]
    rows += [(name, *(_cell(mode, signal) for mode in _MODES)) for signal, name in _SIGNALS.items()]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return table + "\n" + "".join(f"- {reason}\n" for reason in _reasons())


def _cell(mode: Mode, signal: Signal) -> str:
    if (mode, signal) in NOT_APPLICABLE:
        return "does not apply"
    if (mode, signal) in ALWAYS_MISSING:
        return "**gap**"
    return ", else ".join(_SOURCES[source] for source in sources(mode, signal))


def _reasons() -> Iterator[str]:
    strings = json.loads(_STRINGS.read_text(encoding="utf-8"))
    attributes = strings["entity"]["sensor"]["monitoring_gaps"]["state_attributes"]
    for (mode, signal), reason in ALWAYS_MISSING.items():
        yield f"{_MODES[mode]}: {attributes['gaps']['state'][Gap(signal, reason).key]}"


def updated(readme: str) -> str:
    """Return a README with the table as it is now."""
    return _BLOCK.sub(lambda _: matrix(), readme)


if __name__ == "__main__":
    README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")

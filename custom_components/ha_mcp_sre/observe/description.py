"""What ha-mcp's report says of the server besides its calls."""

from collections.abc import Mapping
import re
from typing import Any

from ..assess.observation import About, Description, Identity
from .plain import seconds, word

_STARTED = re.compile(
    r"Uvicorn running on|Application startup complete|StreamableHTTP session manager started"
)
"""Log lines of a server that has come up; which of them ha-mcp keeps differs by install mode."""


def read_description(report: Mapping[str, Any]) -> Description:
    """Return what a report says; whatever it leaves out or garbles is None."""
    info = _object(report.get("diagnostic_info"))
    instance = _object(info.get("instance"))
    toggles = _object(info.get("config_toggles"))
    running = word(info.get("ha_mcp_version"))
    return Description(
        identity=Identity(
            version=running,
            instance=word(instance.get("instance_id")),
            started_at=seconds(instance.get("started_at")),
        ),
        about=About(
            running_version=running,
            installed_version=word(info.get("installed_version")),
            component_version=word(info.get("component_version")),
            read_only=_flag(toggles.get("read_only_mode")),
            websocket_enabled=_flag(toggles.get("enable_websocket")),
        ),
        connected=_connected(info.get("connection_status")),
        startup_time=_startup_time(report.get("startup_logs")),
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _connected(status: object) -> bool | None:
    if not isinstance(status, str) or status == "Unknown":
        return None
    return status == "Connected"


def _startup_time(lines: object) -> float | None:
    """Return the seconds from ha-mcp's first line of code to the last sign of coming up."""
    if not isinstance(lines, list):
        return None
    times = [
        elapsed
        for line in lines
        if isinstance(line, dict)
        and (elapsed := seconds(line.get("elapsed_seconds"))) is not None
        and isinstance(line.get("message"), str)
        and _STARTED.search(line["message"])
    ]
    return max(times, default=None)

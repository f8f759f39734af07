"""What is worth knowing about a server, and where it can come from."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """How ha-mcp is installed, which decides what can be seen of it."""

    IN_PROCESS = "in_process"
    APP = "app"
    HTTP = "http"


class Signal(StrEnum):
    """A thing worth knowing about a server."""

    ENDPOINT = "endpoint"
    HOME_ASSISTANT_LINK = "home_assistant_link"
    STARTED = "started"
    STARTUP_TIME = "startup_time"
    TOOL_CALLS = "tool_calls"
    SESSION = "session"
    MEMORY = "memory"
    CPU = "cpu"
    NETWORK = "network"
    CREDENTIAL = "credential"
    CREDENTIAL_EXPIRY = "credential_expiry"
    VERSIONS = "versions"
    SETTINGS = "settings"
    USAGE_LOG_SIZE = "usage_log_size"


class Source(StrEnum):
    """Where a signal comes from."""

    ENDPOINT_CHECK = "endpoint_check"
    TOOL_CHECKS = "tool_checks"
    REPORT = "report"
    USAGE_LOG = "usage_log"
    RING_BUFFER = "ring_buffer"
    STARTUP_LOG = "startup_log"
    BRINGUP = "bringup"
    WEBSOCKET_API = "websocket_api"
    APP_LOG = "app_log"
    SUPERVISOR = "supervisor"
    PROCESS = "process"
    SERVER_THREAD = "server_thread"
    SHARED_PROCESS = "shared_process"
    CREDENTIAL_STORE = "credential_store"


@dataclass(frozen=True, slots=True)
class Gap:
    """A signal that nobody can see here: why, as a word that the translations explain."""

    signal: Signal
    reason: str

    @property
    def key(self) -> str:
        """The name under which the translations explain it."""
        return f"{self.signal}_{self.reason}"

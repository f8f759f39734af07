"""What a line of ha-mcp's log can tell."""

from enum import StrEnum


class LogEvent(StrEnum):
    """Something that ha-mcp did or met with, as one line of its log shows it.

    A session is one WebSocket connection of ha-mcp to Home Assistant.
    """

    SERVER_STARTING = "server_starting"
    SERVER_SERVING = "server_serving"
    SERVER_STOPPED = "server_stopped"
    SERVER_CRASHED = "server_crashed"
    PORT_TAKEN = "port_taken"

    SESSION_OPENED = "session_opened"
    SESSION_LOST = "session_lost"
    SESSION_CLOSED = "session_closed"
    """Ended in order by the other side."""
    SESSION_RELEASED = "session_released"
    """Given up by ha-mcp, which it says of lost, closed and failed ones as well."""
    MESSAGE_TOO_LARGE = "message_too_large"
    """A session was lost because Home Assistant's answer was longer than ha-mcp takes."""

    CONNECT_FAILED = "connect_failed"
    CONNECT_TIMED_OUT = "connect_timed_out"
    """No answer to the log-in; ha-mcp up to 8.3.0 says so of a rejected token as well."""
    TOKEN_REJECTED = "token_rejected"  # noqa: S105 - the name of an event.
    TLS_FAILED = "tls_failed"
    TOKEN_NOT_ADMIN = "token_not_admin"  # noqa: S105 - the name of an event.

    POOL_STUCK = "pool_stuck"
    """Sessions belong to an event loop that is gone; only a restart helps."""
    GATEWAY_ERROR = "gateway_error"
    """A proxy answered for a Home Assistant that was not there."""

    TOOLS_MISSING = "tools_missing"
    DATA_NOT_KEPT = "data_not_kept"
    USAGE_LOG_OFF = "usage_log_off"


LOSSES = frozenset({LogEvent.SESSION_LOST, LogEvent.MESSAGE_TOO_LARGE})
"""A session broke: it was not closed in order."""

FAILED_CONNECTS = frozenset(
    {
        LogEvent.CONNECT_FAILED,
        LogEvent.CONNECT_TIMED_OUT,
        LogEvent.TOKEN_REJECTED,
        LogEvent.TLS_FAILED,
    }
)
"""A session could not be opened."""

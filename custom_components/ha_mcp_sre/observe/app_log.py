"""Lines of ha-mcp's log, as an app or a container writes it: of a line only the event is kept.

A line counts for what its logger and level make it, never for a text that it merely contains.
What cannot be told apart is a line that ha-mcp wrote and a line within a message: where ha-mcp
logs a text with a line break in it, whoever wrote that text can make it look like any line.
So an event may be news about the server, but it is no proof of anything.
"""

from collections.abc import Iterator
import re

from ..assess.log_event import LogEvent

LONGEST_LINE = 8 * 1024
"""Bytes; a longer line is dropped."""

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[,.]\d+)?"
_FORMATS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        # ha-mcp's loggers, in the app and in a container.
        r"(?P<level>[A-Z]+):(?P<logger>[A-Za-z_][\w.]*):(?P<message>.*)",
        rf"{_TIME} (?P<logger>[A-Za-z_][\w.]*) (?P<level>[A-Z]+): (?P<message>.*)",
        # The app's start script, and the web server.
        rf"{_TIME} (?P<logger>\[)(?P<level>[A-Z]+)\] (?P<message>.*)",
        rf"(?:{_TIME} )?(?P<level>[A-Z]+)(?P<logger>:) +(?P<message>.*)",
    )
)

# These two name no logger; what stands in its place is unlike any name of one.
_START_SCRIPT = "["
_WEB_SERVER = ":"

_CLIENT = "ha_mcp.client.websocket_client"
_REST = "ha_mcp.client.rest_client"
_PATHS = "ha_mcp.utils.data_paths"

# The first that fits counts.
_SIGNS = tuple(
    (event, logger, level, re.compile(pattern))
    for event, logger, level, pattern in (
        (LogEvent.SERVER_STARTING, _START_SCRIPT, "INFO", r"Starting Home Assistant MCP Server"),
        (LogEvent.SERVER_SERVING, _WEB_SERVER, "INFO", r"Uvicorn running on "),
        (LogEvent.SERVER_STOPPED, _START_SCRIPT, "INFO", r"(MCP server stopped|Interrupted, )"),
        (LogEvent.PORT_TAKEN, _START_SCRIPT, "ERROR", r"MCP server crashed: \[Errno 98\]"),
        (LogEvent.SERVER_CRASHED, _START_SCRIPT, "ERROR", r"MCP server crashed: "),
        (LogEvent.PORT_TAKEN, _WEB_SERVER, "ERROR", r"\[Errno 98\] "),
        (LogEvent.SESSION_OPENED, _CLIENT, "INFO", r"WebSocket connected and authenticated"),
        (LogEvent.SESSION_RELEASED, _CLIENT, "INFO", r"WebSocket disconnected$"),
        (
            LogEvent.SESSION_CLOSED,
            _CLIENT,
            "INFO",
            r"WebSocket connection closed \((received|sent) close code 100[01]\b",
        ),
        (
            LogEvent.MESSAGE_TOO_LARGE,
            _CLIENT,
            "WARNING",
            r"WebSocket connection closed \(sent close code 1009\b",
        ),
        (LogEvent.SESSION_LOST, _CLIENT, "WARNING", r"WebSocket connection closed \("),
        (LogEvent.SESSION_LOST, _CLIENT, "ERROR", r"WebSocket message handler error: "),
        (
            LogEvent.CONNECT_TIMED_OUT,
            _CLIENT,
            "ERROR",
            r"WebSocket connection failed: Authentication timeout",
        ),
        (
            LogEvent.TOKEN_REJECTED,
            _CLIENT,
            "ERROR",
            r"WebSocket connection failed: Authentication failed: ",
        ),
        (LogEvent.CONNECT_FAILED, _CLIENT, "ERROR", r"WebSocket connection failed: "),
        (LogEvent.TLS_FAILED, _CLIENT, "ERROR", r"WebSocket TLS verification failed for "),
        (
            LogEvent.POOL_STUCK,
            _REST,
            "ERROR",
            r"WebSocket (message|transport) failed \([^)]*\): .*attached to a different loop",
        ),
        (LogEvent.GATEWAY_ERROR, _REST, "WARNING", r"Transient 50[234] from Home Assistant "),
        (
            LogEvent.TOKEN_NOT_ADMIN,
            _REST,
            "WARNING",
            r"The Home Assistant token for \S+ belongs to a non-admin user",
        ),
        (LogEvent.TOOLS_MISSING, "ha_mcp.tools.registry", "ERROR", r"Skipped \d+ tool module"),
        (LogEvent.DATA_NOT_KEPT, _PATHS, "WARNING", r"Cannot write ha-mcp data to "),
        (LogEvent.DATA_NOT_KEPT, _PATHS, "ERROR", r"Cannot write ha-mcp data to "),
        (
            LogEvent.USAGE_LOG_OFF,
            "ha_mcp.utils.usage_logger",
            "WARNING",
            r"Usage logging disabled ",
        ),
    )
)


class LineSplitter:
    """Makes lines of a stream of bytes, and holds at most one of the longest allowed."""

    def __init__(self) -> None:
        """Start at the beginning of a line."""
        self._rest = bytearray()
        self._too_long = False

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Yield the lines that end in this chunk, without colours and control characters."""
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._add(end)
            if not self._too_long:
                yield _plain(self._rest)
            self._rest.clear()
            self._too_long = False
        self._add(rest)

    def _add(self, part: bytes) -> None:
        self._too_long = self._too_long or len(self._rest) + len(part) > LONGEST_LINE
        if self._too_long:
            self._rest.clear()
        else:
            self._rest += part


def read_line(line: str) -> LogEvent | None:
    """Return what a line tells; None for the many that tell nothing, or are none of ha-mcp's."""
    found = next(filter(None, (each.fullmatch(line) for each in _FORMATS)), None)
    if found is None:
        return None
    logger, level, message = found.group("logger", "level", "message")
    return next(
        (
            event
            for event, of_logger, of_level, sign in _SIGNS
            if logger == of_logger and level == of_level and sign.match(message)
        ),
        None,
    )


def _plain(line: bytes | bytearray) -> str:
    return _CONTROL.sub("", _ESCAPE.sub("", line.decode("utf-8", errors="replace")))

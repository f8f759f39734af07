"""A stream of bytes becomes lines, and a line an event: if it is what it looks like."""

from datetime import datetime
from pathlib import Path
import re

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.assess.app_log import AppLog
from custom_components.ha_mcp_sre.assess.log_event import LogEvent
from custom_components.ha_mcp_sre.observe.app_log import LONGEST_LINE, LineSplitter, read_line

CAPTURES = Path(__file__).parents[1] / "captures/8.7.0"
TIME = "2026-11-23 03:16:54"
CLIENT = "ha_mcp.client.websocket_client"
REST = "ha_mcp.client.rest_client"
PATHS = "ha_mcp.utils.data_paths"

LOGGED = [
    (LogEvent.SESSION_OPENED, CLIENT, "INFO", "WebSocket connected and authenticated successfully"),
    (
        LogEvent.SESSION_LOST,
        CLIENT,
        "WARNING",
        "WebSocket connection closed (sent close code 1011 (keepalive ping timeout))",
    ),
    (
        LogEvent.SESSION_LOST,
        CLIENT,
        "WARNING",
        "WebSocket connection closed (connection dropped without a close frame)",
    ),
    (LogEvent.SESSION_LOST, CLIENT, "ERROR", "WebSocket message handler error: no close frame"),
    (LogEvent.SESSION_CLOSED, CLIENT, "INFO", "WebSocket connection closed (sent close code 1000)"),
    (LogEvent.SESSION_CLOSED, CLIENT, "INFO", "WebSocket connection closed (sent close code 1001)"),
    (LogEvent.SESSION_RELEASED, CLIENT, "INFO", "WebSocket disconnected"),
    (
        LogEvent.MESSAGE_TOO_LARGE,
        CLIENT,
        "WARNING",
        "WebSocket connection closed (sent close code 1009 (frame exceeds limit of 67108864))",
    ),
    (LogEvent.CONNECT_FAILED, CLIENT, "ERROR", "WebSocket connection failed: [Errno 111] Connect"),
    (
        LogEvent.CONNECT_TIMED_OUT,
        CLIENT,
        "ERROR",
        "WebSocket connection failed: Authentication timeout",
    ),
    (
        LogEvent.TOKEN_REJECTED,
        CLIENT,
        "ERROR",
        "WebSocket connection failed: Authentication failed: Invalid token",
    ),
    (
        LogEvent.TLS_FAILED,
        CLIENT,
        "ERROR",
        "WebSocket TLS verification failed for wss://home/api/websocket: self-signed certificate.",
    ),
    (
        LogEvent.POOL_STUCK,
        REST,
        "ERROR",
        "WebSocket transport failed (get_states): got Future attached to a different loop",
    ),
    (
        LogEvent.GATEWAY_ERROR,
        REST,
        "WARNING",
        "Transient 502 from Home Assistant (attempt 1/3), retrying in 0.5s: Bad Gateway",
    ),
    (
        LogEvent.TOKEN_NOT_ADMIN,
        REST,
        "WARNING",
        "The Home Assistant token for http://supervisor/core belongs to a non-admin user. Some",
    ),
    (
        LogEvent.TOOLS_MISSING,
        "ha_mcp.tools.registry",
        "ERROR",
        "Skipped 2 tool module(s) that failed to register: tools_hacs, tools_zones.",
    ),
    (
        LogEvent.DATA_NOT_KEPT,
        PATHS,
        "WARNING",
        "Cannot write ha-mcp data to /data (…) — data will NOT persist across restarts.",
    ),
    (
        LogEvent.DATA_NOT_KEPT,
        PATHS,
        "ERROR",
        "Cannot write ha-mcp data to /data or fallback /tmp/ha-mcp (OSError: disk full)",
    ),
    (
        LogEvent.USAGE_LOG_OFF,
        "ha_mcp.utils.usage_logger",
        "WARNING",
        "Usage logging disabled — could not create /data/logs (OSError: read-only file system).",
    ),
]

PRINTED = [
    (LogEvent.SERVER_STARTING, f"{TIME} [INFO] Starting Home Assistant MCP Server..."),
    (LogEvent.SERVER_STOPPED, f"{TIME} [INFO] MCP server stopped"),
    (LogEvent.SERVER_CRASHED, f"{TIME} [ERROR] MCP server crashed: 1"),
    (LogEvent.PORT_TAKEN, f"{TIME} [ERROR] MCP server crashed: [Errno 98] Address in use"),
    (
        LogEvent.PORT_TAKEN,
        f"{TIME} ERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 9583)",
    ),
    (LogEvent.SERVER_SERVING, f"{TIME} INFO:     Uvicorn running on http://0.0.0.0:9583 (Press"),
    (LogEvent.SERVER_SERVING, "INFO:     Uvicorn running on http://0.0.0.0:9583 (Press CTRL+C"),
]

LINES = [
    *PRINTED,
    *((event, f"{level}:{logger}:{message}") for event, logger, level, message in LOGGED),
    *((event, f"{TIME} {logger} {level}: {message}") for event, logger, level, message in LOGGED),
]


def lines_of(data: bytes) -> list[str]:
    return list(LineSplitter().feed(data))


class TestLines:
    @pytest.mark.parametrize(("event", "line"), LINES)
    def test_a_line_of_ha_mcp_is_an_event(self, event: LogEvent, line: str) -> None:
        assert read_line(line) is event

    def test_there_is_a_line_for_every_event(self) -> None:
        assert {event for event, _ in LINES} == set(LogEvent)

    @pytest.mark.parametrize(
        "line",
        [
            "",
            "╭──────────────────────────────────────╮",
            "[11/23/26 03:38:10] Error calling tool 'ha_get_state'",
            f'{TIME} INFO:     127.0.0.1:57864 - "POST /mcp HTTP/1.1" 200 OK',
            f"{TIME} [INFO]    Secret Path: /private_secret",
            f"INFO:{CLIENT}:Connecting to Home Assistant WebSocket: ws://supervisor/core/websocket",
            "mcp.server.streamable_http_manager ERROR: Stateless session crashed",
        ],
    )
    def test_most_lines_tell_nothing(self, line: str) -> None:
        assert read_line(line) is None


class TestForgeries:
    @given(
        line=st.sampled_from([line for _, line in LINES]),
        before=st.text(st.characters(exclude_categories=["Cc", "Cs"])),
    )
    def test_an_event_within_the_message_of_another_logger_is_none(
        self, line: str, before: str
    ) -> None:
        assert read_line(f"INFO:httpx:{before}{line}") is None
        assert read_line(f"{TIME} httpx ERROR: {before}{line}") is None
        assert read_line(f"{TIME} [INFO] Caused by: {before}{line}") is None
        assert read_line(f'{TIME} INFO:     127.0.0.1:5 - "GET /{before}{line}') is None

    @pytest.mark.parametrize(
        "line",
        [
            f" INFO:{CLIENT}:WebSocket disconnected",
            f"INFO:{CLIENT}: WebSocket disconnected",
            f"INFO:{CLIENT}:WebSocket disconnected?",
            f"INFO:{CLIENT}.child:WebSocket disconnected",
            f"INFO:other.{CLIENT}:WebSocket disconnected",
            f"WARNING:{CLIENT}:WebSocket disconnected",
            f"INFO:{CLIENT}:WebSocket connection closed (connection dropped)",
            f"info:{CLIENT}:WebSocket disconnected",
            "INFO:[:MCP server stopped",
            "INFO:uvicorn.access:Uvicorn running on ",
            "[INFO] MCP server stopped",
            f"{TIME} [WARNING] MCP server stopped",
        ],
    )
    def test_a_line_that_is_nearly_one_is_none(self, line: str) -> None:
        assert read_line(line) is None

    def test_a_line_break_within_a_message_cannot_be_told_from_a_line(self) -> None:
        """The limit of what can be known: this message is one, and looks like two."""
        message = f"INFO:httpx:GET /\nINFO:{CLIENT}:WebSocket disconnected\n"
        assert [read_line(line) for line in lines_of(message.encode())] == [
            None,
            LogEvent.SESSION_RELEASED,
        ]


class TestSplitter:
    PIECES = st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.sampled_from([b"\n", b"\r\n", b"\x1b[31m", b"\xc3", b"\xa4"]),
            st.integers(-2, 2).map(lambda more: b"x" * (LONGEST_LINE + more)),
        ),
        max_size=12,
    )

    @given(pieces=PIECES, data=st.data())
    def test_however_the_bytes_arrive_the_lines_are_the_same(
        self, pieces: list[bytes], data: st.DataObject
    ) -> None:
        whole = b"".join(pieces)
        cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
        splitter = LineSplitter()
        parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
        assert [line for part in parts for line in splitter.feed(part)] == lines_of(whole)

    @given(pieces=PIECES)
    def test_every_line_comes_but_those_that_are_too_long(self, pieces: list[bytes]) -> None:
        whole = b"".join(pieces)
        kept = [line for line in whole.split(b"\n")[:-1] if len(line) <= LONGEST_LINE]
        assert len(lines_of(whole)) == len(kept)

    @given(pieces=PIECES)
    def test_no_control_character_is_left(self, pieces: list[bytes]) -> None:
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", "".join(lines_of(b"".join(pieces))))

    def test_a_line_without_end_does_not_grow(self) -> None:
        splitter = LineSplitter()
        for _ in range(1000):
            assert list(splitter.feed(b"x" * 1024)) == []
            assert len(splitter._rest) <= LONGEST_LINE
        assert list(splitter.feed(b"end\nnext\n")) == ["next"]

    def test_colours_are_left_out(self) -> None:
        line = b"\x1b[32mINFO\x1b[0m:     Uvicorn running on \x1b[1mhttp://0.0.0.0:9583\x1b[0m\r\n"
        assert lines_of(line) == ["INFO:     Uvicorn running on http://0.0.0.0:9583"]

    def test_a_hidden_title_is_left_out(self) -> None:
        assert lines_of(b"a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c\n") == ["abc"]

    def test_bytes_that_are_no_text_are_marked(self) -> None:
        assert lines_of(b"a\xffb\n") == ["a\ufffdb"]


class TestRealLogs:
    def known_after(self, name: str, *, as_app: bool) -> AppLog:
        """Return what is known after a real log, as the app would have written it if need be."""
        known = AppLog()
        for text in lines_of((CAPTURES / name).read_bytes()):
            line = re.sub(r"^\S+ \S+ (\S+) ([A-Z]+): ", r"\2:\1:", text) if as_app else text
            if (event := read_line(line)) is not None:
                known = known.after(event, datetime.fromisoformat(f"{text[:19]}Z").timestamp())
        return known

    @pytest.mark.parametrize("as_app", [False, True])
    def test_of_three_times_that_home_assistant_was_away_one_broke_a_session(
        self, as_app: bool
    ) -> None:
        """Home Assistant stopped in order twice, and hung once; three sessions were brief."""
        known = self.known_after("ha-mcp.log", as_app=as_app)
        assert known.reconnects == 1
        assert known.session_open is True
        assert known.last_disconnect == datetime.fromisoformat("2026-11-23T03:39:50Z").timestamp()
        assert known.opened_at == datetime.fromisoformat("2026-11-23T03:41:59Z").timestamp()

    @pytest.mark.parametrize("as_app", [False, True])
    def test_a_rejected_token_opens_no_session_and_breaks_none(self, as_app: bool) -> None:
        known = self.known_after("ha-mcp-token-rejected.log", as_app=as_app)
        assert known == AppLog()

    def test_five_cuts_beside_many_brief_sessions_are_five_reconnects(self) -> None:
        """The client of ha-mcp in the app's format: 5 cut connections, 53 brief sessions."""
        known = AppLog()
        for at, text in enumerate(lines_of((CAPTURES / "app-five-cuts.log").read_bytes())):
            if (event := read_line(text)) is not None:
                known = known.after(event, at)
        assert known.reconnects == 5
        assert known.session_open is True

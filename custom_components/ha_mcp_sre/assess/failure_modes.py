"""How ha-mcp fails, in the words of who reports it: the tables to change if one is wrong."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
import re
from types import MappingProxyType

from .finding import RuleKey


class FailureMode(StrEnum):
    """What people have seen fail, the more telling first."""

    UNKNOWN_COMMAND = "unknown_command"
    CERTIFICATE = "certificate"
    PORT = "port"
    MEMORY = "memory"
    WEBSOCKET = "websocket"
    AUTHENTICATION = "authentication"
    FREEZE = "freeze"
    TIMEOUT = "timeout"
    COMPONENT = "component"
    INSTALL = "install"
    START = "start"
    CRASH = "crash"
    CONNECTION = "connection"
    STORAGE = "storage"
    SLOW = "slow"
    UPDATE = "update"


MODE_WORDS: Mapping[FailureMode, tuple[str, ...]] = MappingProxyType(
    {
        FailureMode.UNKNOWN_COMMAND: ("unknown command",),
        FailureMode.CERTIFICATE: ("tls ", "ssl ", "certificate"),
        FailureMode.PORT: ("port ", "address already in use", "errno 98 "),
        FailureMode.MEMORY: ("memory", "oom", "leak", "rss "),
        FailureMode.WEBSOCKET: ("websocket", "web socket", "ws ", "different loop", "1009 "),
        FailureMode.AUTHENTICATION: (
            "auth",
            "token",
            "unauthorized",
            "401 ",
            "403 ",
            "forbidden",
            "oauth",
            "oidc",
            "non admin",
            "ip ban",
        ),
        FailureMode.FREEZE: ("freez", "frozen", "deadlock", "unresponsive"),
        FailureMode.TIMEOUT: ("timeout", "timed out", "times out", "timing out", "hang", "stuck"),
        FailureMode.COMPONENT: (
            "failed to register tools",
            "version mismatch",
            "outdated",
            "newer than component",
        ),
        FailureMode.INSTALL: (
            "could not install",
            "install fail",
            "installation fail",
            "fails to install",
            "failed to install",
            "dependency",
            "dependencies",
            "importerror",
            "modulenotfound",
            "no module named",
        ),
        FailureMode.START: (
            "fails to start",
            "failed to start",
            "failing to start",
            "not start",
            "can t start",
            "won t start",
            "doesn t start",
            "never starts",
            "could not be started",
            "starting or is not running",
            "startup",
            "start up",
        ),
        FailureMode.CRASH: ("crash", "killed", "segfault", "exits unexpectedly", "restart loop"),
        FailureMode.CONNECTION: (
            "disconnect",
            "connection",
            "unreachable",
            "can t connect",
            "cannot connect",
            "session terminated",
            "502 ",
            "503 ",
        ),
        FailureMode.STORAGE: (
            "disk",
            "read only file",
            "not persist",
            "settings lost",
            "usage log",
        ),
        FailureMode.SLOW: ("slow", "latency", "performance", "cpu ", "takes too long"),
        FailureMode.UPDATE: (
            "after updat",
            "since updat",
            "after the updat",
            "since the updat",
            "after upgrad",
            "since upgrad",
            "updated to",
            "upgraded to",
            "regression",
        ),
    }
)
"""Words that show a mode, as `reads_like` takes them."""

RULE_MODES: Mapping[RuleKey, frozenset[FailureMode]] = MappingProxyType(
    {
        RuleKey.SERVER_DOWN: frozenset(
            {
                FailureMode.START,
                FailureMode.CRASH,
                FailureMode.FREEZE,
                FailureMode.PORT,
                FailureMode.INSTALL,
            }
        ),
        RuleKey.LINK_BROKEN: frozenset(
            {FailureMode.WEBSOCKET, FailureMode.CONNECTION, FailureMode.CERTIFICATE}
        ),
        RuleKey.TOKEN_REJECTED: frozenset({FailureMode.AUTHENTICATION}),
        RuleKey.TOOLS_FAILING: frozenset(
            {FailureMode.TIMEOUT, FailureMode.CONNECTION, FailureMode.COMPONENT}
        ),
        RuleKey.TOOL_BROKEN: frozenset({FailureMode.UNKNOWN_COMMAND, FailureMode.COMPONENT}),
        RuleKey.RESTART_LOOP: frozenset({FailureMode.CRASH, FailureMode.MEMORY}),
        RuleKey.SLOW: frozenset({FailureMode.SLOW, FailureMode.TIMEOUT}),
        RuleKey.BUDGET_BURNING: frozenset({FailureMode.TIMEOUT, FailureMode.CONNECTION}),
        RuleKey.RECONNECT_STORM: frozenset({FailureMode.WEBSOCKET, FailureMode.CONNECTION}),
        RuleKey.MEMORY_GROWING: frozenset({FailureMode.MEMORY}),
        RuleKey.WORSE_AFTER_UPDATE: frozenset({FailureMode.UPDATE}),
        RuleKey.SLOW_START: frozenset({FailureMode.START}),
        RuleKey.TOKEN_EXPIRING: frozenset({FailureMode.AUTHENTICATION}),
        RuleKey.RESTART_NEEDED: frozenset({FailureMode.COMPONENT}),
        RuleKey.USAGE_LOG_LARGE: frozenset({FailureMode.STORAGE}),
        # Nobody reports what is no failure of the server.
        RuleKey.SERVER_STOPPED: frozenset(),
        RuleKey.UPDATE_WAITING: frozenset(),
        RuleKey.UPSTREAM_RED: frozenset(),
    }
)
"""How people report what a rule finds."""


def plain(text: str) -> str:
    """Return the words of a text in small letters with a blank before, between and after them."""
    return f" {' '.join(re.findall(r'\w+', text.casefold()))} "


def reads_like(text: str, words: Iterable[str]) -> bool:
    """Return whether one of the words begins somewhere in a plain text at the start of a word.

    A blank at the end of one says that the word ends there, too.
    """
    return any(f" {word}" in text for word in words)


def modes_of(title: str) -> tuple[FailureMode, ...]:
    """Return the failures that the title of an issue tells of, the more telling first."""
    text = plain(title)
    return tuple(mode for mode in FailureMode if reads_like(text, MODE_WORDS[mode]))

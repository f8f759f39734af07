"""The calls that we made ourselves, to tell them from the assistant's.

Times are of the server's clock, in seconds: neither its clock nor ours may be right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .plain import LATEST

UNANSWERED = 600.0
"""Seconds after sending in which a call may still end whose answer we did not wait for."""

CLOCK_SLACK = 2.5
"""Seconds by which a corrected record time may still be off: HTTP dates have whole seconds."""

KEPT = 200
"""As many as ha-mcp remembers: a call of ours that is forgotten here is not listed there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One call of ours."""

    tool: str
    arguments: Mapping[str, Any]
    sent: float
    answered: float | None = None

    @property
    def until(self) -> float:
        """The latest time at which the call can have ended."""
        return self.sent + UNANSWERED if self.answered is None else self.answered

    def is_like(self, tool: str, parameters: Mapping[str, Any]) -> bool:
        """Return whether a usage record can be of a call of this kind."""
        return tool == self.tool and all(
            parameters.get(name) == value for name, value in self.arguments.items()
        )

    def is_record_of(self, tool: str, parameters: Mapping[str, Any], ended: float) -> bool:
        """Return whether a usage record can be of this call."""
        return self.sent - CLOCK_SLACK <= ended <= self.until + CLOCK_SLACK and self.is_like(
            tool, parameters
        )


class Journal:
    """Our latest calls, each good for at most one usage record."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: list[Entry] = []
        self._kinds: tuple[Entry, ...] | None = None
        self.on_sent: Callable[[], None] = _nothing
        """Called when a call goes out: it is to be known as ours even after a crash."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The calls whose record was not seen yet."""
        return tuple(self._entries)

    def remember(self, entries: tuple[Entry, ...]) -> None:
        """Take in calls noted before a restart, unless they are still known."""
        self._entries[:0] = fresh = [entry for entry in entries if entry not in self._entries]
        if fresh:
            self._kinds = None
            self.on_sent()

    def sent(self, tool: str, arguments: Mapping[str, Any], at: float) -> Entry:
        """Note that a call goes out."""
        entry = Entry(tool, arguments, _kept(at))
        self._entries.append(entry)
        del self._entries[:-KEPT]
        self._kinds = None
        self.on_sent()
        return entry

    def answered(self, entry: Entry, at: float) -> None:
        """Note that the answer to a call came."""
        if entry in self._entries:
            self._entries[self._entries.index(entry)] = replace(entry, answered=_kept(at))

    def claim(self, tool: str, parameters: Mapping[str, Any], ended: float) -> bool:
        """Return whether a record is of a call of ours, and use that call up."""
        # Most records are of none: that is to be found out without asking each of ours.
        if not any(kind.is_like(tool, parameters) for kind in self._one_of_each_kind()):
            return False
        candidates = [e for e in self._entries if e.is_record_of(tool, parameters, ended)]
        if not candidates:
            return False
        # One that may end later can still be met by a later record.
        self._entries.remove(min(candidates, key=lambda entry: entry.until))
        return True

    def _one_of_each_kind(self) -> tuple[Entry, ...]:
        """Return calls of ours that differ in more than their time."""
        if self._kinds is None:
            kinds: list[Entry] = []
            for each in self._entries:
                if not any((each.tool, each.arguments) == (k.tool, k.arguments) for k in kinds):
                    kinds.append(each)
            self._kinds = tuple(kinds)
        return self._kinds


def _kept(at: float) -> float:
    """Return a time as it can be kept, whatever the clocks show."""
    return round(min(max(at, 0.0), LATEST), 3)


def _nothing() -> None:
    """Tell nobody."""

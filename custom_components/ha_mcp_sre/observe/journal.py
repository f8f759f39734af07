"""The calls that we made ourselves, to tell them from the assistant's.

Times are of the server's clock, in seconds: neither its clock nor ours may be right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

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

    def is_record_of(self, tool: str, parameters: Mapping[str, Any], ended: float) -> bool:
        """Return whether a usage record can be of this call."""
        return (
            tool == self.tool
            and self.sent - CLOCK_SLACK <= ended <= self.until + CLOCK_SLACK
            and all(parameters.get(name) == value for name, value in self.arguments.items())
        )


class Journal:
    """Our latest calls, each good for at most one usage record."""

    def __init__(self, entries: tuple[Entry, ...] = ()) -> None:
        """Start with calls remembered from before."""
        self._entries = list(entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The calls whose record was not seen yet."""
        return tuple(self._entries)

    def remember(self, entries: tuple[Entry, ...]) -> None:
        """Take in calls noted before a restart, unless they are still known."""
        self._entries[:0] = [entry for entry in entries if entry not in self._entries]

    def sent(self, tool: str, arguments: Mapping[str, Any], at: float) -> Entry:
        """Note that a call goes out."""
        entry = Entry(tool, arguments, round(at, 3))
        self._entries.append(entry)
        del self._entries[:-KEPT]
        return entry

    def answered(self, entry: Entry, at: float) -> None:
        """Note that the answer to a call came."""
        if entry in self._entries:
            self._entries[self._entries.index(entry)] = replace(entry, answered=round(at, 3))

    def claim(self, tool: str, parameters: Mapping[str, Any], ended: float) -> bool:
        """Return whether a record is of a call of ours, and use that call up."""
        candidates = [e for e in self._entries if e.is_record_of(tool, parameters, ended)]
        if not candidates:
            return False
        # One that may end later can still be met by a later record.
        self._entries.remove(min(candidates, key=lambda entry: entry.until))
        return True

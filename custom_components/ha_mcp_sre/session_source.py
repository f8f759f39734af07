"""What the ways of seeing ha-mcp's session have in common."""

from collections.abc import Callable
from typing import Protocol

from .assess.assessment import Credential, SessionFacts
from .assess.gaps import Sight
from .assess.observation import Probe


class SessionSource(Protocol):
    """What shows ha-mcp's session.

    What this does by default is right where nothing has to be asked or followed.
    """

    def follow(self, look: Callable[[], None]) -> Callable[[], None]:
        """Have `look` called when something happened to the session; return how to end that."""
        return lambda: None

    def take_in(self, found: Probe, *, linked: bool | None) -> None:
        """Take in what a probe showed of the server."""
        return

    def start_anew(self) -> None:
        """Take the server for a new one: it may have another credential."""
        return

    def is_search_due(self, now: float) -> bool:
        """Return whether the server should be asked to show its credential."""
        return False

    async def async_search(self) -> None:
        """Have the server show its credential."""
        return

    def facts(self) -> SessionFacts:
        """Return what is known of the session."""

    def credential(self, *, rejected: bool, linked: bool | None) -> Credential:
        """Return what is known of the credential."""

    def sight(self, *, linked: bool | None) -> Sight:
        """Return what shows the session, or why nothing does."""

    def expiry_sight(self) -> Sight:
        """Return what shows when the credential expires, or why nothing does."""
        return None

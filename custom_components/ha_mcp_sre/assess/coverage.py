"""Of which part of a time something is known. Times are Unix seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """A time from `since` to `until`, which is not included."""

    since: float
    until: float

    def holds(self, at: float | None) -> bool:
        """Return whether a moment is in it."""
        return at is not None and self.since <= at < self.until


def coverage(
    complete_since: float | None, read_at: float | None, since: float, until: float
) -> Coverage | None:
    """Return of which part of a time everything is known that was read; None of no part.

    It was read last at `read_at`, and is complete from `complete_since` to then; None says that
    it was never read, or that nobody knows since when it is complete.
    """
    if complete_since is None or read_at is None:
        return None
    known = Coverage(max(since, complete_since), min(until, read_at))
    return known if known.since < known.until else None

"""How many requests may be sent to GitHub: our own budget of an hour, and what GitHub asks for."""

from collections.abc import Iterable, Mapping

from .plain import http_date

HOUR = 3600.0

_LONGEST_BLOCK = 86_400.0

_PENALTY = 15 * 60.0
"""Seconds to stay away where GitHub does not say how long; it asks for at least one minute, and
for more each time."""


class Allowance:
    """Requests of the last hour, of which there may be so many, and a ban if there is one.

    Times are Unix seconds. The clock may be set back: what seems to lie ahead counts as now.
    """

    def __init__(self, budget: int, spent: Iterable[float] = (), blocked_until: float = 0) -> None:
        """Continue with what was spent before a restart."""
        self._budget = budget
        self.spent = sorted(spent)
        self.blocked_until = blocked_until

    def left(self, now: float) -> int:
        """Return how many requests may be sent."""
        self._forget(now)
        return 0 if self.blocked_for(now) else max(0, self._budget - len(self.spent))

    def spend(self, now: float) -> None:
        """Count a request."""
        self.spent.append(now)

    def block(self, seconds: float | None, now: float) -> None:
        """Send nothing for so long, or for as long as is polite if nobody said how long."""
        wanted = _PENALTY if seconds is None else min(seconds, _LONGEST_BLOCK)
        self.blocked_until = now + max(self.blocked_for(now), wanted)

    def blocked_for(self, now: float) -> float:
        """Return the seconds for which GitHub will not answer."""
        self.blocked_until = min(self.blocked_until, now + _LONGEST_BLOCK)
        return max(0.0, self.blocked_until - now)

    def wait_for(self, requests: int, now: float) -> float:
        """Return the seconds until so many requests may be sent; the budget at most."""
        self._forget(now)
        over = len(self.spent) + min(requests, self._budget) - self._budget
        freed = self.spent[over - 1] + HOUR - now if over > 0 else 0.0
        return max(freed, self.blocked_for(now))

    def _forget(self, now: float) -> None:
        self.spent = [min(each, now) for each in self.spent if each > now - HOUR]


def server_time_left(headers: Mapping[str, str], now: float) -> float | None:
    """Return for how many seconds GitHub wants no request, None if it says nothing of the kind.

    Its limit is reset at a time of its own clock, which is in its answer.
    """
    if (wait := _number(headers.get("retry-after"))) is not None:
        return wait + 1  # Both are cut to whole seconds.
    reset = _number(headers.get("x-ratelimit-reset"))
    if headers.get("x-ratelimit-remaining") != "0" or reset is None:
        return None
    theirs = http_date(headers.get("date"))
    return max(0.0, reset - (now if theirs is None else theirs)) + 1


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None

"""Good and bad events added up, and what that means for an error budget."""

from dataclasses import dataclass

_LEAST_BUDGET = 0.001
"""In percent: a target of 100 % leaves no budget to divide by and counts as 99.999 %."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Events of some time: good, bad, and those that were left out.

    Left out is what happened in maintenance, and what has no verdict.
    """

    good: int = 0
    bad: int = 0
    excluded: int = 0

    @property
    def valid(self) -> int:
        """The events that count."""
        return self.good + self.bad

    @property
    def achieved(self) -> float | None:
        """Good events in percent of valid ones; None without a valid event."""
        return 100 * self.good / self.valid if self.valid else None

    def burn(self, target: float) -> float | None:
        """Return how fast the budget is used, 1 being steady use; None without a valid event."""
        # In this order one bad event more is never less by a rounding.
        return 100 * self.bad / self.valid / budget_share(target) if self.valid else None


def budget_share(target: float) -> float:
    """Return how much of the valid events may be bad, in percent, as the target is."""
    return max(100 - target, _LEAST_BUDGET)

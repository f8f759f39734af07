"""What a condition answers."""

from collections.abc import Mapping

from .finding import Evidence

type Answer = Mapping[str | None, Evidence] | None
"""What shows that a condition holds, by the subject that it holds of: None for the whole server.
Nothing if it does not hold, and None if nobody can tell."""

CLEAR: Answer = {}


def shown(**values: str | float | None) -> Evidence:
    """Return those values that are known."""
    return {name: value for name, value in values.items() if value is not None}


def holds(**values: str | float | None) -> Answer:
    """Return that a condition holds of the whole server, and what shows it."""
    return {None: shown(**values)}

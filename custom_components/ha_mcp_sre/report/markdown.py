"""Plain text in Markdown: whatever it holds, it stays text.

CommonMark is meant, GitHub's extensions of it, and programs that make a link of every address.
"""

import re
import unicodedata

_TO_SPACES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
"""Kinds of characters that end a line, turn its direction, cannot be seen or cannot be stored."""

_EMAIL = re.compile(r"(?<=\S)@(?=\S*\.)")
_SPECIAL = re.compile(
    r"""
    [\\`*\[\]<>|~&{}$]              # may begin something anywhere
    | (?<![A-Za-z0-9_])_+           # underscores, but for those within a word
    | _+(?![A-Za-z0-9_])
    | :(?=//)                       # addresses
    | (?<=[\w-])\.(?=[^\W\d_]{2})
    | ^\# | \#(?!\w)                # headings, also the end of one
    | ^[-+=](?![A-Za-z0-9])         # lists, lines
    """,
    re.VERBOSE,
)
_NUMBERED = re.compile(r"^([0-9]{1,9})([.)])(?=\s|$)")


def plain(text: str) -> str:
    """Return a text in one line, without what cannot be seen.

    An e-mail address gets a space: nothing less keeps it from becoming a link everywhere.
    """
    seen = "".join(" " if unicodedata.category(each) in _TO_SPACES else each for each in text)
    return _EMAIL.sub(" @", " ".join(seen.split()))


def escaped(text: str) -> str:
    """Return Markdown that shows a text as `plain` has it, wherever in a line it stands."""
    return _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(_shielded, plain(text)))


def _shielded(match: re.Match[str]) -> str:
    return "".join(f"\\{each}" for each in match[0])

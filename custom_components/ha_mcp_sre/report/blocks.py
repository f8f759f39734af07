"""Generated blocks in a Markdown file that belongs to a person.

A block stands between two comments, each on a line of its own: `begin` with its name, and `end`
with the same name, without another such comment between them. Everything else is the person's
and is never changed, also what is left of a block whose comments are broken.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
import re
import unicodedata

type Block = tuple[str, str]
"""A name, made by `block_name`, and the Markdown."""

_HINT = "(replaced at each update: write above or below)"
_MARK = "<!-- ha-mcp-sre:"
_MARKER = re.compile(
    # At the beginning of a line, or behind the mark that some editors begin a file with.
    r"(?:(?<![^\r\n])|(?<=\A\ufeff))[ ]{0,3}"
    + _MARK
    + r" (?P<kind>begin|end) (?P<name>[a-z0-9.-]+)(?: (?:(?!-->)[^\r\n])*)?-->"
    r"[ \t]*(?:\r\n|\r|\n|\Z)"
)
_LOOKS_LIKE_ONE = re.compile(r"^( {0,3})<(?=!-- ha-mcp-sre:)", re.MULTILINE)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_LONGEST_SLUG = 48


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file: a block with its comments, or, without a name, a person's text."""

    text: str
    name: str | None = None


def slug(text: str) -> str:
    """Return a text as small Latin letters and digits with single hyphens; it may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].rstrip("-")


def block_name(*parts: str) -> str:
    """Return the name of a block: what kind it is, and what of."""
    return ".".join(slug(part) or "-" for part in parts)


def pieces(text: str) -> list[Piece]:
    """Take a text apart: blocks, and what a person wrote around them."""
    found: list[Piece] = []
    done = 0
    for begin, end in pairwise(_MARKER.finditer(text)):
        if begin["kind"] == "begin" and end["kind"] == "end" and begin["name"] == end["name"]:
            block = Piece(text[begin.start() : end.end()], begin["name"])
            found += [Piece(text[done : begin.start()]), block]
            done = end.end()
    found.append(Piece(text[done:]))
    return [piece for piece in found if piece.text]


def upsert(
    text: str, blocks: Sequence[Block], *, title: str = "", intro: str = "", outro: str = ""
) -> str:
    """Return a file's text with these blocks as they are now.

    Blocks keep the place that a person gave them; one that is not there comes before the next
    that is, or at the end. Other blocks stay. An empty file begins with the title and the
    introduction and ends with the outro, all of them Markdown and the person's from then on.
    """
    if not text:
        head = (f"# {title}\n" if title else "", f"{intro}\n" if intro else "")
        begun = upsert("\n".join(part for part in head if part) or "\n", blocks).lstrip("\n")
        return f"{begun}\n{outro.strip('\n')}\n" if outro else begun
    newline = _newline(text)
    wanted = {name: _written(name, content, newline) for name, content in blocks}
    parts = [
        replace(piece, text=wanted[piece.name]) if piece.name in wanted else piece
        for piece in pieces(text)
    ]
    following: str | None = None
    for name in reversed(wanted):
        if all(piece.name != name for piece in parts):
            _insert(parts, _place(parts, following), Piece(wanted[name], name), newline)
        following = name
    return _joined(parts)


def move(source: str, target: str, names: Collection[str]) -> tuple[str, str]:
    """Return two files' texts after these blocks went from the one to the other.

    What a person wrote below a block, up to the next one, goes with it. A block that the other
    file has already is renewed there, so that a move that was interrupted can be repeated.
    Nothing is moved where broken comments of two texts would become a block around a third.
    """
    left: list[Piece] = []
    moved: list[Piece] = []
    to = left
    for piece in pieces(source):
        if piece.name is not None:
            to = moved if piece.name in names else left
        to.append(piece)
    there = pieces(target)
    for number, piece in enumerate(moved):
        if piece.name is not None:
            below = "".join(each.text for each in moved[number + 1 : number + 2] if not each.name)
            _take_in(there, piece, below, _newline(target))
    if not _is_whole(there):
        return source, target
    return _joined(left), _joined(there)


def _take_in(parts: list[Piece], block: Piece, below: str, newline: str) -> None:
    """Put a block and what stood below it into a file that may have them already."""
    names = [piece.name for piece in parts]
    if block.name not in names:
        _insert(parts, len(parts), block, newline)
        at = len(parts)
    else:
        at = names.index(block.name) + 1
        parts[at - 1] = block
        known = parts[at].text if at < len(parts) and parts[at].name is None else ""
        if known.strip() == below.strip():
            return
    if below:
        ended = below if below.endswith(("\r", "\n")) else below + newline
        parts.insert(at, Piece(ended))


def _insert(parts: list[Piece], at: int, block: Piece, newline: str) -> None:
    """Put a block between the pieces, with an empty line on either side."""
    before = _gap(_joined(parts[:at]), newline)
    behind = newline if at < len(parts) else ""
    parts[at:at] = [piece for piece in (Piece(before), block, Piece(behind)) if piece.text]


def _gap(before: str, newline: str) -> str:
    """Return what is missing for an empty line after a text."""
    if before in ("", "\ufeff"):
        return ""
    if not before.endswith(("\r", "\n")):
        return 2 * newline
    if _NEWLINE.sub("\n", before).endswith("\n\n"):
        return ""
    # A line feed would only complete a carriage return.
    return "\r" if before.endswith("\r") else newline


def _place(parts: Sequence[Piece], following: str | None) -> int:
    """Return where a block goes that comes before another."""
    names = [piece.name for piece in parts]
    return len(parts) if following is None else names.index(following)


def _written(name: str, content: str, newline: str) -> str:
    """Return a block with its comments; content that looks like one of them is defused."""
    body = _LOOKS_LIKE_ONE.sub(r"\1&lt;", _NEWLINE.sub("\n", content)).strip("\n")
    block = f"{_MARK} begin {name} {_HINT} -->\n\n{body}\n\n{_MARK} end {name} -->\n"
    return block.replace("\n", newline)


def _newline(text: str) -> str:
    """Return how lines end in a file, as the first one does."""
    first = _NEWLINE.search(text)
    return "\r\n" if first and first[0] == "\r\n" else "\n"


def _is_whole(parts: Sequence[Piece]) -> bool:
    """Return whether pieces that are put together would be taken apart again as they are."""
    blocks = [piece for piece in parts if piece.name is not None]
    return [piece for piece in pieces(_joined(parts)) if piece.name is not None] == blocks


def _joined(parts: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in parts)

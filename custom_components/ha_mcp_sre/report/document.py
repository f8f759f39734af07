"""What is written down beside the report itself, as data: files of generated blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
import re

from .blocks import Block, move, pieces, upsert


@dataclass(frozen=True, slots=True)
class Retirement:
    """Blocks of a document that are to go to another file once the document does without them.

    `families` are the beginnings of their names, up to a dot, or whole names; those of `spared`
    stay. If blocks are to go by their age only, `day` finds the ISO date that they are of in their
    text, and those of a day after `until` stay, as do those without one.
    """

    families: frozenset[str]
    path: PurePosixPath
    title: str
    intro: str
    spared: frozenset[str] = frozenset()
    day: re.Pattern[str] | None = None
    until: date = date.max

    def names(self, text: str, document: Document) -> frozenset[str]:
        """Return the blocks in the document's text that are to go."""
        kept = {name for name, _ in document.blocks}
        return frozenset(
            piece.name
            for piece in pieces(text)
            if piece.name is not None
            and piece.name not in kept
            and _is_of(piece.name, self.families)
            and not _is_of(piece.name, self.spared)
            and self._is_old(piece.text)
        )

    def _is_old(self, text: str) -> bool:
        if self.day is None:
            return True
        found = self.day.search(text)
        return found is not None and found[1] <= self.until.isoformat()

    def retired(self, text: str, archive: str, document: Document) -> tuple[str, str]:
        """Return the texts of the document and of the archive after the blocks went there."""
        names = self.names(text, document)
        if not names:
            return text, archive
        return move(text, archive or upsert("", (), title=self.title, intro=self.intro), names)


def _is_of(name: str, families: Iterable[str]) -> bool:
    return any(f"{name}.".startswith(f"{each}.") for each in families)


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it shall be: its path in the folder, and its blocks in order.

    The title, the introduction and the outro are Markdown, and for a new file only.
    """

    path: PurePosixPath
    title: str
    intro: str
    blocks: Sequence[Block]
    outro: str = ""
    retirements: Sequence[Retirement] = ()

    def updated(self, text: str) -> str:
        """Return the file's text with the blocks as they are now."""
        return upsert(text, self.blocks, title=self.title, intro=self.intro, outro=self.outro)

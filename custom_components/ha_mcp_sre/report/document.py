"""What is written down beside the report itself, as data: files of generated blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from .blocks import Block, move, pieces, upsert


@dataclass(frozen=True, slots=True)
class Retirement:
    """Blocks of a document that are to go to another file once the document does without them.

    `families` are the beginnings of their names, up to a dot, or whole names.
    """

    families: frozenset[str]
    path: PurePosixPath
    title: str
    intro: str

    def names(self, text: str, document: Document) -> frozenset[str]:
        """Return the blocks in the document's text that are to go."""
        kept = {name for name, _ in document.blocks}
        return frozenset(
            piece.name
            for piece in pieces(text)
            if piece.name is not None
            and piece.name not in kept
            and (piece.name in self.families or piece.name.rpartition(".")[0] in self.families)
        )

    def retired(self, text: str, archive: str, document: Document) -> tuple[str, str]:
        """Return the texts of the document and of the archive after the blocks went there."""
        names = self.names(text, document)
        if not names:
            return text, archive
        return move(text, archive or upsert("", (), title=self.title, intro=self.intro), names)


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

"""Documents: files of generated blocks, some of which go to an archive in the end."""

from pathlib import PurePosixPath

from custom_components.ha_mcp_sre.report.blocks import Block, pieces
from custom_components.ha_mcp_sre.report.document import Document, Retirement

VERSIONS = Retirement(
    frozenset({"baseline.home"}),
    PurePosixPath("archive/baselines.md"),
    title="Earlier",
    intro="As they were last.",
)


def document(*blocks: Block, outro: str = "") -> Document:
    return Document(PurePosixPath("x.md"), "Title", "Intro.", blocks, outro, (VERSIONS,))


def names_in(text: str) -> list[str]:
    return [piece.name for piece in pieces(text) if piece.name]


OLD = document(("baseline.home.8-6-0", "old"), ("baseline.shed.8-6-0", "other"))
NEW = document(("baseline.home.8-7-0", "new"), ("baseline.shed.8-6-0", "other"))


def test_places_for_a_person_come_last_and_only_once() -> None:
    note = document(("a", "One."), outro="\n## Root cause\n")
    text = note.updated("")
    assert text.endswith("end a -->\n\n## Root cause\n")
    filled = text + "\nA cable.\n"
    assert note.updated(filled) == filled


def test_a_block_that_was_superseded_goes_to_the_archive_with_what_stands_below_it() -> None:
    text = OLD.updated("").replace("8-6-0 -->\n", "8-6-0 -->\nmine\n", 1)
    left, archive = VERSIONS.retired(text, "", NEW)
    assert names_in(left) == ["baseline.shed.8-6-0"]
    assert names_in(archive) == ["baseline.home.8-6-0"]
    assert archive.startswith("# Earlier\n\nAs they were last.\n")
    assert "mine" in archive
    assert "mine" not in left


def test_a_block_of_another_family_stays() -> None:
    text = document(("baseline.homestead.1", ""), ("baseline.home", "")).updated("")
    left, _ = VERSIONS.retired(text, "", NEW)
    assert names_in(left) == ["baseline.homestead.1"]


def test_without_anything_to_retire_no_archive_is_begun() -> None:
    text = NEW.updated("")
    assert VERSIONS.retired(text, "", NEW) == (text, "")

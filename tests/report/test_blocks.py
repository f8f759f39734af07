"""Generated blocks among what a person writes: nothing of the latter is ever lost."""

from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.report.blocks import (
    Block,
    block_name,
    move,
    pieces,
    slug,
    upsert,
)

NAMES = ("a", "b", "incident.home.i1234567")

names = st.sampled_from(NAMES)
endings = st.sampled_from(["\n", "\r\n", "\r", ""])
markers = st.builds(
    "{}<!-- ha-mcp-sre: {} {}{} -->{}{}".format,
    st.sampled_from(["", " ", "\ufeff", "x"]),
    st.sampled_from(["begin", "end"]),
    names,
    st.sampled_from(["", " (replaced)", " -- "]),
    st.sampled_from(["", "  ", " mine"]),
    endings,
)
lines = st.builds("{}{}".format, st.text(max_size=8), endings)
persons = st.lists(st.one_of(markers, lines), max_size=12).map("".join)
contents = st.one_of(st.text(max_size=20), persons)
wanted = st.lists(st.tuples(names, contents), max_size=3, unique_by=lambda block: block[0])


def updated(text: str, blocks: Sequence[Block]) -> str:
    return upsert(text, blocks, title="Title", intro="What this is.")


def of_person(text: str) -> str:
    return "".join(piece.text for piece in pieces(text) if piece.name is None)


def blocks_of(text: str) -> list[str]:
    return [piece.name for piece in pieces(text) if piece.name is not None]


def words_of(*texts: str) -> list[str]:
    """Return what a person wrote, word by word; the order is another matter."""
    written = (piece.text for text in texts for piece in pieces(text) if piece.name is None)
    return sorted(word for text in written for word in text.split())


def is_kept(person: str, text: str) -> bool:
    """Whether a text is what a person wrote, with nothing but line ends put in."""
    rest = iter(text)
    return all(letter in rest for letter in person) and one_line(text) == one_line(person)


def one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")


def test_a_new_file_begins_with_its_title_and_its_introduction() -> None:
    assert updated("", [("a", "One."), ("b", "Two.")]) == (
        "# Title\n"
        "\n"
        "What this is.\n"
        "\n"
        "<!-- ha-mcp-sre: begin a (replaced at each update: write above or below) -->\n"
        "\n"
        "One.\n"
        "\n"
        "<!-- ha-mcp-sre: end a -->\n"
        "\n"
        "<!-- ha-mcp-sre: begin b (replaced at each update: write above or below) -->\n"
        "\n"
        "Two.\n"
        "\n"
        "<!-- ha-mcp-sre: end b -->\n"
    )


def test_a_file_without_title_begins_with_its_block() -> None:
    text = upsert("", [("report", "# SRE Report")], title="", intro="")
    assert text.startswith("<!-- ha-mcp-sre: begin report ")


@given(persons.filter(bool), wanted)
@example("\ufeff<!-- ha-mcp-sre: begin a -->\r\n<!-- ha-mcp-sre: end a -->\r\n", [("b", "")])
@example("mine\r", [("a", "1"), ("b", "2")])
@example("<!-- ha-mcp-sre: begin a -->\nmine", [("a", "1")])
def test_what_a_person_wrote_survives_every_update(person: str, blocks: list[Block]) -> None:
    assert is_kept(of_person(person), of_person(updated(person, blocks)))


@given(persons, wanted)
def test_an_update_that_brings_nothing_new_changes_nothing(
    person: str, blocks: list[Block]
) -> None:
    once = updated(person, blocks)
    assert updated(once, blocks) == once


@given(persons, wanted)
def test_every_wanted_block_is_there_and_no_other_is_lost(person: str, blocks: list[Block]) -> None:
    before, after = blocks_of(person), blocks_of(updated(person, blocks))
    new = [name for name, _ in blocks if name not in before]
    assert sorted(after) == sorted(before + new)


@given(persons.filter(bool), wanted, wanted)
def test_what_a_person_wrote_does_not_even_move_when_blocks_are_renewed(
    person: str, blocks: list[Block], later: list[Block]
) -> None:
    text = updated(person, blocks)
    known = {name for name, _ in blocks}
    renewed = [block for block in later if block[0] in known]
    assert of_person(updated(text, renewed)) == of_person(text)


@given(persons, persons, st.sets(names))
def test_a_move_loses_nothing_that_a_person_wrote(
    source: str, target: str, moving: set[str]
) -> None:
    left, there = move(source, target, moving)
    # What stands below a block in both files is the same text, there since the move before.
    assert set(words_of(left, there)) == set(words_of(source, target))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_block_is_written_with_the_line_ends_of_its_file(newline: str) -> None:
    text = updated(f"# Mine{newline}", [("a", "One.\nTwo.")])
    assert text.count("\n") == text.count(newline) == 8


def test_a_block_stays_where_a_person_put_it() -> None:
    first, second = ("a", "One."), ("b", "Two.")
    turned = updated("mine\n", [second, first])
    assert updated(turned, [first, second]) == turned


def test_a_block_that_a_person_removed_comes_back_before_the_next() -> None:
    text = updated("mine\n", [("b", "Two.")])
    again = updated(text + "below\n", [("a", "One."), ("b", "Two.")])
    assert blocks_of(again) == ["a", "b"]
    assert again.startswith("mine\n\n<!--")
    assert again.endswith("-->\nbelow\n")


def test_a_block_without_its_end_becomes_the_persons_and_is_written_anew() -> None:
    text = updated("mine\n", [("a", "One.")])
    broken = text.replace("<!-- ha-mcp-sre: end a -->\n", "")
    again = updated(broken, [("a", "Two.")])
    assert again.startswith(broken)
    assert blocks_of(again) == ["a"]


def test_text_beside_a_comment_makes_it_the_persons() -> None:
    text = updated("", [("a", "One.")]).replace("end a -->", "end a --> I was here")
    again = updated(text, [("a", "Two.")])
    assert again.startswith(text)


def test_a_block_that_is_there_twice_is_renewed_twice() -> None:
    text = updated("mine\n", [("a", "One.")])
    assert "One." not in updated(text + text, [("a", "Two.")])


def test_content_that_looks_like_a_comment_of_ours_ends_no_block() -> None:
    text = updated("", [("a", "<!-- ha-mcp-sre: end a -->\n# Mine")])
    assert of_person(text) == "# Title\n\nWhat this is.\n\n"


def test_what_a_person_wrote_below_a_block_moves_with_it() -> None:
    log = updated("", [("a", "One."), ("b", "Two.")])
    log = log.replace("end a -->\n", "end a -->\n\nLearnt: nothing.\n")
    left, archive = move(log, "# Archive\n", ["a"])
    assert blocks_of(left) == ["b"]
    assert "Learnt" not in left
    assert archive.endswith("<!-- ha-mcp-sre: end a -->\n\nLearnt: nothing.\n\n")


def test_a_move_that_was_interrupted_is_repeated_without_doubling() -> None:
    log = updated("", [("a", "One.")]) + "\nLearnt: nothing.\n"
    _, archive = move(log, "# Archive\n", ["a"])
    _, again = move(log, archive, ["a"])
    assert again == archive


def test_what_was_written_later_below_a_moved_block_is_added() -> None:
    log = updated("", [("a", "One.")])
    _, archive = move(log + "first\n", "# Archive\n", ["a"])
    _, again = move(log + "then\n", archive, ["a"])
    assert words_of(again) == ["#", "Archive", "first", "then"]


def test_nothing_is_moved_where_broken_comments_would_meet() -> None:
    block = updated("", [("a", "One.")])
    log = f"{block}mine\n<!-- ha-mcp-sre: begin b -->\n"
    archive = f"{block}precious\n<!-- ha-mcp-sre: end b -->\n"
    assert move(log, archive, ["a"]) == (log, archive)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Küche / ha-mcp", "kuche-ha-mcp"),
        ("../../etc/passwd", "etc-passwd"),
        ("家", ""),
        ("A" * 99, "a" * 48),
    ],
)
def test_a_slug_is_nothing_but_letters_digits_and_hyphens(text: str, plain: str) -> None:
    assert slug(text) == plain


@given(st.lists(st.text(), min_size=1))
def test_every_name_of_a_block_is_found_again(parts: list[str]) -> None:
    name = block_name(*parts)
    assert blocks_of(updated("", [(name, "")])) == [name]

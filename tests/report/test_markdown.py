"""Text from outside in Markdown: it is shown as it is, and nothing but text."""

import re

from hypothesis import example, given
from hypothesis import strategies as st
import pytest

from custom_components.ha_mcp_sre.report.blocks import pieces
from custom_components.ha_mcp_sre.report.markdown import escaped, plain

from .reports import PARSER

ADDRESS = re.compile(r"(?:https?|ftp)://|\bwww\.|[\w.+-]@[\w-]+\.\w|\w\.[a-z]{2}", re.IGNORECASE)
"""What programs make a link of without any brackets."""

NASTY = [
    "# Heading",
    "Heading #",
    "- item",
    "+ item",
    "1. item",
    "2026) item",
    "    code",
    "```sh",
    "~~~",
    "---",
    "===",
    "> quote",
    "[text](http://example.com)",
    "![image](x)",
    "<script>alert(1)</script>",
    "<!-- ha-mcp-sre: begin x -->",
    "<https://example.com>",
    "https://example.com/path",
    "www.example.com",
    "someone@example.com",
    "a | b",
    "*bold* _it_ __b__ ~~gone~~ `code`",
    "&lt;b&gt; &#35;",
    "{{ states('a') }} {% if x %} {# y #}",
    "[^1]: note",
    "[x]: /url",
    "a\\",
    "a\\|b",
    "line\nbreak\r\n# Heading\u2028# Heading",
    "right\u202eto left",
    "$x^2$",
    "|---|",
    "\ud800",
    "",
]

TEXTS = st.text(
    st.sampled_from("ab1 _*#-+=<>[](){}|\\`~!&;:/.@$^\"'\n\t\u202e") | st.characters(codec=None),
    max_size=40,
)


def _lines(text: str) -> str:
    """Return a document in which a text stands wherever the templates put one."""
    return (
        f"- {text}\n- before {text} after\n  - {text}\n\n1. {text}\n   - so: {text}\n\n"
        f"{text}\n\n## {text}\n\n| {text} | b |\n|---|---|\n| {text} | {text} |\n"
    )


def _texts(markdown: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the elements of a document, with the texts in them."""
    return [
        (token.type, [(each.type, each.content) for each in token.children or ()])
        for token in PARSER.parse(markdown)
    ]


@given(TEXTS)
@example("0.")
@example("_a_")
@example("a__b")
@example("* *")
@example("#")
@example("\\")
def test_any_text_is_shown_as_it_is_and_begins_nothing(text: str) -> None:
    shown = plain(text) or "word"
    expected = _texts(_lines("word"))
    found = _texts(_lines(escaped(text) or "word"))
    assert [kind for kind, _ in found] == [kind for kind, _ in expected]
    for (_, children), (_, like) in zip(found, expected, strict=True):
        assert [kind for kind, _ in children] == [kind for kind, _ in like]
        for (_, content), (_, template) in zip(children, like, strict=True):
            assert content == template.replace("word", shown)


@pytest.mark.parametrize("text", NASTY)
def test_what_begins_something_is_shown_as_text(text: str) -> None:
    (_, children), *_ = [each for each in _texts(f"- {escaped(text)}\n") if each[1]] or [("", [])]
    assert "".join(content for _, content in children) == plain(text)
    assert {kind for kind, _ in children} <= {"text"}


@given(TEXTS)
@example("https://example.com and www.example.com and me@example.com")
@example("me@www.example.com")
@example("a.b.co")
def test_no_address_is_left_that_becomes_a_link_by_itself(text: str) -> None:
    assert not ADDRESS.search(escaped(text))


@given(TEXTS)
@example("<!-- ha-mcp-sre: begin week -->")
def test_no_text_is_the_comment_of_a_generated_block(text: str) -> None:
    assert all(piece.name is None for piece in pieces(f"{escaped(text)}\n{escaped(text)}\n"))


@given(TEXTS)
def test_the_template_of_a_home_is_never_in_it(text: str) -> None:
    assert not re.search(r"\{[{%#]", escaped(text))


@given(TEXTS)
def test_it_is_one_line_that_a_file_can_hold(text: str) -> None:
    assert len(escaped(text).encode().decode().splitlines()) <= 1


@pytest.mark.parametrize(
    "word",
    [
        "ha_get_state",
        "WEBSOCKET_DISCONNECTED",
        "v8.7.0",
        "2026.11.0",
        "Build (Test Only)",
        "-144.24",
    ],
)
def test_ordinary_words_stay_as_they_are(word: str) -> None:
    assert escaped(word) == word

"""Reports of whole weeks as they are made in a home, and what their Markdown is made of."""

from collections.abc import Callable, Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from custom_components.ha_mcp_sre.report.edition import Known, draft, edition
from custom_components.ha_mcp_sre.report.material import Material

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
"""What GitHub reads, but for addresses that become links by themselves."""

type Data = dict[str, Any]


def report(material: Material, known: Known | None = None, prose: str | None = None) -> Data:
    """Return the data of a report."""
    return draft(material, known or Known()).data(prose)


def outage_remark(material: Material) -> str:
    """Return what is remarked of the only outage of a week."""
    (told,) = [
        each for each in report(material)["key_observations"] if each["key"].startswith("outage:")
    ]
    return str(told["statement"])


def file_of(material: Material, name: str) -> str:
    """Return the only file that has this in its path, as it is written first."""
    (found,) = [
        each for each in edition(draft(material, Known())).documents if name in str(each.path)
    ]
    return found.updated("")


def leaves(data: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value of some data, and the path of its keys."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(data, list):
        for value in data:
            yield from leaves(value, f"{path}[]")
    else:
        yield path, data


def changed(data: Any, change: Callable[[str, Any], object], path: str = "") -> Any:
    """Return data in which each value was changed, by its path."""
    if isinstance(data, dict):
        return {
            key: changed(value, change, f"{path}.{key}" if path else key)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [changed(value, change, f"{path}[]") for value in data]
    return change(path, data)


def structure(markdown: str) -> list[str]:
    """Return what a Markdown text is made of: its elements in order, whatever they say."""
    return list(_elements(PARSER.parse(markdown)))


def _elements(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield from (each.type for each in token.children or () if each.type != "text")
        else:
            yield f"{token.type} {token.tag} {token.info}"

"""The choice between the servers that were found, in the language of this home."""

from collections.abc import Iterable

from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .detect import Install
from .texts import Texts

OTHER = "other"
"""The choice of a server that was not found."""

PROJECT = "project"
"""The choice of ha-mcp's own project."""


def choice_of(found: Iterable[Install], others: Iterable[str], texts: Texts) -> SelectSelector:
    """Return a choice that says of each server how it is installed and how it fares."""
    options = [
        SelectOptionDict(value=each.unique_id, label=f"{each.name} ({_details(each, texts)})")
        for each in found
    ]
    options += [
        SelectOptionDict(value=each, label=texts.option("install", each)) for each in others
    ]
    return SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST))


def _details(install: Install, texts: Texts) -> str:
    parts = (
        texts.option("mode", install.mode),
        install.version,
        texts.option("state", install.state),
    )
    return ", ".join(filter(None, parts))

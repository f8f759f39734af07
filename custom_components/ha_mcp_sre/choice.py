"""The choice between the servers that were found, in the language of this home."""

from collections.abc import Callable, Iterable

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .detect import Install

OTHER = "other"
"""The choice of a server that was not found."""

PROJECT = "project"
"""The choice of ha-mcp's own project."""

type Text = Callable[[str, str], str]
"""Says an option of a selector."""


async def async_texts(hass: HomeAssistant) -> Text:
    """Return how to say an option of a selector."""
    texts = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])

    def text(selector: str, option: str) -> str:
        return texts.get(f"component.{DOMAIN}.selector.{selector}.options.{option}", option)

    return text


def choice_of(found: Iterable[Install], others: Iterable[str], text: Text) -> SelectSelector:
    """Return a choice that says of each server how it is installed and how it fares."""
    options = [
        SelectOptionDict(value=each.unique_id, label=f"{each.name} ({_details(each, text)})")
        for each in found
    ]
    options += [SelectOptionDict(value=each, label=text("install", each)) for each in others]
    return SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST))


def _details(install: Install, text: Text) -> str:
    parts = (text("mode", install.mode), install.version, text("state", install.state))
    return ", ".join(filter(None, parts))

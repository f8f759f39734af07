"""The texts of this integration, in the language of this home or another."""

from collections.abc import Mapping
from dataclasses import dataclass

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN

_CATEGORIES = ("common", "entity", "issues", "selector")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts in one language, by their path."""

    texts: Mapping[str, str]

    def get(self, path: str) -> str | None:
        """Return a text; None if there is none at this path."""
        return self.texts.get(f"component.{DOMAIN}.{path}")

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with these values in it."""
        return (self.get(f"common.{key}") or key).format(**values)

    def option(self, selector: str, option: str) -> str:
        """Return what an option of a selector is called."""
        return self.get(f"selector.{selector}.options.{option}") or option

    def under(self, path: str) -> dict[str, str]:
        """Return all texts whose path begins with this one, by the rest of it."""
        prefix = f"component.{DOMAIN}.{path}."
        return {
            key.removeprefix(prefix): text
            for key, text in self.texts.items()
            if key.startswith(prefix)
        }


async def async_texts(hass: HomeAssistant, language: str | None = None) -> Texts:
    """Return the texts in a language; in that which this home has now if none is named."""
    texts: dict[str, str] = {}
    for category in _CATEGORIES:
        texts |= await async_get_translations(
            hass, language or hass.config.language, category, [DOMAIN]
        )
    return Texts(texts)

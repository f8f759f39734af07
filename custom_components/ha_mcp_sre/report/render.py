"""From data to Markdown, by templates in which every value is plain text."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
import re
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .markdown import escaped
from .phrases import UNKNOWN, capital, compared, times, with_unit, written

_TEMPLATES = Path(__file__).parent / "templates"
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_GAPS = re.compile(r"\n{3,}")


def render(data: Mapping[str, Any]) -> str:
    """Return the weekly report as Markdown; `data` is what `weekly` returns."""
    return filled("weekly.md.jinja", data)


def filled(template: str, values: Mapping[str, Any]) -> str:
    """Return a template of `templates/` with these values in it, which reads files: no event loop.

    A number is written without zeros that say nothing, None as unknown.
    """
    text = _environment().get_template(template).render(values)
    return _GAPS.sub("\n\n", text).strip("\n") + "\n"


def _finished(value: object) -> Markup:
    """Return Markdown for a value; what a macro made is Markdown already."""
    # Only what stands in a template is Markup: no data is. It is HTML to the library, and to us
    # whatever needs no escaping any more.
    return value if isinstance(value, Markup) else Markup(escaped(written(value)))  # noqa: S704


def _clock(moment: str | None) -> str:
    """Return a moment in ISO 8601 as a person reads it."""
    if moment is None:
        return UNKNOWN
    at = datetime.fromisoformat(moment)
    return f"{_WEEKDAYS[at.weekday()]} {at:%Y-%m-%d %H:%M:%S}"


@cache
def _environment() -> Environment:
    # Escaping as in HTML is on for macros: what they return is marked as done.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        finalize=_finished,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "unit": with_unit,
        "compared": compared,
        "times": times,
        "capital": capital,
        "clock": _clock,
    }
    return environment

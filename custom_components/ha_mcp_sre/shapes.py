"""The shape of what is on disk, and what becomes of a section that has another one."""

from collections.abc import Callable, Mapping
import struct
from typing import Any
import zlib

import probatio as vol

from .observe.plain import LATEST

SECONDS = vol.All(vol.Any(float, int), vol.Range(min=0, max=LATEST))
COUNT = vol.All(int, vol.Range(min=0))
TEXT = vol.Maybe(str)

# What reading a wrong shape can raise, from the schema down to the bytes of a row.
WRONG_SHAPE = (vol.Invalid, zlib.error, struct.error, IndexError, TypeError, ValueError)


class Sections:
    """The sections of a file, each of which is read by itself: the others go on without it.

    `unreadable` are those that were not read yet, or that have a wrong shape.
    """

    def __init__(self, sections: Mapping[str, Any]) -> None:
        """Begin with nothing read."""
        self._sections = sections
        self.unreadable = dict(sections)

    def read[T](self, name: str, shape: Callable[[Any], T], fallback: T) -> T:
        """Return a section; the fallback if there is none, or none of this shape."""
        if name not in self._sections:
            return fallback
        try:
            value = shape(self._sections[name])
        except WRONG_SHAPE:
            return fallback
        del self.unreadable[name]
        return value

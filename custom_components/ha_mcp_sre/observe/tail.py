"""What is new in a file that only grows, and whether it is still the same file."""

from dataclasses import dataclass
import errno
from hashlib import sha256
import os
from pathlib import Path
import stat

_MARKED = 4096
"""Bytes before the offset that must still be the same: enough to reach back to the beginning of
a usual line, where the time stands."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Whole lines of a file from `start` on, without their line breaks.

    `continued` says that the lines follow what was read before; otherwise it is a file not known
    yet: its end, or its beginning if no file or an empty one was there before. `offset` and `mark`
    are where to go on, `size` is the file's. `overlong` counts the lines that were skipped because
    they do not fit, `unfinished` says that the end of the last line is not written yet, `more` that
    there is more to read at once.
    """

    lines: tuple[bytes, ...]
    continued: bool
    start: int
    inode: int
    offset: int
    mark: str
    size: int
    overlong: int
    unfinished: bool
    more: bool


def read_tail(path: Path, offset: int | None, mark: str | None, limit: int) -> Tail:
    """Read on at an offset, or at the end of the file if it is another one than before.

    At most `limit` bytes are read, besides the few that show whether the file is the same.
    Raises `OSError` if the file cannot be read.
    """
    # Without waiting, in case somebody put a pipe there.
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        size = status.st_size
        start = offset or 0
        before = _before(file, start) if start <= size else b""
        # Nothing tells a file from another that was empty when it was looked at.
        continued = 0 < start <= size and _hash(before) == mark
        if not continued and offset != 0:
            start = max(0, size - limit)
            before = _before(file, start)
        data = os.pread(file, limit, start)
    finally:
        os.close(file)
    lines, read, overlong = _cut(
        data, within=start > 0 and not before.endswith(b"\n"), full=len(data) == limit
    )
    return Tail(
        lines=lines,
        continued=continued,
        start=start,
        inode=status.st_ino,
        offset=start + read,
        mark=_hash((before + data[:read])[-_MARKED:]),
        size=size,
        overlong=overlong,
        unfinished=read < len(data),
        more=start + len(data) < size,
    )


def _before(file: int, offset: int) -> bytes:
    length = min(_MARKED, offset)
    return os.pread(file, length, offset - length)


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]


def _cut(data: bytes, *, within: bool, full: bool) -> tuple[tuple[bytes, ...], int, int]:
    """Return the whole lines, how many bytes are done with, and how many lines are overlong.

    `within` says that the data begins in the middle of a line, the rest of which is skipped.
    """
    begin, end = data.find(b"\n") + 1 if within else 0, data.rfind(b"\n") + 1
    if not end:
        return (), len(data) if full else 0, int(full and not within)
    return tuple(data[begin : end - 1].split(b"\n")) if end > begin else (), end, 0

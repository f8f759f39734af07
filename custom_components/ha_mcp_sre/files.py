"""The folder in which a person finds the report and the documents that go with it.

All of it blocks, and is for the executor. One at a time: a write reads first.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
import errno
from itertools import count
import logging
import os
from pathlib import Path, PurePosixPath
import stat

from homeassistant.util.file import WriteError, write_utf8_file_atomic

from .report.document import Document
from .report.retention import DATED, moves

_LOGGER = logging.getLogger(__name__)


class FileFailure(StrEnum):
    """Why something could not be written."""

    DISK_FULL = "disk_full"
    READ_ONLY = "read_only"
    NOT_ALLOWED = "not_allowed"
    IN_THE_WAY = "in_the_way"
    """There is something else where a file or a folder should be, or a link that leads out."""
    IO_ERROR = "io_error"


_KINDS = {
    errno.ENOSPC: FileFailure.DISK_FULL,
    errno.EDQUOT: FileFailure.DISK_FULL,
    errno.EFBIG: FileFailure.DISK_FULL,
    errno.EROFS: FileFailure.READ_ONLY,
    errno.EACCES: FileFailure.NOT_ALLOWED,
    errno.EPERM: FileFailure.NOT_ALLOWED,
    errno.EEXIST: FileFailure.IN_THE_WAY,
    errno.EISDIR: FileFailure.IN_THE_WAY,
    errno.ENOTDIR: FileFailure.IN_THE_WAY,
    errno.ELOOP: FileFailure.IN_THE_WAY,
}

_OF_THE_DISK = frozenset({FileFailure.DISK_FULL, FileFailure.READ_ONLY})
"""What would happen to every other file as well."""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of a write: the documents that are up to date, and the first failure."""

    paths: tuple[PurePosixPath, ...] = ()
    failure: FileFailure | None = None


def write(root: Path, documents: Sequence[Document], today: date | None) -> WriteResult:
    """Bring the documents in a folder up to date, and put files that are old into its archive.

    Files are old only `today`, and if they are not among the documents; None leaves them where
    they are, which is right where these are not all documents that there are.

    What a person wrote stays. A file that needs no change is not touched, one that fails stays
    as it was. After a failure of the disk itself the rest is not tried.
    """
    folder = _Folder(root)
    done: list[PurePosixPath] = []
    failures: list[FileFailure] = []
    for document in documents:
        failure = folder.attempt_update(document)
        if failure is None:
            done.append(document.path)
            continue
        failures.append(failure)
        if failure in _OF_THE_DISK:
            break
    else:
        if today is not None:
            kept = frozenset(document.path for document in documents)
            failures += folder.attempt_moves(today, kept)
    return WriteResult(tuple(done), failures[0] if failures else None)


class _Folder:
    """A folder that nothing leads out of, though it may be a link itself."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def attempt_update(self, document: Document) -> FileFailure | None:
        """Bring a document up to date; return why that failed."""
        try:
            self._update(document)
        except (OSError, WriteError) as error:
            return _kind(error)
        return None

    def attempt_moves(self, today: date, kept: frozenset[PurePosixPath]) -> list[FileFailure]:
        """Put files that are too old into the archive; return what failed."""
        failures = []
        for folder in DATED:
            try:
                for path, target in moves(self._files_in(folder), today, kept).items():
                    file = self._made(target)
                    names = (f"{file.stem}-{number}{file.suffix}" for number in count(2))
                    self._within(path).rename(_free(file, names))
            except OSError as error:
                failures.append(_kind(error))
        return failures

    def _update(self, document: Document) -> None:
        before = self._read(document.path)
        text = before
        for retirement in document.retirements:
            archive = self._read(retirement.path)
            text, archived = retirement.retired(text, archive, document)
            # First: a block may be in both files for a moment, but never in none.
            self._write(retirement.path, archive, archived)
        self._write(document.path, before, document.updated(text))

    def _read(self, path: PurePosixPath) -> str:
        """Return what is in a file; one that cannot be read is set aside."""
        file = self._within(path)
        try:
            if not stat.S_ISREG(file.stat().st_mode):
                raise IsADirectoryError(errno.EISDIR, "no regular file")
            return file.read_bytes().decode()
        except FileNotFoundError:
            return ""
        except PermissionError, UnicodeDecodeError:
            names = (f"{file.name}.unreadable-{number}" for number in count(1))
            aside = file.rename(_free(file.with_name(next(names)), names))
            _LOGGER.warning("%s could not be read and is kept as %s", path, aside.name)
            return ""

    def _write(self, path: PurePosixPath, before: str, text: str) -> None:
        """Write a file, unless it says that already."""
        if text == before:
            return
        file = self._made(path)
        access = file.stat() if file.exists() else None
        # Half a surrogate pair would be no UTF-8.
        write_utf8_file_atomic(str(file), text.encode(errors="replace"), mode="wb")
        if access is not None:
            _give_access(file, access)

    def _files_in(self, folder: PurePosixPath) -> list[PurePosixPath]:
        """Return the files in a folder, without links."""
        place = self._within(folder)
        if not place.is_dir():
            return []
        with os.scandir(place) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        return [folder / name for name in names]

    def _made(self, path: PurePosixPath) -> Path:
        """Return where a file is, its folder made."""
        file = self._within(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def _within(self, path: PurePosixPath) -> Path:
        """Return where a file is; raise an OSError if a link leads out of the folder."""
        file = (self._root / path).resolve()
        if not file.is_relative_to(self._root.resolve()):
            raise FileExistsError(errno.EEXIST, "a link leads out of the folder")
        return file


def _give_access(file: Path, as_before: os.stat_result) -> None:
    """Let those who could edit a file edit what took its place, as far as that is possible."""
    with suppress(OSError):
        os.chown(file, as_before.st_uid, as_before.st_gid)
    with suppress(OSError):
        file.chmod(stat.S_IMODE(as_before.st_mode))


def _free(file: Path, names: Iterator[str]) -> Path:
    """Return a path that nothing is at: this one, or one with another of these names."""
    while os.path.lexists(file):
        file = file.with_name(next(names))
    return file


def _kind(error: OSError | WriteError) -> FileFailure:
    cause = error.__cause__ if isinstance(error, WriteError) else error
    number = cause.errno if isinstance(cause, OSError) else None
    return _KINDS.get(number or 0, FileFailure.IO_ERROR)

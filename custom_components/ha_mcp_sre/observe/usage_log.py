"""Tool calls from the usage log of an ha-mcp that runs inside Home Assistant.

ha-mcp appends each call to a file, a moment after it answered and in silence if that fails. The
last 200 it also keeps in memory, which helps where the file does not: while it cannot be read,
while the disk is full, and to prove that nothing was lost when the file was cut off.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
import json
from math import inf
from pathlib import Path
import time

from ..assess.observation import FailureKind, Position, ToolCallReading
from ..assess.policy import Policy
from ..assess.signals import Source
from .journal import Journal
from .records import Record, is_past, read_record, sift
from .ring_buffer import LISTED, read_ring_buffer, ring_buffer_of_this_process
from .tail import read_tail

_CLOCK_ERROR = 24 * 3600.0
"""Seconds by which a clock may have been ahead and still be believed when it is set back."""

_BEGINNING = b'{"timestamp": "'
"""How ha-mcp begins a record. Nothing inside a text looks like it: there, quotes are escaped."""


@dataclass(frozen=True, slots=True)
class _News:
    """Records that were not read before, and what is known after them."""

    records: Sequence[Record]
    position: Position
    source: Source = Source.USAGE_LOG
    lost: bool = False
    overlong: int = 0
    more: bool = False
    log_size: int | None = None


class UsageLogSource:
    """The tool calls of the server inside this Home Assistant; one reading at a time."""

    def __init__(
        self,
        path: Path,
        journal: Journal,
        policy: Policy,
        *,
        ring_buffer: Callable[[], Sequence[object] | None] = ring_buffer_of_this_process,
    ) -> None:
        """Read a usage log; the journal tells which calls are our own."""
        self._path = path
        self._journal = journal
        self._policy = policy
        self._ring_buffer = ring_buffer

    async def read(self, position: Position, now: float) -> ToolCallReading | FailureKind:
        """Read the calls since a position, or return why that was not possible."""
        started = time.perf_counter()
        loop = asyncio.get_running_loop()
        news = await loop.run_in_executor(None, self._look, position, now)
        if isinstance(news, FailureKind):
            return news
        sifted = sift(news.records, self._journal, position, now)
        return ToolCallReading(
            duration=time.perf_counter() - started,
            calls=sifted.calls,
            position=news.position,
            lost=news.lost,
            skew=0.0,
            broken_records=sifted.broken + news.overlong,
            source=news.source,
            more=news.more,
            log_size=news.log_size,
            own_bytes=sifted.own_bytes,
        )

    def _look(self, position: Position, now: float) -> _News | FailureKind:
        """Read the files and memory of ha-mcp; this takes time."""
        # Before the file: a call that is old in here must be in there by then.
        ring = read_ring_buffer(self._ring_buffer)
        try:
            news = self._read_log(position, now)
        except FileNotFoundError:
            position = replace(position, offset=position.offset or 0)
            if not ring and not position.offset:
                return _News((), position)  # No call yet.
        except OSError:
            pass
        else:
            return self._with_ring(news, position, ring, now) if ring and not news.more else news
        if ring is None:
            return FailureKind.UNREADABLE
        return self._with_ring(_News((), position), position, ring, now, readable=False)

    def _read_log(self, position: Position, now: float) -> _News:
        """Read what is new in the log; raises `OSError` if it cannot be read."""
        limit = self._policy.usage_log_chunk
        tail = read_tail(self._path, position.offset, position.mark, limit)
        records = list(_records(tail.lines))
        if (
            position.offset == 0
            and tail.more
            and not all(
                _is_later(record, position) and not is_past(record, position) for record in records
            )
        ):
            # Not the file that we waited for, but a long old one.
            tail = read_tail(self._path, None, None, limit)
            records = list(_records(tail.lines))
        in_order = tail.continued and not position.ahead
        fresh, found = (records, True) if in_order else _unread(records, position)
        first = position.offset is None and position.last_seen is None
        if found or tail.continued:
            lost = False
        elif first:
            lost = tail.start > 0 and not any(is_past(each, position) for each in records)
        else:
            same = position.offset == 0 and position.inode in (None, tail.inode)
            lost = not same or tail.start > 0
        last_seen = next((each.key for each in reversed(fresh) if each.key), position.last_seen)
        return _News(
            records=fresh,
            position=replace(
                position,
                # Whether the call that is being written is of the past is decided by its time.
                last_seen=None if first and tail.unfinished else last_seen,
                last_ended=_latest(records, position, now),
                inode=tail.inode,
                offset=tail.offset,
                mark=tail.mark,
                ahead=position.ahead and not found and last_seen == position.last_seen,
            ),
            lost=lost,
            overlong=tail.overlong,
            more=tail.more,
            log_size=tail.size,
        )

    def _with_ring(
        self,
        news: _News,
        position: Position,
        ring: Sequence[Record],
        now: float,
        *,
        readable: bool = True,
    ) -> _News:
        """Add the calls that are not in the log although they should be."""
        logged = {record.key for record in news.records}
        unread, found = _unread(ring, position)
        missing = [
            record
            for record in unread
            if record.key not in logged and not is_past(record, position)
        ]
        # They are written in order: what is older than the last one written will not follow.
        due = max((record.ended for record in news.records), default=-inf)
        due = max(due, now - self._policy.usage_log_lag)
        late = any(record.ended < due for record in missing)
        if readable and not late and not news.lost:
            return replace(news, source=Source.RING_BUFFER) if news.position.ahead else news
        lost = news.lost and not found
        if late or not readable:
            met = found or any(record.key in logged for record in ring)
            unsure = position.ahead or not readable
            lost |= _falls_short(ring, position, met=met, unsure=unsure)
        known = logged | {record.key for record in missing}
        newest = next((each.key for each in reversed(ring) if each.key in known), None)
        ahead = newest is not None and newest not in logged
        return replace(
            news,
            records=sorted((*news.records, *missing), key=lambda record: record.ended),
            position=replace(
                news.position,
                last_seen=newest if ahead else news.position.last_seen,
                last_ended=_latest(missing, news.position, now),
                ahead=ahead or news.position.ahead,
            ),
            lost=lost,
            source=Source.RING_BUFFER if missing or not readable else news.source,
        )


def _records(lines: Iterable[bytes]) -> Iterator[Record]:
    for line in filter(bytes.strip, lines):
        raw, begin = _decoded(line), line.rfind(_BEGINNING)
        if raw is None and begin > 0 and (whole := _decoded(line[begin:])) is not None:
            # After a full disk or a loss of power a record may follow half of another one.
            yield read_record(None)
            yield read_record(whole, size=len(line) - begin + 1)
        else:
            yield read_record(raw, size=len(line) + 1)


def _decoded(line: bytes) -> object:
    """Return the value of a JSON text, None if it is none."""
    try:
        return json.loads(line.decode())
    except ValueError, RecursionError:
        return None


def _unread(records: Sequence[Record], position: Position) -> tuple[Sequence[Record], bool]:
    """Return which records, oldest first, were not read, and whether the last one read is here.

    If it is not, time must decide.
    """
    if position.last_seen is not None:
        for index in reversed(range(len(records))):
            if records[index].key == position.last_seen:
                return records[index + 1 :], True
    return [record for record in records if _is_later(record, position)], False


def _is_later(record: Record, position: Position) -> bool:
    """Return whether a record is certainly later than the last one read."""
    if record.call is None:
        return position.offset is not None
    if position.last_ended is None:
        return position.last_seen is None
    return record.ended > position.last_ended


def _falls_short(ring: Sequence[Record], position: Position, *, met: bool, unsure: bool) -> bool:
    """Return whether calls may have left the ring buffer before they were read from it.

    Calls leave it when it is full, or all at once when ha-mcp starts again. The latter
    matters where the log is `unsure`; an empty buffer shows nothing of it yet.
    """
    if met or not ring or any(is_past(record, position) for record in ring):
        return False
    return len(ring) >= LISTED or (unsure and position.last_seen is not None)


def _latest(records: Sequence[Record], position: Position, now: float) -> float | None:
    """Return the latest end of a call so far."""
    ends = [record.ended for record in records if record.call]
    if position.last_ended is not None:
        ends.append(position.last_ended)
    return min(max(ends), now + _CLOCK_ERROR) if ends else None

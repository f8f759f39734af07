"""The backlog: proposals that keep their identity and age from week to week, until they are done.

Weeks are the ISO dates of the Mondays that began them, so they sort as texts do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from .risk import BacklogItem, Risk

DONE_SHOWN = 4
"""For so many weeks an item that is done is shown, the one in which it was done included."""

UNSEEN_KEPT = 12
"""An item of which nobody could tell anything for so many weeks is forgotten: its server is gone."""

WEEKS_KEPT = 26
ITEMS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of an item, as it was shown last.

    `seen` are the last weeks in which its evidence was there, `earlier` counts those before them.
    """

    item: BacklogItem
    seen: tuple[str, ...]
    earlier: int = 0

    def weeks(self, until: str) -> int:
        """Return in how many weeks its evidence was there, those after `until` left out."""
        return self.earlier + sum(week <= until for week in self.seen)


@dataclass(frozen=True, slots=True)
class BacklogMemory:
    """What is remembered from report to report; all of it is plain, to be stored as JSON.

    `week` is the newest week reported. `entries` are those known after it, `before` those known
    before it: a week that is reported once more is judged anew from there.
    """

    week: str | None = None
    before: tuple[Entry, ...] = ()
    entries: tuple[Entry, ...] = ()

    def by(self, today: date) -> BacklogMemory:
        """Return what can be known on a day."""
        if self.week is None or self.week <= today.isoformat():
            return self
        possible = (each for each in self.before if each.item.judged_week <= today.isoformat())
        return BacklogMemory(entries=tuple(possible))


def backlog(
    risks: Iterable[Risk], memory: BacklogMemory, week: str, judged: frozenset[str]
) -> tuple[tuple[BacklogItem, ...], BacklogMemory]:
    """Return the items of a week, the worst first and what is done last, and what to remember.

    `judged` are keys, or their beginnings, of which somebody could tell whether they hold, as in
    `Examination`; an item of another key stays as it is. A week may be reported again: its last
    report is the one that counts, as far as that could tell. A week older than the newest one
    changes nothing that is remembered: it shows its own risks, with what is known of them.
    """
    now = {risk.key: risk for risk in risks}
    if memory.week is not None and week < memory.week:
        return _as_of(now, memory, week), memory
    before = memory.before if week == memory.week else memory.entries
    base = {entry.item.key: entry for entry in before}
    latest = {entry.item.key: entry for entry in memory.entries}
    entries = [
        entry
        for key in {*base, *latest, *now}
        if (entry := _after(key, now.get(key), base, latest, week, judged)) is not None
        and _is_kept(entry, week)
    ]
    entries.sort(key=lambda entry: _rank(entry.item, now))
    kept = tuple(entries[:ITEMS_KEPT])
    return tuple(entry.item for entry in kept), BacklogMemory(week, before, kept)


def _after(
    key: str,
    risk: Risk | None,
    base: Mapping[str, Entry],
    latest: Mapping[str, Entry],
    week: str,
    judged: frozenset[str],
) -> Entry | None:
    """Return what is known of an item after a week; None if there is no such item."""
    entry = base.get(key)
    if risk is not None:
        return _seen(risk, entry, week)
    if not _is_judged(key, judged):
        # What an earlier report of this week could tell still holds.
        return latest.get(key)
    if entry is None:
        return None
    gone = replace(entry.item, judged_week=week, done_week=entry.item.done_week or week)
    return replace(entry, item=gone)


def _seen(risk: Risk, entry: Entry | None, week: str) -> Entry:
    seen = (week,) if entry is None else (*entry.seen, week)
    earlier = 0 if entry is None else entry.earlier
    first_week = week if entry is None else entry.item.first_week
    return Entry(
        item=_item(risk, first_week, earlier + len(seen), week),
        seen=seen[-WEEKS_KEPT:],
        earlier=earlier + len(seen[:-WEEKS_KEPT]),
    )


def _item(risk: Risk, first_week: str, weeks: int, judged_week: str) -> BacklogItem:
    return BacklogItem(
        key=risk.key,
        severity=risk.severity,
        server=risk.server,
        title=risk.title,
        current_state=risk.current_state,
        risk=risk.risk,
        mitigation=risk.mitigation,
        first_week=first_week,
        weeks=weeks,
        judged_week=judged_week,
    )


def _is_judged(key: str, judged: frozenset[str]) -> bool:
    # Some rules are judged for a whole server, `rule:server`, others for each of its subjects.
    return key in judged or ":".join(key.split(":", 2)[:2]) in judged


def _is_kept(entry: Entry, week: str) -> bool:
    if entry.item.done_week is not None:
        return _weeks_between(entry.item.done_week, week) < DONE_SHOWN
    return _weeks_between(entry.item.judged_week, week) < UNSEEN_KEPT


def _as_of(now: Mapping[str, Risk], memory: BacklogMemory, week: str) -> tuple[BacklogItem, ...]:
    known = {entry.item.key: entry for entry in memory.entries}
    items = []
    for key, risk in now.items():
        entry = known.get(key)
        if entry is None or entry.item.first_week > week:
            items.append(_item(risk, week, 1, week))
        else:
            weeks = entry.weeks(week) + (week not in entry.seen)
            items.append(_item(risk, entry.item.first_week, weeks, week))
    return tuple(sorted(items, key=lambda item: _rank(item, now)))


def _rank(item: BacklogItem, now: Mapping[str, Risk]) -> tuple[bool, str, int, str]:
    """Return where an item belongs: in the order of the risks, then what only was seen before."""
    place = list(now).index(item.key) if item.key in now else len(now)
    return item.done, item.severity, place, item.key


def _weeks_between(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days // 7

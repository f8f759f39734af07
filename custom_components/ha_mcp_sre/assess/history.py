"""What is remembered of a server so that rules can judge more than a moment."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from .assessment import Assessment
from .signals import Source

HOUR = 3600.0
DAY = 24 * HOUR

MEMORY_INTERVAL = HOUR / 2
"""Time between two samples of the memory."""

_MEMORY_KEPT = DAY + 2 * MEMORY_INTERVAL
STARTS_KEPT = 6
_CHANGES_KEPT = 50
_HINT_WINDOW = HOUR / 4
_UPDATE_UNSEEN = DAY / 4
"""An update that is not seen for longer is no longer offered; a shorter time is a restart."""

_BRINGUP = HOUR / 6
"""For so long a start of Home Assistant or a reload may take until the server inside is up."""

OWN_MEMORY = frozenset({Source.PROCESS, Source.SUPERVISOR})
"""What shows the memory of the server alone: shared memory says nothing of it."""


class Hint(StrEnum):
    """What can change and be the cause of trouble soon after."""

    VERSION = "version"
    COMPONENT_VERSION = "component_version"
    HOME_ASSISTANT_VERSION = "home_assistant_version"
    HOME_ASSISTANT_RESTART = "home_assistant_restart"
    RESTART = "restart"
    RELOAD = "reload"
    SETTINGS = "settings"
    CREDENTIAL = "credential"


_EXPLAIN_A_RESTART = frozenset({Hint.HOME_ASSISTANT_RESTART, Hint.RELOAD, Hint.VERSION})


@dataclass(frozen=True, slots=True)
class History:
    """What happened lately. Times are Unix seconds; all of it is plain, to be stored as JSON.

    `restarts` and `reconnects` are the times of those within the last hour that nobody asked
    for, and the counters beside them what was counted already. `startups` are the last few
    starts: the server's life, how long it took in seconds, when that became known, and what
    showed it. `memory` are samples of a day (time and bytes) of the life `memory_life`.
    `version` is what runs, as known of the life `version_life`. An update has been offered from
    `update_since` to `update_seen_at`. `changes` are those of the last hour: time, `Hint` and
    detail.
    """

    restarts: tuple[float, ...] = ()
    restarts_counted: int | None = None
    reconnects: tuple[float, ...] = ()
    reconnects_counted: int | None = None
    startups: tuple[tuple[str, float, float, str | None], ...] = ()
    memory: tuple[tuple[float, int], ...] = ()
    memory_life: str | None = None
    version: str | None = None
    version_life: str | None = None
    previous_version: str | None = None
    version_changed_at: float | None = None
    component_version: str | None = None
    home_assistant_version: str | None = None
    token_accepted: bool | None = None
    settings: str | None = None
    update_since: float | None = None
    update_seen_at: float | None = None
    changes: tuple[tuple[float, str, str | None], ...] = ()

    def after(self, current: Assessment, now: float) -> History:
        """Return what is to be remembered after a look."""
        known = self._forgetting(now)
        for step in _STEPS:
            known = step(known, current, now)
        return known

    def noted(self, change: Hint, now: float, detail: str | None = None) -> History:
        """Return what is to be remembered after something changed."""
        changes = (*self.changes, (now, change.value, detail))
        return replace(self, changes=changes[-_CHANGES_KEPT:])

    def began(self, home_assistant_version: str, now: float, *, restarted: bool) -> History:
        """Return what is to be remembered when watching begins again.

        `restarted` says that Home Assistant did; otherwise only our own entry was reloaded.
        """
        known = self
        if restarted:
            known = known.noted(Hint.HOME_ASSISTANT_RESTART, now)
        if known.home_assistant_version not in (None, home_assistant_version):
            known = known.noted(Hint.HOME_ASSISTANT_VERSION, now, home_assistant_version)
        return replace(known, home_assistant_version=home_assistant_version)

    def hint(self, started_at: float) -> str | None:
        """Return what changed last in the quarter of an hour before a time: a `Hint`."""
        return next(
            (
                change
                for at, change, _ in reversed(self.changes)
                if 0 <= started_at - at <= _HINT_WINDOW
            ),
            None,
        )

    def _forgetting(self, now: float) -> History:
        # Either way round: after a clock was set back, the future must not stay for hours.
        ages = [
            *(abs(now - at) / HOUR for times in (self.restarts, self.reconnects) for at in times),
            *(abs(now - each[0]) / HOUR for each in self.changes),
            *(abs(now - each[0]) / _MEMORY_KEPT for each in self.memory[:1] + self.memory[-1:]),
        ]
        if all(age < 1 for age in ages):
            return self
        return replace(
            self,
            restarts=tuple(at for at in self.restarts if abs(now - at) < HOUR),
            reconnects=tuple(at for at in self.reconnects if abs(now - at) < HOUR),
            memory=tuple(each for each in self.memory if abs(now - each[0]) < _MEMORY_KEPT),
            changes=tuple(each for each in self.changes if abs(now - each[0]) < HOUR),
        )


def _with_restarts(known: History, current: Assessment, now: float) -> History:
    counted = current.server.restarts
    if counted == known.restarts_counted:
        return known
    new = growth(known.restarts_counted, counted)
    known = replace(known, restarts_counted=counted)
    if not new or _is_explained(known, current, now):
        return known
    times = (*known.restarts, *[now] * new)[-_CHANGES_KEPT:]
    return replace(known, restarts=times).noted(Hint.RESTART, now)


def _with_reconnects(known: History, current: Assessment, now: float) -> History:
    counted = current.session.reconnects
    if counted is None or counted == known.reconnects_counted:
        return known
    new = growth(known.reconnects_counted, counted)
    times = (*known.reconnects, *[now] * new)[-_CHANGES_KEPT:]
    return replace(known, reconnects=times, reconnects_counted=counted)


def _with_startup(known: History, current: Assessment, now: float) -> History:
    server = current.server
    if server.life is None or server.startup_time is None:
        return known
    if any(life == server.life for life, *_ in known.startups):
        # Several sources may tell of one start; the first to do so is as good as the next.
        return known
    source = server.startup_source and server.startup_source.value
    startup = (server.life, server.startup_time, now, source)
    return replace(known, startups=(*known.startups, startup)[-STARTS_KEPT:])


def _with_memory(known: History, current: Assessment, now: float) -> History:
    host, life = current.host, current.server.life
    if host is None or host.memory is None or host.source not in OWN_MEMORY or life is None:
        return known
    if life != known.memory_life:
        known = replace(known, memory=(), memory_life=life)
    if known.memory and abs(host.at - known.memory[-1][0]) < MEMORY_INTERVAL:
        return known
    return replace(known, memory=(*known.memory, (host.at, host.memory)))


def _with_component(known: History, current: Assessment, now: float) -> History:
    version = current.about.component_version
    if version is None or version == known.component_version:
        return known
    if known.component_version is not None:
        known = known.noted(Hint.COMPONENT_VERSION, now, version)
    return replace(known, component_version=version)


def _with_version(known: History, current: Assessment, now: float) -> History:
    version, life = _running_version(known, current), current.server.life
    if version is None or (version, life) == (known.version, known.version_life):
        return known
    if version == known.version:
        return replace(known, version_life=life)
    if known.version is None:
        return replace(known, version=version, version_life=life)
    return replace(
        known,
        version=version,
        version_life=life,
        previous_version=known.version,
        version_changed_at=now,
        update_since=None,
        update_seen_at=None,
    ).noted(Hint.VERSION, now, version)


def _with_credential(known: History, current: Assessment, now: float) -> History:
    accepted = current.credential.accepted
    if accepted is None or accepted is known.token_accepted:
        return known
    if known.token_accepted is not None:
        known = known.noted(Hint.CREDENTIAL, now)
    return replace(known, token_accepted=accepted)


def _with_settings(known: History, current: Assessment, now: float) -> History:
    about = current.about
    if about.read_only is None and about.websocket_enabled is None:
        return known
    settings = f"{about.read_only} {about.websocket_enabled}"
    if settings == known.settings:
        return known
    if known.settings is not None:
        known = known.noted(Hint.SETTINGS, now)
    return replace(known, settings=settings)


def _with_update(known: History, current: Assessment, now: float) -> History:
    seen_at = known.update_seen_at
    if seen_at is not None and abs(now - seen_at) > _UPDATE_UNSEEN:
        known = replace(known, update_since=None, update_seen_at=None)
    if current.update_available is None:
        return known
    since = now if known.update_since is None else known.update_since
    if known.update_seen_at is not None and abs(now - known.update_seen_at) < HOUR:
        # Not every look is worth another write.
        return known
    return replace(known, update_since=since, update_seen_at=now)


_STEPS: tuple[Callable[[History, Assessment, float], History], ...] = (
    _with_restarts,
    _with_reconnects,
    _with_startup,
    _with_memory,
    _with_credential,
    _with_settings,
    _with_component,
    # The last that changes at the same moment is the hint.
    _with_version,
    _with_update,
)


def growth(counted: int | None, counts: int) -> int:
    """Return how many more there are; what was counted before anybody looked is no event."""
    return 0 if counted is None else max(0, counts - counted)


def _is_explained(known: History, current: Assessment, now: float) -> bool:
    """Return whether a restart that is seen now is somebody's doing."""
    version = _running_version(known, current)
    return (version is not None and known.version not in (None, version)) or any(
        change in _EXPLAIN_A_RESTART and abs(now - at) <= _BRINGUP
        for at, change, _ in known.changes
    )


def _running_version(known: History, current: Assessment) -> str | None:
    """Return the version that runs, None if only that on disk is known.

    A server that has just been started runs what is on disk.
    """
    if current.about.running_version is not None:
        return current.about.running_version
    if known.version is None or current.server.life != known.version_life:
        return current.server.version
    return None

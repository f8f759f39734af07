"""What is known of the server itself: version, start, restarts."""

from dataclasses import dataclass, replace

from .observation import Identity, Startup
from .signals import Source


@dataclass(frozen=True, slots=True)
class Server:
    """The server under watch; None is unknown.

    `startup_time` is in seconds, and `startup_source` what showed it. `imported_at` is the start
    as the server tells it, which is that of its code: inside Home Assistant the code may stay
    when the server is started anew.
    """

    version: str | None = None
    instance: str | None = None
    worker: str | None = None
    started_at: float | None = None
    imported_at: float | None = None
    startup_time: float | None = None
    startup_source: Source | None = None
    restarts: int = 0

    @property
    def life(self) -> str | None:
        """What names this life of the server: another one follows a restart."""
        return None if self.instance is None else f"{self.instance} {self.worker}"

    def restarted(self, identity: Identity) -> bool:
        """Return whether this is another life of the server than the one known."""
        return _differ(self.instance, identity.instance) or _differ(self.worker, identity.worker)

    def after(self, identity: Identity) -> Server:
        """Return what is known after the server named itself."""
        restarted = self.restarted(identity)
        return replace(
            self,
            version=identity.version or self.version,
            instance=identity.instance or self.instance,
            worker=identity.worker or self.worker,
            started_at=self._start(identity, restarted=restarted),
            imported_at=identity.started_at or self.imported_at,
            startup_time=None if restarted else self.startup_time,
            startup_source=None if restarted else self.startup_source,
            restarts=self.restarts + restarted,
        )

    def _start(self, identity: Identity, *, restarted: bool) -> float | None:
        if identity.started_at in (None, self.imported_at):
            return None if restarted else self.started_at
        return identity.started_at

    def came_up_in(self, seconds: float, source: Source) -> Server:
        """Return what is known after a source showed how long this life took to come up."""
        return replace(self, startup_time=seconds, startup_source=source)

    def after_startup(self, startup: Startup) -> Server:
        """Return what is known after its host saw a server come up, maybe an earlier life of it."""
        if self.started_at is not None and startup.ended_at < self.started_at:
            return self
        known = self.came_up_in(startup.seconds, startup.source)
        if startup.source is Source.BRINGUP:
            return replace(known, started_at=startup.ended_at - startup.seconds)
        return known


def _differ(known: str | None, seen: str | None) -> bool:
    return known is not None and seen is not None and known != seen

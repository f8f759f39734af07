"""What is known of the server itself: version, start, restarts."""

from dataclasses import dataclass, replace

from .observation import Identity


@dataclass(frozen=True, slots=True)
class Server:
    """The server under watch. `startup_time` is in seconds; None is unknown."""

    version: str | None = None
    instance: str | None = None
    worker: str | None = None
    started_at: float | None = None
    startup_time: float | None = None
    restarts: int = 0

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
            started_at=identity.started_at or (None if restarted else self.started_at),
            startup_time=None if restarted else self.startup_time,
            restarts=self.restarts + restarted,
        )


def _differ(known: str | None, seen: str | None) -> bool:
    return known is not None and seen is not None and known != seen

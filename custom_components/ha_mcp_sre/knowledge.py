"""What is known of a server until the next start, besides its record."""

from dataclasses import dataclass, field, replace

from .assess.gaps import Seen
from .assess.health import Link
from .assess.observation import About, EndpointMethod, HostReading
from .assess.schedule import Schedule


@dataclass(slots=True)
class Knowledge:
    """What the cycles and the readings beside them learn, each for the other.

    `host` is a reading of the machine, or the reason why there is none.
    """

    seen: Seen = field(default_factory=Seen)
    link: Link = field(default_factory=Link)
    schedule: Schedule = field(default_factory=Schedule)
    method: EndpointMethod = EndpointMethod.SETTINGS_INFO
    about: About | None = None
    host: HostReading | str | None = None
    log_size: int | None = None

    def want_a_reading(self) -> None:
        """Have the server's report read in the next cycle."""
        self.schedule = replace(self.schedule, reading_due=0.0)

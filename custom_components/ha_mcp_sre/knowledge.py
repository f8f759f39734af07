"""What is known of a server until the next start, besides its record."""

from dataclasses import dataclass, field, replace

from .assess.gaps import Seen
from .assess.health import Link
from .assess.observation import About, EndpointMethod, HostReading, Outcome, Probe
from .assess.policy import Policy
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

    def take_in(
        self, found: Probe, skew: float | None, now: float, policy: Policy, *, restarted: bool
    ) -> bool | None:
        """Take in a probe at a moment of the clock that never jumps; return whether the link works.

        `restarted` says that another life of the server answered.
        """
        up = found.endpoint.outcome is Outcome.OK
        self.link = self.link.after(found)
        linked = self.link.works(found.at, policy.evidence_lifetime)
        self.method = found.method if up else EndpointMethod.SETTINGS_INFO
        self.seen = self.seen.after_probe(found, skew)
        self.schedule = self.schedule.after_probe(
            found, now, policy, restarted=restarted, broken=linked is False
        )
        return linked

    def look_before_page(self, due: float | None) -> None:
        """Have the tool stages run before people are told of a broken link, at a tick."""
        self.schedule = self.schedule.before_page(due)

    def want_a_reading(self) -> None:
        """Have the server's report read in the next cycle."""
        self.schedule = replace(self.schedule, reading_due=0.0)

"""A client of a fake GitHub, and a project that is collected from it, by a clock of their own."""

from dataclasses import asdict, dataclass, field
import json

import aiohttp

from custom_components.ha_mcp_sre.assess.policy import Policy
from custom_components.ha_mcp_sre.assess.upstream import Upstream
from custom_components.ha_mcp_sre.observe.github import ClientState, GitHub
from custom_components.ha_mcp_sre.observe.upstream import collect
from custom_components.ha_mcp_sre.observe.upstream_progress import Progress, read_progress
from tests.fake_github import REPOSITORY, FakeGitHub

HOUR = 3600.0
DAY = 24 * HOUR


def client_of(
    session: aiohttp.ClientSession,
    github: FakeGitHub,
    token: str | None = None,
    *,
    repository: str = REPOSITORY,
    policy: Policy | None = None,
    state: ClientState | None = None,
) -> GitHub:
    """Return a client whose clock is GitHub's."""
    return GitHub(
        session,
        repository,
        token,
        policy=policy or Policy(),
        clock=lambda: github.now,
        state=state,
        base_url=github.url,
    )


@dataclass(slots=True)
class Project:
    """A project that is collected step by step, each as after a restart."""

    session: aiohttp.ClientSession
    github: FakeGitHub
    token: str | None = None
    policy: Policy = field(default_factory=Policy)
    known: Upstream = field(default_factory=lambda: Upstream(REPOSITORY))
    progress: Progress = field(default_factory=Progress)
    wait: float = 0

    async def step(self, after: float = 0) -> Upstream:
        """Take a step some seconds after the last one."""
        self.github.now += after
        progress = read_progress(json.loads(json.dumps(asdict(self.progress))))
        assert progress == self.progress
        client = client_of(
            self.session,
            self.github,
            self.token,
            policy=self.policy,
            state=progress.client,
        )
        collected = await collect(client, self.known, progress, self.github.now)
        self.known, self.progress, self.wait = (
            collected.upstream,
            collected.progress,
            collected.wait,
        )
        return self.known

    async def steps(self, seconds: float) -> Upstream:
        """Take the steps of a time, each when the one before asked for it."""
        end = self.github.now + seconds
        while self.github.now + self.wait < end:
            await self.step(self.wait)
        self.wait -= end - self.github.now
        self.github.now = end
        return self.known

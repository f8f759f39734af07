"""Follows ha-mcp's own project, about twice an hour."""

from dataclasses import dataclass, replace
from datetime import timedelta
import logging
from typing import override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .assess.issue_review import IssueReview, issue_review
from .assess.policy import Policy
from .assess.project import BranchState, CiHealth, ci_health, default_branch_state
from .assess.release_review import ImageReview, ReleaseReview, image_review, release_review
from .assess.upstream import Part, Release, Upstream, UpstreamFailure
from .clock import wall_clock
from .const import CONF_REPOSITORY, DOMAIN
from .observe.github import BASE_URL, Failure, GitHub
from .observe.registry import GHCR, image_sizes, image_tag
from .observe.upstream import collect
from .observe.upstream_progress import Progress
from .project_store import ProjectMemory, ProjectStore

_LOGGER = logging.getLogger(__name__)

_WEEK = 7 * 86_400.0

_SHUT = frozenset({UpstreamFailure.UNREACHABLE, UpstreamFailure.RATE_LIMITED})
"""What befalls every question; so does our own budget, but that is spent as planned."""

_LISTS = frozenset({Part.RUNS, Part.ISSUES, Part.RELEASES})
"""If all of these fail, GitHub as a whole does; a fork may well have no issues."""

type ProjectConfigEntry = ConfigEntry[ProjectCoordinator]


@dataclass(frozen=True, slots=True)
class Project:
    """What is known of the project, and what that means: CI and issues of the last 7 days."""

    upstream: Upstream
    ci: CiHealth
    branch: BranchState
    issues: IssueReview
    releases: ReleaseReview
    images: ImageReview


def judged(upstream: Upstream, now: float) -> Project:
    """Return what is known of the project now, in Unix seconds, and what that means."""
    return Project(
        upstream,
        ci_health(upstream, now - _WEEK, now),
        default_branch_state(upstream, now),
        issue_review(upstream, now - _WEEK, now),
        release_review(upstream, now, installed=None),
        image_review(upstream),
    )


class ProjectCoordinator(DataUpdateCoordinator[Project]):
    """Follows one repository. What was learnt stays, whatever GitHub or the network does."""

    config_entry: ProjectConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ProjectConfigEntry,
        store: ProjectStore,
        progress: Progress,
        project: Project,
        policy: Policy,
    ) -> None:
        """Know what is remembered; nothing is asked before the first refresh."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=timedelta(seconds=policy.upstream_issues_interval),
        )
        self._policy = policy
        self._store = store
        self._progress = progress
        self._repository: str = entry.data[CONF_REPOSITORY]
        self._token: str | None = entry.data.get(CONF_TOKEN)
        self._session = async_get_clientsession(hass)
        self._client = GitHub(
            self._session,
            self._repository,
            self._token,
            policy=policy,
            clock=wall_clock,
            state=progress.client,
            base_url=BASE_URL,
        )
        # When a release without an image was asked for, by its tag.
        self._without_image: dict[str, float] = {}
        self.data = project

    @callback
    def start(self) -> None:
        """Follow the project until the entry is unloaded, whether entities are enabled or not."""
        self.config_entry.async_on_unload(self.async_add_listener(lambda: None))
        self.config_entry.async_create_background_task(
            self.hass, self.async_refresh(), f"{DOMAIN} project"
        )

    async def async_close(self) -> None:
        """End, and keep what was learnt."""
        await self.async_shutdown()
        # What is being asked at this moment was spent all the same.
        progress = replace(self._progress, client=self._client.state)
        if self.config_entry.data.get(CONF_TOKEN) != self._token:
            # Another token need not wait for as long as GitHub told the one before to wait.
            progress = replace(progress, client=replace(progress.client, blocked_until=0))
        await self._store.async_save(ProjectMemory(self.data.upstream, progress))

    @override
    async def _async_update_data(self) -> Project:
        known = self.data.upstream
        collected = await collect(self._client, known, self._progress, wall_clock())
        upstream = await self._async_with_images(collected.upstream)
        project = await self.hass.async_add_executor_job(judged, upstream, wall_clock())
        if self._shutdown_requested:
            # What is known was kept without this, and may have been removed since.
            return self.data
        self.data, self._progress = project, collected.progress
        self._store.schedule_save(ProjectMemory(upstream, collected.progress))
        self.update_interval = timedelta(seconds=collected.wait)
        if UpstreamFailure.TOKEN_REJECTED in upstream.failures.values():
            # ConfigEntryAuthFailed would end this for good, and GitHub may take it back.
            self.config_entry.async_start_reauth(self.hass)
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="project_token_rejected",
                retry_after=collected.wait,
            )
        if _read_at(upstream) != _read_at(known):
            self._async_end_reauth()
        elif reasons := _reasons(upstream):
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="project_not_read",
                translation_placeholders={"reason": ", ".join(reasons)},
                retry_after=collected.wait,
            )
        return self.data

    @callback
    def _async_end_reauth(self) -> None:
        """Ask for no other token any more: GitHub takes this one."""
        for flow in self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH}):
            self.hass.config_entries.flow.async_abort(flow["flow_id"])

    @override
    @callback
    def _async_refresh_finished(self) -> None:
        if not self.last_update_success:
            # What is known ages all the same.
            self.async_update_listeners()

    async def _async_with_images(self, known: Upstream) -> Upstream:
        """Ask for the sizes of images of a few releases, of the newest first."""
        images, failures, read_at = known.images, dict(known.failures), dict(known.read_at)
        for release in self._without_known_size(known):
            found = await image_sizes(
                self._session,
                GHCR,
                self._repository,
                image_tag(release.tag),
                self._policy.registry_timeout,
            )
            now = wall_clock()
            if not found:
                found = UpstreamFailure.NOT_FOUND
            if isinstance(found, UpstreamFailure):
                failures[Part.IMAGES] = found
                if found is not UpstreamFailure.NOT_FOUND:
                    break
                self._without_image[release.tag] = now
            else:
                failures.pop(Part.IMAGES, None)
                read_at[Part.IMAGES] = now
                images = (*images, *found)
        return replace(known, images=images, failures=failures, read_at=read_at)

    def _without_known_size(self, known: Upstream) -> list[Release]:
        now, sized = wall_clock(), {image.tag for image in known.images}
        newest = sorted(
            (release for release in known.releases if not release.prerelease),
            key=lambda release: release.published_at,
            reverse=True,
        )
        wanted = [
            release
            for release in newest[: self._policy.image_releases]
            if image_tag(release.tag) not in sized and not self._is_too_soon(release.tag, now)
        ]
        return wanted[: self._policy.images_at_once]

    def _is_too_soon(self, tag: str, now: float) -> bool:
        """Return whether a release just had no image; a clock may have been set back since."""
        asked = self._without_image.get(tag)
        return asked is not None and 0 <= now - asked < self._policy.image_retry


def _read_at(upstream: Upstream) -> dict[Part, float]:
    """Return when the parts were read that are GitHub's: images are not."""
    return {part: at for part, at in upstream.read_at.items() if part is not Part.IMAGES}


def _reasons(upstream: Upstream) -> list[UpstreamFailure]:
    """Return why GitHub as a whole cannot be read; none if only parts cannot."""
    failures = {kind for part, kind in upstream.failures.items() if part is not Part.IMAGES}
    failures.discard(UpstreamFailure.BUDGET_SPENT)
    return sorted(failures if upstream.failures.keys() >= _LISTS else failures & _SHUT)


async def async_load_project(
    hass: HomeAssistant, entry: ProjectConfigEntry, policy: Policy
) -> ProjectCoordinator:
    """Return the coordinator of the project, which knows what is remembered."""
    store = ProjectStore(hass, entry.entry_id, policy)
    memory = await store.async_load(entry.data[CONF_REPOSITORY])
    project = await hass.async_add_executor_job(judged, memory.upstream, wall_clock())
    return ProjectCoordinator(hass, entry, store, memory.progress, project, policy)


async def async_try_project(
    hass: HomeAssistant, repository: str, token: str | None
) -> UpstreamFailure | None:
    """Return why a repository cannot be read; None if it can."""
    client = GitHub(
        async_get_clientsession(hass),
        repository,
        token,
        policy=Policy(),
        clock=wall_clock,
        base_url=BASE_URL,
    )
    answer = await client.get()
    return answer.kind if isinstance(answer, Failure) else None

"""Adding, moving and unlocking ha-mcp's own project."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_REAUTH, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.project_flow import repository_of
from tests.component.project import WatchedGitHub, look, project_entry, set_up
from tests.fake_github import REPOSITORY, TOKEN, always, refusal
from tests.fake_ha_mcp import FakeHaMcp
from tests.observe.fake_registry import FakeRegistry

FORK = "someone/HA-mcp"


@pytest.fixture(autouse=True)
def elsewhere(github: WatchedGitHub, registry: FakeRegistry) -> None:
    """Ask nobody outside this machine."""


async def begin(hass: HomeAssistant) -> Any:
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def add(hass: HomeAssistant, repository: str = REPOSITORY, **data: str) -> Any:
    """Choose the project, and submit its form."""
    choice = await begin(hass)
    form = await hass.config_entries.flow.async_configure(choice["flow_id"], {"install": "project"})
    assert form["step_id"] == "project"
    return await submit(hass, form, repository=repository, **data)


async def submit(hass: HomeAssistant, form: Any, **data: Any) -> Any:
    result = await hass.config_entries.flow.async_configure(form["flow_id"], data)
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


def suggested(form: Any) -> dict[str, Any]:
    """Return what stands in the fields of a form."""
    return {
        str(field): field.description["suggested_value"]
        for field in form["data_schema"].schema
        if field.description
    }


async def test_the_project_is_added_without_a_server(hass: HomeAssistant) -> None:
    added = await add(hass)
    assert added["type"] is FlowResultType.CREATE_ENTRY
    assert added["title"] == "ha-mcp project"
    assert added["data"] == {"repository": REPOSITORY}
    assert added["result"].unique_id == REPOSITORY


async def test_the_repository_is_that_of_ha_mcp_unless_somebody_says_otherwise(
    hass: HomeAssistant,
) -> None:
    choice = await begin(hass)
    form = await hass.config_entries.flow.async_configure(choice["flow_id"], {"install": "project"})
    schema = form["data_schema"]
    assert schema is not None
    assert schema({}) == {"repository": REPOSITORY}


async def test_a_token_is_stored_with_the_entry(hass: HomeAssistant) -> None:
    added = await add(hass, token=f" {TOKEN}\n")
    assert added["data"] == {"repository": REPOSITORY, "token": TOKEN}


@pytest.mark.parametrize(
    "page",
    [
        "https://github.com/someone/HA-mcp",
        "http://www.github.com/someone/HA-mcp/",
        "github.com/someone/HA-mcp.git",
        "git@github.com:someone/HA-mcp.git",
        "https://github.com/someone/HA-mcp/issues?q=is%3Aopen",
        " HTTPS://GitHub.com/someone/HA-mcp#readme ",
        "someone/HA-mcp/",
    ],
)
def test_a_pasted_page_is_taken_for_its_repository(page: str) -> None:
    assert repository_of(page) == FORK


async def test_the_case_of_a_repository_makes_no_other_of_it(
    hass: HomeAssistant, github: WatchedGitHub
) -> None:
    github.full_name = FORK
    added = await add(hass, f"https://github.com/{FORK}")
    assert added["data"] == {"repository": FORK}
    assert added["result"].unique_id == FORK.lower()


@pytest.mark.parametrize(
    "text",
    [
        *("", "ha-mcp", "/ha-mcp", "homeassistant-ai/", "a/b/c", "a b/c", "-a/b", "a/..", "ä/b"),
        *("https://gitlab.com/a/b", "https://github.com/homeassistant-ai", "a/b?token=x"),
    ],
)
async def test_what_is_no_repository_is_told_at_the_repository(
    hass: HomeAssistant, github: WatchedGitHub, text: str
) -> None:
    assert (await add(hass, text))["errors"] == {"repository": "repository_malformed"}
    assert github.asked == []


async def test_a_repository_that_is_not_there_is_told_at_the_repository(
    hass: HomeAssistant,
) -> None:
    refused = await add(hass, "someone/else")
    assert refused["errors"] == {"repository": "repository_not_found"}
    assert suggested(refused) == {"repository": "someone/else"}
    assert (await submit(hass, refused, repository=REPOSITORY))["title"] == "ha-mcp project"


async def test_a_token_that_is_rejected_is_told_at_the_token(hass: HomeAssistant) -> None:
    refused = await add(hass, token="ghp_expired")
    assert refused["errors"] == {"token": "token_rejected"}


async def test_a_token_that_cannot_be_sent_is_told_at_the_token(
    hass: HomeAssistant, github: WatchedGitHub
) -> None:
    refused = await add(hass, token="ghp_first\nghp_second")
    assert refused["errors"] == {"token": "token_rejected"}
    assert github.asked == []


@pytest.mark.parametrize(
    ("status", "headers"),
    [(403, {"Retry-After": "60"}), (429, {}), (502, {}), (200, {})],
    ids=["rate limit", "too many", "bad gateway", "no repository in the answer"],
)
async def test_what_says_nothing_of_what_was_entered_does_not_keep_the_project_out(
    hass: HomeAssistant, github: WatchedGitHub, status: int, headers: dict[str, str]
) -> None:
    github.refuses = always(lambda: refusal(status, "", **headers))
    assert (await add(hass))["type"] is FlowResultType.CREATE_ENTRY


async def test_without_a_network_the_project_is_added_all_the_same(
    hass: HomeAssistant, github: WatchedGitHub
) -> None:
    await github.stop()
    assert (await add(hass))["type"] is FlowResultType.CREATE_ENTRY


async def test_there_is_one_project(hass: HomeAssistant, ha_mcp: FakeHaMcp) -> None:
    early = await begin(hass)
    late = await hass.config_entries.flow.async_configure(early["flow_id"], {"install": "project"})
    await add(hass)
    assert (await submit(hass, late, repository=FORK))["reason"] == "project_known"
    assert (await begin(hass))["step_id"] == "http"


async def test_the_project_is_no_server_among_the_names_of_servers(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    await set_up(hass, project_entry())
    form = await begin(hass)
    step = await submit(hass, form, url=ha_mcp.url, verify_ssl=True)
    while step["type"] is FlowResultType.FORM:
        step = await submit(hass, step)
    assert step["title"] == "ha-mcp"


async def test_only_a_server_has_options(hass: HomeAssistant, watched: MockConfigEntry) -> None:
    project = project_entry()
    await set_up(hass, project)
    assert watched.supports_options
    assert not project.supports_options


async def rejected(
    hass: HomeAssistant, github: WatchedGitHub, freezer: FrozenDateTimeFactory
) -> tuple[MockConfigEntry, Any]:
    """Return a project whose token was rejected after a while, and the question for another."""
    entry = project_entry(token=TOKEN)
    await set_up(hass, entry)
    github.accepted = "ghp_new"
    freezer.tick(3600)
    await look(hass, entry)
    (flow,) = entry.async_get_active_flows(hass, {SOURCE_REAUTH})
    assert flow["step_id"] == "reauth_confirm"
    return entry, flow


async def test_a_rejected_token_is_asked_for_again(
    hass: HomeAssistant, github: WatchedGitHub, freezer: FrozenDateTimeFactory
) -> None:
    entry, form = await rejected(hass, github, freezer)
    refused = await submit(hass, form, token="ghp_wrong")
    assert refused["errors"] == {"token": "token_rejected"}
    assert (await submit(hass, refused, token="ghp_new"))["reason"] == "reauth_successful"
    assert entry.data == {"repository": REPOSITORY, "token": "ghp_new"}


async def test_a_project_whose_token_was_rejected_can_go_without_one(
    hass: HomeAssistant, github: WatchedGitHub, freezer: FrozenDateTimeFactory
) -> None:
    entry, form = await rejected(hass, github, freezer)
    assert (await submit(hass, form))["reason"] == "reauth_successful"
    assert entry.data == {"repository": REPOSITORY}


@pytest.mark.parametrize(
    ("answers", "token"),
    [
        ({"keep_token": True}, TOKEN),
        ({"keep_token": False}, None),
        ({"keep_token": True, "token": "ghp_new"}, "ghp_new"),
    ],
    ids=["kept", "removed", "replaced"],
)
async def test_a_stored_token_is_kept_removed_or_replaced_but_never_shown(
    hass: HomeAssistant, github: WatchedGitHub, answers: dict[str, Any], token: str | None
) -> None:
    entry = project_entry(token=TOKEN)
    await set_up(hass, entry)
    github.accepted = token or TOKEN
    form = await entry.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure_project"
    assert suggested(form) == {"repository": REPOSITORY}
    assert TOKEN not in str(form)
    saved = await submit(hass, form, repository=REPOSITORY, **answers)
    assert saved["reason"] == "reconfigure_successful"
    assert entry.data.get("token") == token


async def test_another_token_need_not_wait_for_what_was_told_the_one_before(
    hass: HomeAssistant, github: WatchedGitHub, freezer: FrozenDateTimeFactory
) -> None:
    github.refuses = always(lambda: refusal(403, **{"Retry-After": "3600"}))
    entry = project_entry()
    await set_up(hass, entry)
    github.refuses = None
    form = await entry.start_reconfigure_flow(hass)
    await submit(hass, form, repository=REPOSITORY, keep_token=True, token=TOKEN)
    assert entry.runtime_data.data.releases.current == "v8.7.0"


async def test_another_repository_starts_from_nothing(
    hass: HomeAssistant, github: WatchedGitHub
) -> None:
    entry = project_entry()
    await set_up(hass, entry)
    github.full_name = FORK
    github.releases = []
    form = await entry.start_reconfigure_flow(hass)
    await submit(hass, form, repository=FORK, keep_token=True)
    assert entry.unique_id == FORK.lower()
    assert entry.runtime_data.data.upstream.repository == FORK
    assert entry.runtime_data.data.releases.current is None


async def test_a_repository_whose_offer_was_ignored_can_take_the_place_of_another(
    hass: HomeAssistant, github: WatchedGitHub, caplog: pytest.LogCaptureFixture
) -> None:
    MockConfigEntry(
        domain=DOMAIN, source=SOURCE_IGNORE, unique_id=FORK.lower(), data={}
    ).add_to_hass(hass)
    entry = project_entry()
    await set_up(hass, entry)
    github.full_name = FORK
    form = await entry.start_reconfigure_flow(hass)
    await submit(hass, form, repository=FORK, keep_token=True)
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert "already in use" not in caplog.text

"""Adding, moving and adjusting a server."""

from typing import Any

from aiohttp import web
from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.address import unique_id
from custom_components.ha_mcp_sre.const import DOMAIN
from tests.fake_ha_mcp import FakeHaMcp, Handler, plain_answer, tool_answer, tool_error
from tests.recorded import capture

HTML = plain_answer(200, "<html>hello</html>", "text/html")


@pytest.fixture(autouse=True)
def one_state(hass: HomeAssistant) -> str:
    """Give this home a state, so that a server can be asked for it."""
    hass.states.async_set("light.only_here", "on")
    return "light.only_here"


def of_this_home(hass: HomeAssistant, ha_mcp: FakeHaMcp) -> None:
    """Have the server serve this home."""
    state = hass.states.get("light.only_here")
    assert state is not None
    changed = state.last_changed.isoformat()
    ha_mcp.tools["ha_get_state"] = tool_answer({"data": {"last_changed": changed}})


async def submit(hass: HomeAssistant, url: str, *, verify_ssl: bool = True) -> ConfigFlowResult:
    """Choose to enter an address, open the form and submit it."""
    choice = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await hass.config_entries.flow.async_configure(choice["flow_id"], {"install": "other"})
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "http"
    return await hass.config_entries.flow.async_configure(
        form["flow_id"], {"url": url, "verify_ssl": verify_ssl}
    )


async def test_a_healthy_server_is_added_at_once(hass: HomeAssistant, ha_mcp: FakeHaMcp) -> None:
    of_this_home(hass, ha_mcp)
    result = await submit(hass, f"  {ha_mcp.url}/ ")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {"mode": "http", "url": ha_mcp.url, "verify_ssl": True}
    assert result["result"].unique_id == unique_id(ha_mcp.url)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_title_does_not_tell_where_the_server_is(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, watched: MockConfigEntry, other_ha_mcp: FakeHaMcp
) -> None:
    result = await submit(hass, other_ha_mcp.url)
    assert result["title"] == "ha-mcp 2"
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_title_that_became_free_is_given_again(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, watched: MockConfigEntry, other_ha_mcp: FakeHaMcp
) -> None:
    await submit(hass, other_ha_mcp.url)
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_remove(watched.entry_id)
    assert (await submit(hass, ha_mcp.url))["title"] == "ha-mcp"
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize(
    "address",
    [
        "ha-mcp",
        "ftp://host/private_x",
        "http://",
        "http://[::1",
        "http://host:99999/private_x",
        "http://user:pass@host/private_x",
        "http://host/private_x?debug=1",
        "http://host/private_x#top",
        "",
    ],
)
async def test_what_is_not_an_address_is_told_at_the_address(
    hass: HomeAssistant, address: str
) -> None:
    result = await submit(hass, address)
    assert result["errors"] == {"url": "malformed"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HTML, "not_mcp"),
        (plain_answer(200, '{"version": "8.7', "application/json"), "bad_answer"),
        (plain_answer(401), "sign_in"),
        (plain_answer(403), "sign_in"),
        (plain_answer(500), "http_error"),
        (plain_answer(307), "redirected"),
    ],
)
async def test_what_does_not_answer_like_ha_mcp_is_told_at_the_address(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, answer: Handler, error: str
) -> None:
    ha_mcp.routes["info"] = answer
    result = await submit(hass, ha_mcp.url)
    assert result["errors"] == {"url": error}


async def test_a_wrong_secret_path_is_not_found(hass: HomeAssistant, ha_mcp: FakeHaMcp) -> None:
    result = await submit(hass, f"{ha_mcp.url.rpartition('/')[0]}/private_wrong")
    assert result["errors"] == {"url": "not_found"}


async def test_a_closed_port_is_refused(hass: HomeAssistant, ha_mcp: FakeHaMcp) -> None:
    url = ha_mcp.url
    await ha_mcp.stop()
    assert (await submit(hass, url))["errors"] == {"url": "refused"}


@pytest.mark.parametrize("host", ["192.168.1.300", "192.168.1..10", "192.168.1"])
async def test_a_mistyped_ip_address_is_told_as_such(
    hass: HomeAssistant, socket_enabled: None, host: str
) -> None:
    result = await submit(hass, f"http://{host}:8086/private_x")
    assert result["errors"] == {"url": "host_not_found"}


async def test_a_plain_port_asked_for_tls_is_told_at_the_certificate(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    result = await submit(hass, ha_mcp.url.replace("http:", "https:"))
    assert result["errors"] == {"verify_ssl": "tls"}


async def test_after_an_error_the_form_can_be_mended(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    of_this_home(hass, ha_mcp)
    wrong = await submit(hass, "nonsense")
    result = await hass.config_entries.flow.async_configure(
        wrong["flow_id"], {"url": ha_mcp.url, "verify_ssl": False}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_another_mcp_server_is_not_ha_mcp(hass: HomeAssistant, ha_mcp: FakeHaMcp) -> None:
    ha_mcp.routes["info"] = plain_answer(404)
    ha_mcp.routes["landing"] = HTML
    ha_mcp.routes["initialize"] = renamed("other")
    assert (await submit(hass, ha_mcp.url))["errors"] == {"url": "not_mcp"}


async def test_an_ha_mcp_by_another_name_is_known_by_its_greeting(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    ha_mcp.routes["info"] = plain_answer(404)
    ha_mcp.routes["initialize"] = renamed("Home")
    of_this_home(hass, ha_mcp)
    assert (await submit(hass, ha_mcp.url))["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)


def renamed(name: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        message = capture("8.7.0/healthy", "initialize").message
        message["id"] = (await request.json())["id"]
        message["result"]["serverInfo"]["name"] = name
        return web.json_response(message)

    return handler


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("8.7.0/ha-down", "CONNECTION_FAILED"),
        ("8.7.0/token-rejected", "CONNECTION_FAILED"),
        ("8.7.0/ha-hung", "TIMEOUT_OPERATION"),
    ],
)
async def test_a_server_without_its_home_is_added_after_a_warning(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, state: str, code: str
) -> None:
    ha_mcp.state = state
    warning = await submit(hass, ha_mcp.url)
    assert warning["step_id"] == "no_link"
    assert (warning["description_placeholders"] or {})["code"] == code
    await finish(hass, warning)


@pytest.mark.parametrize(
    "answer",
    [
        tool_error("ENTITY_NOT_FOUND"),
        tool_answer({"data": {"last_changed": "2020-01-01T00:00:00+00:00"}}),
    ],
    ids=["entity is not there", "entity is another one"],
)
async def test_a_server_of_another_home_is_added_after_a_warning(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, answer: Any
) -> None:
    ha_mcp.tools["ha_get_state"] = answer
    warning = await submit(hass, ha_mcp.url)
    assert warning["step_id"] == "other_home"
    await finish(hass, warning)


@pytest.mark.parametrize(
    ("answer", "code"),
    [(tool_error("CONNECTION_TIMEOUT"), "CONNECTION_TIMEOUT"), (plain_answer(500), "500")],
)
async def test_a_failing_rest_link_is_a_warning_too(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, answer: Any, code: str
) -> None:
    ha_mcp.tools["ha_get_state"] = answer
    warning = await submit(hass, ha_mcp.url)
    assert warning["step_id"] == "no_link"
    assert (warning["description_placeholders"] or {})["code"] == code


@pytest.mark.parametrize(
    "answer",
    [
        tool_error("USER_APPROVAL_REQUIRED"),
        tool_answer({"data": {}}),
        tool_answer({"data": {"last_changed": "lately"}}),
    ],
)
async def test_no_doubt_is_raised_without_evidence(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, answer: Any
) -> None:
    ha_mcp.tools["ha_get_state"] = answer
    assert (await submit(hass, ha_mcp.url))["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)


async def finish(hass: HomeAssistant, warning: ConfigFlowResult) -> None:
    assert warning["type"] is FlowResultType.FORM
    result = await hass.config_entries.flow.async_configure(warning["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_server_is_watched_only_once(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, watched: MockConfigEntry
) -> None:
    result = await submit(hass, ha_mcp.url.replace("http://", "HTTP://") + "/")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_the_same_server_at_another_address_is_watched_only_once(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, watched: MockConfigEntry, other_ha_mcp: FakeHaMcp
) -> None:
    other_ha_mcp.instance = ha_mcp.instance
    result = await submit(hass, other_ha_mcp.url)
    assert result["reason"] == "already_configured"
    assert other_ha_mcp.requests == ["info"]


async def test_a_typed_address_need_not_be_typed_again_after_an_error(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    form = await submit(hass, "http://typo.invalid:1/x?y")
    assert form["data_schema"] is not None
    (address, *_) = form["data_schema"].schema
    assert address.description == {"suggested_value": "http://typo.invalid:1/x?y"}


async def test_a_moved_server_keeps_its_entry(
    hass: HomeAssistant, watched: MockConfigEntry, other_ha_mcp: FakeHaMcp
) -> None:
    form = await watched.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"url": other_ha_mcp.url, "verify_ssl": True}
    )
    assert result["reason"] == "reconfigure_successful"
    assert watched.data["url"] == other_ha_mcp.url
    assert watched.unique_id == unique_id(other_ha_mcp.url)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_an_empty_address_keeps_the_stored_one(
    hass: HomeAssistant, ha_mcp: FakeHaMcp, watched: MockConfigEntry
) -> None:
    of_this_home(hass, ha_mcp)
    ha_mcp.tools["ha_get_state"] = tool_error("USER_APPROVAL_REQUIRED")
    form = await watched.start_reconfigure_flow(hass)
    assert ha_mcp.url not in str(form)
    result = await hass.config_entries.flow.async_configure(form["flow_id"], {"verify_ssl": False})
    assert result["reason"] == "reconfigure_successful"
    assert watched.data == {"mode": "http", "url": ha_mcp.url, "verify_ssl": False}
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_calls_of_a_flow_are_never_counted_as_the_assistants(
    hass: HomeAssistant, ha_mcp: FakeHaMcp
) -> None:
    of_this_home(hass, ha_mcp)
    entry = (await submit(hass, ha_mcp.url))["result"]
    await hass.async_block_till_done(wait_background_tasks=True)
    await entry.runtime_data.async_probe_now()
    assert entry.runtime_data.data.tool_calls.counters.calls == 0
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    await hass.config_entries.flow.async_configure(form["flow_id"], {"verify_ssl": True})
    await hass.async_block_till_done(wait_background_tasks=True)
    ha_mcp.call("ha_search")
    await entry.runtime_data.async_probe_now()
    assert entry.runtime_data.data.tool_calls.counters.calls == 1


async def test_a_server_cannot_move_to_where_another_is(
    hass: HomeAssistant, watched: MockConfigEntry, other_ha_mcp: FakeHaMcp
) -> None:
    MockConfigEntry(domain=DOMAIN, unique_id=unique_id(other_ha_mcp.url)).add_to_hass(hass)
    form = await watched.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"url": other_ha_mcp.url, "verify_ssl": True}
    )
    assert result["reason"] == "already_configured"

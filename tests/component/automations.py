"""Automations and scripts that use what this integration offers them."""

from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.ha_mcp_sre.assess.finding import Severity
from custom_components.ha_mcp_sre.assess.incident import Change
from custom_components.ha_mcp_sre.const import DOMAIN
from custom_components.ha_mcp_sre.news import INCIDENT_NEWS, IncidentNews
from tests.shipped import STRINGS

# Nothing listens there.
NOBODY = {"mode": "http", "url": "http://127.0.0.1:9/private_other", "verify_ssl": True}


async def automate(
    hass: HomeAssistant, *, when: dict[str, Any], only_if: dict[str, Any] | None = None
) -> list[ServiceCall]:
    """Set up an automation; return its runs, each with the variables that its trigger gave."""
    runs: list[ServiceCall] = async_mock_service(hass, "test", "run")
    config = {
        "alias": "Test",
        "triggers": [when],
        "conditions": [] if only_if is None else [only_if],
        "actions": [{"action": "test.run", "data": {"trigger": "{{ trigger }}"}}],
    }
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()
    return runs


def on(name: str, **options: Any) -> dict[str, Any]:
    """Return a trigger of ours."""
    return {"trigger": f"{DOMAIN}.{name}", "options": options}


def given(runs: list[ServiceCall]) -> dict[str, Any]:
    """Return the variables of the only run."""
    (run,) = runs
    variables: dict[str, Any] = run.data["trigger"]
    return variables


def is_valid(hass: HomeAssistant) -> bool:
    """Return whether the automation is one that can run."""
    found = hass.states.get("automation.test")
    return found is not None and found.state == "on"


async def call(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    """Call an action that returns something."""
    response = await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )
    await hass.async_block_till_done()
    return dict(response or {})


async def acknowledge(hass: HomeAssistant, incident_id: str) -> None:
    await hass.services.async_call(
        DOMAIN, "acknowledge_incident", {"incident_id": incident_id}, blocking=True
    )
    await hass.async_block_till_done()


async def incidents(hass: HomeAssistant, **data: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await call(hass, "get_incidents", **data))["incidents"]
    return found


async def refusal(hass: HomeAssistant, action: str, **data: Any) -> str:
    """Return what a person reads when an action is refused."""
    await async_get_translations(hass, "en", "exceptions", [DOMAIN])
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            DOMAIN, action, data, blocking=True, return_response=action == "get_incidents"
        )
    assert error.value.translation_key in STRINGS["exceptions"]
    return str(error.value)


def listen(hass: HomeAssistant) -> list[IncidentNews]:
    """Return what is told from now on, when it is."""
    heard: list[IncidentNews] = []

    @callback
    def hear(news: IncidentNews) -> None:
        heard.append(news)

    async_dispatcher_connect(hass, INCIDENT_NEWS, hear)
    return heard


async def announce(
    hass: HomeAssistant,
    change: Change,
    *,
    entry_id: str = "entry",
    before: Severity | None = None,
    after: Severity | None = None,
    drill: bool = False,
) -> None:
    """Tell that something happened to an incident, and to the severity of its server."""
    async_dispatcher_send(
        hass, INCIDENT_NEWS, IncidentNews(entry_id, change, before, after, drill=drill)
    )
    await hass.async_block_till_done()

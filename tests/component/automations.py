"""Automations that use what this integration offers them."""

from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.ha_mcp_sre.const import DOMAIN


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

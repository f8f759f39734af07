"""The device page, as a person sees it in a browser."""

import asyncio
import os

import pytest

from scripts.lab.browser import logged_in_page, visit_device
from scripts.provision.system_parts import CHROMIUM
from tests.e2e.conftest import Lab

NAMES = (
    "Health",
    "Reachable",
    "Home Assistant link",
    "Response time",
    "Tool calls",
    "Tool errors",
    "Tool error rate",
    "Tool latency p95",
    "Tool ha_get_state error rate",
    "Version",
    "Started",
    "Probe now",
)


@pytest.mark.skipif(
    CHROMIUM.find() is None and "CI" not in os.environ,
    reason=f"no {CHROMIUM.name}: {CHROMIUM.how_to_install()}",
)
def test_the_device_page_names_every_entity_and_shows_its_state(lab: Lab) -> None:
    async def story() -> str:
        await lab.use()
        await lab.counted()
        (device,) = await lab.parts.client.devices(lab.server.entry_id)
        url = lab.parts.home_assistant.url
        async with asyncio.timeout(120), logged_in_page(url, lab.parts.token) as page:
            return (await visit_device(page, url, device["id"], shows="8.7.0")).text

    text = lab.run(story())
    lines = text.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert [name for name in NAMES if name not in lines] == []
    assert "Healthy" in lines
    assert shown(lines, "Tool calls") == f"{lab.sent.calls} calls"
    assert shown(lines, "Tool errors") == f"{lab.sent.errors} errors"
    assert "component.ha_mcp_sre" not in text
    assert lab.parts.ha_mcp.address.path not in text


def shown(lines: list[str], name: str) -> str:
    """Return what stands next to an entity's name."""
    return lines[lines.index(name) + 1]

"""A real browser looking at a real Home Assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import time

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, async_playwright

from scripts.lab.processes import LabError
from scripts.provision.system_parts import CHROMIUM

# It runs as root in containers, where Chromium's sandbox and a GPU are missing; and it is not to
# fetch anything of its own.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a person would see on a page."""

    text: str
    picture: bytes


@asynccontextmanager
async def logged_in_page(url: str, token: str) -> AsyncIterator[Page]:
    """Open a browser page of a Home Assistant, logged in as the token's owner."""
    executable = CHROMIUM.find()
    if executable is None:
        raise LabError(f"There is no {CHROMIUM.name}: {CHROMIUM.how_to_install()}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        try:
            # Wide enough for the three columns of a device page, tall enough to need no scrolling.
            page = await browser.new_page(viewport={"width": 1320, "height": 1180})
            await page.add_init_script(_log_in(url, token))
            yield page
        finally:
            await browser.close()


async def visit_device(page: Page, url: str, device_id: str, *, shows: str) -> Visit:
    """Open a device's page and wait until it shows a text, such as its version."""
    await page.goto(f"{url}/config/devices/device/{device_id}")
    try:
        await page.get_by_text(shows).first.wait_for(timeout=60_000)
    except PlaywrightError as error:
        seen = await page.evaluate(ALL_TEXT)
        raise LabError(f"The device page does not show {shows!r}. It shows:\n{seen}") from error
    # States arrive after the page; its text lies in nested shadow roots.
    await page.wait_for_timeout(2_000)
    text: str = await page.evaluate(ALL_TEXT)
    return Visit(text=text, picture=await page.screenshot())


def save(visit: Visit, target: Path) -> None:
    """Write the picture where a document can show it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(visit.picture)


def _log_in(url: str, token: str) -> str:
    """Return a script that leaves what the frontend itself keeps after a log-in."""
    tokens = {
        "access_token": token,
        "token_type": "Bearer",
        "refresh_token": "",
        "expires_in": 1800,
        # Far enough that the frontend does not try to refresh a token that has no refresh token.
        "expires": int(time.time() * 1000) + 86_400_000,
        "hassUrl": url,
        "clientId": f"{url}/",
    }
    return f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});"


ALL_TEXT = """() => {
  const read = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    if (["SCRIPT", "STYLE"].includes(node.nodeName)) return "";
    const children = node.nodeName === "SLOT" ? node.assignedNodes() : [];
    return [node.shadowRoot ?? node, ...children]
      .flatMap((each) => each === node || each === node.shadowRoot ? [...each.childNodes] : [each])
      .map(read)
      .join("\\n");
  };
  return read(document.body).split("\\n").map((line) => line.trim()).filter(Boolean).join("\\n");
}"""

"""The owner account of a Home Assistant in the lab."""

from typing import Any

import aiohttp

from scripts.lab.processes import LabError

USERNAME = "demo"
PASSWORD = "demo"  # noqa: S105 - printed for everybody to see


async def onboard(url: str) -> str:
    """Create the owner of a new Home Assistant; returns a short-lived access token."""
    owner = {
        "client_id": _client_id(url),
        "name": "Demo",
        "username": USERNAME,
        "password": PASSWORD,
        "language": "en",
    }
    async with aiohttp.ClientSession(url) as http:
        answer = await _post(http, "/api/onboarding/users", json=owner)
        return await _access_token(http, url, answer["auth_code"])


async def log_in(url: str) -> str:
    """Log in through the login form's own API; returns a short-lived access token."""
    start = {
        "client_id": _client_id(url),
        "handler": ["homeassistant", None],
        "redirect_uri": _client_id(url),
    }
    form = {"client_id": _client_id(url), "username": USERNAME, "password": PASSWORD}
    async with aiohttp.ClientSession(url) as http:
        flow = await _post(http, "/auth/login_flow", json=start)
        done = await _post(http, f"/auth/login_flow/{flow['flow_id']}", json=form)
        if done["type"] != "create_entry":
            raise LabError(f"Home Assistant does not accept the login {USERNAME}: {done['errors']}")
        return await _access_token(http, url, done["result"])


def _client_id(url: str) -> str:
    """Return what the frontend itself uses: its address."""
    return f"{url}/"


async def _access_token(http: aiohttp.ClientSession, url: str, code: str) -> str:
    form = {"client_id": _client_id(url), "grant_type": "authorization_code", "code": code}
    token: str = (await _post(http, "/auth/token", data=form))["access_token"]
    return token


async def _post(http: aiohttp.ClientSession, path: str, **body: Any) -> dict[str, Any]:
    async with http.post(path, **body) as answer:
        answer.raise_for_status()
        content: dict[str, Any] = await answer.json()
        return content

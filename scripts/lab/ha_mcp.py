"""A real ha-mcp on 127.0.0.1, in its own environment."""

from dataclasses import dataclass
import json
from pathlib import Path
import secrets
from typing import Any

import aiohttp

from scripts.lab.ports import free_port
from scripts.lab.processes import Process
from scripts.provision.environments import environment

LATEST = "8.7.0"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an ha-mcp listens. The path is a secret: whoever knows it controls the home."""

    port: int
    path: str

    @property
    def url(self) -> str:
        """Return what a person would give to an MCP client."""
        return f"http://127.0.0.1:{self.port}{self.path}"


class HaMcp:
    """The process at one address; its files, the usage log among them, survive stop and start."""

    def __init__(
        self,
        folder: Path,
        *,
        home_assistant_url: str,
        token: str,
        version: str = LATEST,
        address: Address | None = None,
    ) -> None:
        """Serve a Home Assistant, with files, and the address if none is given, in the folder."""
        self.version = version
        self.address = address or remembered_address(folder / "ha-mcp.json")
        self._env = {
            "HOMEASSISTANT_URL": home_assistant_url,
            "HOMEASSISTANT_TOKEN": token,
            "MCP_HOST": "127.0.0.1",
            "MCP_PORT": str(self.address.port),
            "MCP_SECRET_PATH": self.address.path,
            # Otherwise it asks the package index for its newest version at every start.
            "HA_MCP_DISABLE_UPDATE_CHECK": "true",
        }
        self.process = Process(
            f"ha-mcp {version}",
            [environment(f"ha-mcp-{version}") / "bin/ha-mcp-web"],
            home=folder / "ha-mcp-home",
            log=folder / "ha-mcp.log",
            env=self._env,
        )

    @property
    def url(self) -> str:
        """The MCP endpoint, secret path included."""
        return self.address.url

    def use_token(self, token: str) -> None:
        """Have the next start use another access token."""
        self._env["HOMEASSISTANT_TOKEN"] = token

    async def start(self, timeout: float = 60) -> None:
        """Start, or start again at the same address, and wait until it answers."""
        await self.process.start()

        async def answers() -> bool:
            return await settings_info(self.url) is not None

        await self.process.wait_until(answers, what="it answered", timeout=timeout)

    async def stop(self) -> None:
        """Shut down in order."""
        await self.process.stop()

    async def kill(self) -> None:
        """End it as a crash would."""
        await self.process.kill()


async def settings_info(url: str) -> dict[str, Any] | None:
    """Return what the server at this MCP endpoint says about itself; None while it is down."""
    timeout = aiohttp.ClientTimeout(total=2)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(f"{url}/api/settings/info") as answer,
        ):
            return await answer.json() if answer.status == 200 else None
    except aiohttp.ClientError, TimeoutError:
        return None


def remembered_address(file: Path) -> Address:
    """Return the address of an earlier run in the same folder, or a new one."""
    if file.exists():
        return Address(**json.loads(file.read_text(encoding="utf-8")))
    address = Address(free_port(), f"/private_{secrets.token_urlsafe(24)}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps({"port": address.port, "path": address.path}), encoding="utf-8")
    return address

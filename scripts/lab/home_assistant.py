"""A real Home Assistant on 127.0.0.1, with only integrations that stay off the network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
import shutil
from types import MappingProxyType

import aiohttp

from scripts.lab.client import HomeAssistantClient
from scripts.lab.configuration import has_owner, write_configuration
from scripts.lab.credentials import log_in, onboard
from scripts.lab.processes import LabError, Process
from scripts.provision.environments import environment
from scripts.provision.step import ROOT

INTEGRATION = ROOT / "custom_components/ha_mcp_sre"
HA_MCP_TOOLS = ROOT / "scripts/lab/components/ha_mcp_tools"


class HomeAssistant:
    """The process, its configuration folder, and the owner's token."""

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        components: Sequence[Path] = (INTEGRATION,),
        env: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Keep configuration, log and home in the folder; `env` is what Home Assistant is told."""
        self._components = components
        self.config = folder / "config"
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        python = environment("home-assistant") / "bin/python"
        self.process = Process(
            "Home Assistant",
            # -P: the folder of that script has modules named like packages, `ha_mcp` for one.
            [python, "-P", ROOT / "scripts/lab/run_home_assistant.py", "--config", self.config],
            home=folder / "home",
            log=folder / "home-assistant.log",
            env=env,
        )
        self._access_token = ""

    async def start(self, timeout: float = 180) -> None:
        """Start and wait until everything is set up; its owner is created at the first start."""
        self._prepare()
        # An access token lasts half an hour, a Home Assistant in the lab maybe longer.
        self._access_token = ""
        await self.process.start()
        await self.process.wait_until(self._is_running, what="it was ready", timeout=timeout)

    async def stop(self) -> None:
        """Shut down in order, so that storage is written."""
        await self.process.stop(timeout=60)

    async def restart(self) -> None:
        """Stop in order and start again with the same configuration folder."""
        await self.stop()
        await self.start()

    async def create_token(self, client_name: str) -> str:
        """Return a long-lived token of the owner."""
        async with HomeAssistantClient(self.url, self._access_token) as client:
            return await client.create_token(client_name)

    def _prepare(self) -> None:
        """Write the configuration and install integrations as HACS does: copy their folders."""
        write_configuration(self.config, self.port)
        for component in self._components:
            installed = self.config / "custom_components" / component.name
            shutil.rmtree(installed, ignore_errors=True)
            shutil.copytree(component, installed, ignore=shutil.ignore_patterns("__pycache__"))

    async def _is_running(self) -> bool:
        """Whether set-up is complete. Only a user may ask, so this also makes or logs in the owner."""
        try:
            if not self._access_token:
                enter = log_in if has_owner(self.config) else onboard
                self._access_token = await enter(self.url)
            async with HomeAssistantClient(self.url, self._access_token) as client:
                return await client.core_state() == "RUNNING"
        except aiohttp.ClientError, TimeoutError, LabError:
            # Not listening yet, or the part that answers this is not set up yet.
            return False

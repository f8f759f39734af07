"""The recommended install: ha-mcp in a thread of a real Home Assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from scripts.lab.client import HomeAssistantClient
from scripts.lab.ha_mcp import Address, remembered_address, settings_info
from scripts.lab.home_assistant import HA_MCP_TOOLS, INTEGRATION, HomeAssistant
from scripts.lab.ports import free_port, port_in_use
from scripts.lab.processes import LabError
from scripts.lab.waiting import wait_for

DOMAIN = "ha_mcp_tools"


class InProcess:
    """A running Home Assistant, and the server entry of `ha_mcp_tools` in it."""

    def __init__(
        self,
        home_assistant: HomeAssistant,
        client: HomeAssistantClient,
        token: str,
        options: dict[str, Any],
    ) -> None:
        """Prepare a server with these options of the entry."""
        self.home_assistant = home_assistant
        self.client = client
        self.token = token
        """The client's, which is not the server's."""
        self.entry_id = ""
        self.options = options
        """As the entry has them since it was added or configured here."""

    @property
    def url(self) -> str:
        """The MCP endpoint, secret path included."""
        options = self.options
        return Address(options["server_port"], options["secret_path_override"]).url

    @property
    def usage_log(self) -> Path:
        """Where the server writes down every call."""
        return self.home_assistant.config / ".ha_mcp/logs/mcp_usage.jsonl"

    async def add(self) -> None:
        """Add the entry through its config flow, and wait for its server."""
        step = await self.client.start_flow(DOMAIN)
        step = await self.client.continue_flow(step["flow_id"], self.options)
        if step["type"] != "create_entry":
            raise LabError(f"The server entry was not added: {step}")
        self.entry_id = step["result"]["entry_id"]
        await self.info()

    async def info(self, *, after: dict[str, Any] | None = None) -> dict[str, Any]:
        """Wait until the server answers; returns what it says about itself.

        `after` is what an earlier start said, which does not count.
        """

        async def look() -> dict[str, Any] | None:
            found = await settings_info(self.url)
            earlier = found and after and found["worker_id"] == after["worker_id"]
            return None if earlier else found

        return await wait_for(look, what="ha-mcp answered in Home Assistant", timeout=60)

    async def entry(self) -> dict[str, Any]:
        """Return the entry as Home Assistant's API shows it, which leaves `data` out."""
        entries = await self.client.config_entries(DOMAIN)
        return next(entry for entry in entries if entry["entry_id"] == self.entry_id)

    async def reload(self) -> None:
        """Reload the entry, which starts a new server in the modules of the old one."""
        await self.client.reload_entry(self.entry_id)
        await self.info()

    async def configure(self, **changed: Any) -> None:
        """Change options such as `server_port`, for which the entry reloads itself.

        With a `pip_spec` every reload imports ha-mcp anew, as it does after an update.
        """
        before = await settings_info(self.url)
        self.options = {**self.options, **changed}
        # Home Assistant answers before the reload begins.
        await self.client.configure_entry(self.entry_id, self.options)
        await self.info(after=before)

    async def disable(self) -> None:
        """Disable the entry, which ends its server."""
        await self.client.disable_entry(self.entry_id)

    async def enable(self) -> None:
        """Enable the entry again."""
        await self.client.enable_entry(self.entry_id)
        await self.info()

    async def remove(self) -> None:
        """Remove the entry, its server, user and token."""
        await self.client.remove_entry(self.entry_id)

    async def crash(self) -> None:
        """Let the server's thread die; the entry stays loaded, and nothing starts it again."""

        async def is_dead() -> bool:
            return not port_in_use(self.options["server_port"])

        await self.client.rest("POST", f"/api/events/{DOMAIN}_lab_crash", {})
        await wait_for(is_dead, what="ha-mcp had crashed", timeout=30)


@asynccontextmanager
async def in_process_parts(
    folder: Path, *, port: int | None = None, via: str | None = None
) -> AsyncIterator[InProcess]:
    """Start Home Assistant with ha-mcp in it; nothing is left running afterwards.

    `via` is where ha-mcp finds Home Assistant, if not at its own address.
    """
    components = (INTEGRATION, HA_MCP_TOOLS)
    home_assistant = HomeAssistant(folder, port or free_port(), components=components)
    address = remembered_address(folder / "ha-mcp.json")
    options = {
        "bind_host": "127.0.0.1",
        "server_port": address.port,
        "secret_path_override": address.path,
    }
    if via:
        options["server_url"] = via
    try:
        await home_assistant.start()
        token = await home_assistant.create_token("HA-MCP SRE lab")
        async with HomeAssistantClient(home_assistant.url, token) as client:
            parts = InProcess(home_assistant, client, token, options)
            await parts.add()
            yield parts
    finally:
        await home_assistant.stop()

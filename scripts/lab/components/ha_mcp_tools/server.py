"""ha-mcp in a thread of Home Assistant."""

import asyncio
from dataclasses import dataclass, field
from importlib import import_module
import logging
from threading import Thread
from typing import Any

_LOGGER = logging.getLogger(__name__)
_STOP_TIMEOUT = 10


class ServerError(Exception):
    """The server has ended without being asked to."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the server listens, and how it reaches Home Assistant."""

    host: str
    port: int
    path: str = field(repr=False)
    home_assistant_url: str
    token: str = field(repr=False)


class Server:
    """One start of ha-mcp: a daemon thread with an event loop of its own."""

    def __init__(self, settings: Settings) -> None:
        """Prepare the thread; ha-mcp is imported only in it."""
        self._settings = settings
        self._thread = Thread(target=self._run, name="ha-mcp-server", daemon=True)
        self._listener: Any = None
        self._stopping = False

    def start(self) -> None:
        """Start, and wait until it listens; `ServerError` if it ends before."""
        self._thread.start()
        while self._listener is None or not self._listener.started:
            self._thread.join(0.05)
            if not self._thread.is_alive():
                raise ServerError("It ended before it listened")

    def stop(self) -> None:
        """Shut down in order, and wait a while for it."""
        self._stopping = True
        self.crash()

    def crash(self) -> None:
        """Take the listener away; unless this was meant to happen, the thread dies of it."""
        if self._listener is not None:
            self._listener.should_exit = True
        self._thread.join(_STOP_TIMEOUT)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            _LOGGER.exception("HA-MCP in-process server thread crashed")

    async def _serve(self) -> None:
        """Do what ha-mcp's command does, less what belongs to a process: signals, logging."""
        to = self._settings
        config = import_module("ha_mcp.config")
        # The settings of an earlier start would be used again.
        config.reset_global_settings()
        config.set_embedded_connection(to.home_assistant_url, to.token)
        server = import_module("ha_mcp.server").HomeAssistantSmartMCPServer()
        settings_ui = import_module("ha_mcp.settings_ui")
        settings_ui.register_settings_routes(server.mcp, server, secret_path=to.path)
        import_module("ha_mcp.browser_landing").register_browser_landing(server.mcp, to.path)
        import_module("ha_mcp.transport_security").ensure_host_origin_guard_default_off()
        uvicorn = import_module("uvicorn")
        self._listener = uvicorn.Server(
            uvicorn.Config(
                server.mcp.http_app(path=to.path, stateless_http=True),
                host=to.host,
                port=to.port,
                timeout_graceful_shutdown=2,
                lifespan="on",
                ws="none",
                # Home Assistant's logging stays as it is.
                log_config=None,
            )
        )
        try:
            # A stop that came earlier found nothing to stop.
            if not self._stopping:
                await self._listener.serve()
        finally:
            sessions = import_module("ha_mcp.client.websocket_client").websocket_manager
            await sessions.disconnect()
            await server.close()
        if not self._stopping:
            raise ServerError("It ended without being asked to")

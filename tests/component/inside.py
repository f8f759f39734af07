"""A Home Assistant in which the integration `ha_mcp_tools` runs the fake ha-mcp, or seems to."""

from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
from threading import Event, Thread
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ha_mcp_sre.const import DOMAIN
from tests.fake_ha_mcp import SECRET_PATH, FakeHaMcp
from tests.recorded import CAPTURES

CAPTURED: dict[str, Any] = json.loads(
    (CAPTURES / "8.7.0/in-process/config-entry.json").read_text(encoding="utf-8")
)


def server_entry(hass: HomeAssistant, port: int, **data: Any) -> MockConfigEntry:
    """Add the config entry of a real in-process server, at this port and with these changes."""
    entry = MockConfigEntry(
        domain="ha_mcp_tools",
        title=CAPTURED["title"],
        unique_id=CAPTURED["unique_id"],
        data=CAPTURED["data"] | {"secret_path": SECRET_PATH} | data,
        options={"server_port": port, "bind_host": "0.0.0.0"},
        state=ConfigEntryState.LOADED,
    )
    entry.add_to_hass(hass)
    return entry


def serve(hass: HomeAssistant, ha_mcp: FakeHaMcp, **data: Any) -> MockConfigEntry:
    """Have the fake ha-mcp look like one that runs inside Home Assistant."""
    assert ha_mcp.server is not None
    hass.data["ha_mcp_tools"] = {"webhook": {"target_url": ha_mcp.url}}
    return server_entry(hass, ha_mcp.server.port or 0, **data)


@contextmanager
def server_thread() -> Iterator[None]:
    """Run a thread by the name of the server's."""
    over = Event()
    thread = Thread(target=over.wait, name="ha-mcp-server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def watching_inside(ha_mcp: FakeHaMcp) -> MockConfigEntry:
    """Return the config entry that watches the server inside Home Assistant."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="ha-mcp",
        unique_id="in_process_server",
        data={
            "mode": "in_process",
            "install": "server",
            "url": ha_mcp.url,
            "verify_ssl": True,
        },
        entry_id="entry",
    )


def write_calls(log: Path, *records: dict[str, Any]) -> None:
    """Append records to the usage log as ha-mcp does."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)

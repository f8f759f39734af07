"""What Home Assistant finds at its first start in the lab."""

import json
from pathlib import Path
from typing import Any

# Integrations are named one by one: `default_config` brings zeroconf, ssdp, dhcp, bluetooth and
# cloud, which talk to whatever network the machine is in. No second factor for the log-in: its
# libraries would be fetched at the first start.
CONFIGURATION = """\
homeassistant:
  name: HA-MCP SRE lab
  latitude: 52.3731339
  longitude: 4.8903147
  elevation: 0
  unit_system: metric
  time_zone: Europe/Amsterdam
  country: NL
  currency: EUR
  auth_mfa_modules: []
logger:
  default: warning
  logs:
    custom_components.ha_mcp_sre: debug
    # It complains about a missing system library that only cameras need.
    homeassistant.components.camera.img_util: critical
api:
auth:
automation:
config:
device_automation:
diagnostics:
frontend:
history:
logbook:
lovelace:
persistent_notification:
person:
recorder:
repairs:
script:
search:
sun:
system_health:
system_log:
webhook:
websocket_api:
"""

# Onboarding steps answered beforehand. Answering `core_config` over HTTP makes Home Assistant set
# up a weather service, internet radio and a translator, which reach for the internet.
_ONBOARDING = {"done": ["core_config", "analytics", "integration"]}


def write_configuration(config: Path, port: int) -> None:
    """Fill a configuration folder; one that was used before keeps its data."""
    # Logs and settings of both parts, next to this folder, hold ha-mcp's secret path and tokens.
    config.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    (config / ".storage").mkdir(parents=True, exist_ok=True)
    (config / "configuration.yaml").write_text(CONFIGURATION, encoding="utf-8")
    if not (config / ".storage/onboarding").exists():
        _store(config, "onboarding", 4, _ONBOARDING)
    # An address in configuration.yaml is a proposal: unless somebody confirms it in the browser
    # within 5 minutes, Home Assistant restarts on port 8123 of every interface.
    _store(config, "http", 3, _confirmed_address(port))


def has_owner(config: Path) -> bool:
    """Whether somebody has been onboarded in this configuration folder."""
    stored = json.loads((config / ".storage/onboarding").read_text(encoding="utf-8"))
    return "user" in stored["data"]["done"]


def _confirmed_address(port: int) -> dict[str, Any]:
    stable = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": [],
        "ip_ban_enabled": True,
        "login_attempts_threshold": -1,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": "2026-11-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    return {"stable": stable, "pending": None, "yaml_migration_done": True}


def _store(config: Path, key: str, version: int, data: dict[str, Any]) -> None:
    """Write a file as Home Assistant's own storage does."""
    stored = {"version": version, "minor_version": 1, "key": key, "data": data}
    (config / ".storage" / key).write_text(json.dumps(stored), encoding="utf-8")

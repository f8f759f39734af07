"""What is shipped beside the code, for tests that compare the two."""

import json
from pathlib import Path
from typing import Any

from homeassistant.helpers.entity import EntityDescription

from custom_components.ha_mcp_sre.binary_sensor import BINARY_SENSORS
from custom_components.ha_mcp_sre.button import PROBE_NOW, WRITE_REPORT
from custom_components.ha_mcp_sre.event import INCIDENT
from custom_components.ha_mcp_sre.project_sensors import PROJECT_SENSORS
from custom_components.ha_mcp_sre.sensor import SENSORS
from custom_components.ha_mcp_sre.switch import MAINTENANCE

ROOT = Path(__file__).parents[1]
COMPONENT = ROOT / "custom_components/ha_mcp_sre"

ENTITIES: dict[tuple[str, str], EntityDescription] = {
    **{("sensor", each.key): each for each in SENSORS},
    **{("binary_sensor", each.key): each for each in BINARY_SENSORS},
    **{("button", each.key): each for each in (PROBE_NOW, WRITE_REPORT)},
    ("event", INCIDENT.key): INCIDENT,
    ("switch", MAINTENANCE.key): MAINTENANCE,
}
PROJECT_ENTITIES = {("sensor", each.key): each for each in PROJECT_SENSORS}


def read_json(path: Path) -> dict[str, Any]:
    """Return what is in a file."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


STRINGS = read_json(COMPONENT / "strings.json")
ICONS = read_json(COMPONENT / "icons.json")

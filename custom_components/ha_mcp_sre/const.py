"""Names that several rooms share."""

from typing import Final

DOMAIN: Final = "ha_mcp_sre"

CONF_MODE: Final = "mode"
CONF_INSTALL: Final = "install"

OPTION_TOOL_SENSORS: Final = "tool_sensors"
DEFAULT_TOOL_SENSORS: Final = True

OPTION_NOTIFY_ENTITIES: Final = "notify_entities"
OPTION_NOTIFY_SEVERITY: Final = "notify_severity"
DEFAULT_NOTIFY_SEVERITY: Final = "p1"

OPTION_REPORT_DAY: Final = "report_day"
OPTION_REPORT_HOUR: Final = "report_hour"
OPTION_REPORT_AI_TASK: Final = "report_ai_task"
REPORT_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REPORT_NEVER: Final = "never"
DEFAULT_REPORT_DAY: Final = "mon"

CONF_REPOSITORY: Final = "repository"
DEFAULT_REPOSITORY: Final = "homeassistant-ai/ha-mcp"

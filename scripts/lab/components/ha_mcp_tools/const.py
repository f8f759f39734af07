"""Names that the real component uses."""

DOMAIN = "ha_mcp_tools"
NAME = "HA-MCP Server"

OPTION_BIND_HOST = "bind_host"
OPTION_PIP_SPEC = "pip_spec"
OPTION_SECRET_PATH = "secret_path_override"  # noqa: S105 - a name.
OPTION_SERVER_PORT = "server_port"
OPTION_SERVER_URL = "server_url"

"""The real parts, for the demo and the end-to-end tests: Home Assistant, ha-mcp, their traffic."""

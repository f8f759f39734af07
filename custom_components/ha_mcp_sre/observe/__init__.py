"""What can be seen of a server: the only room that talks to ha-mcp."""

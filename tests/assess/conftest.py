"""How hypothesis looks for counterexamples: without a stopwatch."""

from hypothesis import settings

settings.register_profile("ha_mcp_sre", deadline=None)
settings.load_profile("ha_mcp_sre")

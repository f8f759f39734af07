"""A shorter policy for the integration in the lab, so that a person or a test need not wait."""

from collections.abc import Mapping
import json
from types import MappingProxyType
from typing import Any

_VARIABLE = "HA_MCP_SRE_LAB_POLICY"

QUICK: Mapping[str, Any] = MappingProxyType(
    {
        "cycle": 2,
        "tool_stage_interval": 10,
        "suspicion_interval": 0,
        "broken_link_intervals": [1, 2, 4],
        "rejected_token_interval": 30,
        "down_intervals": [1, 2],
        "host_interval": 10,
        "grace": {"p0": 3, "p1": 3},
        "clean_time": {"p0": 2, "p1": 2},
        "suppression": 5,
        # Otherwise the next fault of a kind would be the same incident, or one too many.
        "reopen_window": 0,
        "brief_outages": 99,
        "restart_loop": 99,
    }
)
"""Fields of the integration's policy; everything else is as a home gets it."""


def told(policy: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment that has `run_home_assistant.py` put this into the policy."""
    return {_VARIABLE: json.dumps(dict(policy))} if policy else {}

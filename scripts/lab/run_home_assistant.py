"""Home Assistant's own entry point, less the default integrations that a lab cannot have.

Beyond what configuration.yaml names, Home Assistant sets up some by default. Voice needs a C++
compiler at the first start, cameras and speech need system libraries, the marketplace talks to
GitHub. None of them matters here, and Home Assistant starts in 2 seconds instead of 20.

The lab may ask for another policy of our integration; the integration itself knows of no such way.
"""

from dataclasses import replace
from importlib import import_module
import json
import os
import sys
from types import ModuleType
from typing import Any

from homeassistant import bootstrap
from homeassistant.__main__ import main

bootstrap.DEFAULT_INTEGRATIONS -= {
    "ai_task",
    "assist_satellite",
    "camera",
    "conversation",
    "image_processing",
    "infrared",
    "marketplace",
    "media_player",
    "radio_frequency",
    "stt",
    "tts",
    "wake_word",
}


def stand_in(name: str, *attributes: str) -> None:
    """Let a module be imported that nothing here calls."""
    module = ModuleType(name)
    for attribute in attributes:
        setattr(module, attribute, type(attribute, (), {}))
    sys.modules[name] = module


# The frontend asks for the descriptions of all actions, for which Home Assistant imports its voice
# integrations; these two libraries of theirs are published as C++ source only.
stand_in("pymicro_vad", "MicroVad")
stand_in("pyspeex_noise", "AudioProcessor")


def use_policy(config: str, fields: dict[str, Any]) -> None:
    """Import the integration before Home Assistant does, and replace fields of its policy."""
    sys.path.insert(0, config)
    integration = import_module("custom_components.ha_mcp_sre")
    # A string is as good a key as the severity of that name.
    wanted = {key: tuple(each) if isinstance(each, list) else each for key, each in fields.items()}
    vars(integration)["POLICY"] = replace(vars(integration)["POLICY"], **wanted)


if __name__ == "__main__":
    if policy := os.environ.get("HA_MCP_SRE_LAB_POLICY"):
        use_policy(sys.argv[sys.argv.index("--config") + 1], json.loads(policy))
    sys.exit(main())

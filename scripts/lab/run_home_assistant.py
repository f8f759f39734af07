"""Home Assistant's own entry point, less the default integrations that a lab cannot have.

Beyond what configuration.yaml names, Home Assistant sets up some by default. Voice needs a C++
compiler at the first start, cameras and speech need system libraries, the marketplace talks to
GitHub. None of them matters here, and Home Assistant starts in 2 seconds instead of 20.
"""

import sys
from types import ModuleType

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

if __name__ == "__main__":
    sys.exit(main())

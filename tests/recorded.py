"""Real exchanges with ha-mcp, recorded once and replayed."""

from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

CAPTURES = Path(__file__).parent / "captures"


@dataclass(frozen=True, slots=True)
class Capture:
    """One answer of a real ha-mcp."""

    status: int
    content_type: str
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        """The JSON-RPC message, or the plain JSON."""
        text = self.body.decode()
        if "data: " in text:
            text = next(line for line in text.splitlines() if line.startswith("data: "))[6:]
        message: dict[str, Any] = json.loads(text)
        return message

    @property
    def tool_data(self) -> dict[str, Any]:
        """What a tool answered."""
        data: dict[str, Any] = json.loads(self.message["result"]["content"][0]["text"])
        return data


def capture(state: str, name: str) -> Capture:
    """Read an exchange, for example ``capture("8.7.0/healthy", "ping")``."""
    folder = CAPTURES / state
    status_line, *headers = (folder / f"{name}.headers").read_text().splitlines()
    types = [line for line in headers if line.lower().startswith("content-type:")]
    return Capture(
        status=int(status_line.split()[1]),
        content_type=types[0].split(":", 1)[1].split(";")[0].strip(),
        body=(folder / f"{name}.body").read_bytes(),
    )

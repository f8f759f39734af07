"""What a person can send along with a bug report: everything but secrets."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant

from .coordinator import SreConfigEntry

_SECRET = {CONF_URL, "instance", "worker"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SreConfigEntry
) -> dict[str, Any]:
    """Return what is believed about the server, and how it came about."""
    coordinator = entry.runtime_data
    record = coordinator.record
    assessment = asdict(coordinator.data)
    assessment["tool_calls"]["in_use"] = sorted(assessment["tool_calls"]["in_use"])
    return {
        "entry": {
            "data": async_redact_data(dict(entry.data), _SECRET),
            "options": dict(entry.options),
        },
        "assessment": async_redact_data(assessment, _SECRET),
        "record": {
            "days": len(record.ledger.days()),
            "bytes": record.ledger.nbytes(),
            "own_calls_unseen": len(record.journal.entries),
            "watching_since": record.position.since,
        },
        "policy": asdict(coordinator.policy),
    }

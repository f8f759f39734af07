"""The latest calls that an ha-mcp inside this Home Assistant keeps in memory."""

from collections.abc import Callable, Sequence
import sys

from .records import Record, read_record

LISTED = 200
"""As many calls as ha-mcp keeps."""

_MODULE = "ha_mcp.utils.usage_logger"


def ring_buffer_of_this_process() -> Sequence[object] | None:
    """Return the records, newest first; None if ha-mcp is not loaded.

    It is never imported for this, and looked up each time: a reload replaces its modules. What
    it raises, if it changed, comes through.
    """
    module = sys.modules.get(_MODULE)
    if module is None:
        return None
    if getattr(module, "_usage_logger", module) is None:
        return ()  # No call yet; to ask would make ha-mcp create its folder here and now.
    records: Sequence[object] = module.get_recent_logs(LISTED)
    return records


def read_ring_buffer(
    ring_buffer: Callable[[], Sequence[object] | None],
) -> list[Record] | None:
    """Return what is listed, oldest first; None if there is nothing that can be understood."""
    try:
        listed = ring_buffer()
        if listed is None:
            return None
        records = [read_record(raw) for raw in reversed(listed[:LISTED])]
    except Exception:  # noqa: BLE001 - Another's code and data, of any version.
        return None
    known = [record for record in records if record.call]
    return None if records and not known else known

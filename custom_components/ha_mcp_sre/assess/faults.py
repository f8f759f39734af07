"""Whose fault a failed tool call is."""

from enum import IntEnum


class Fault(IntEnum):
    """Who answers for the outcome of a call; the numbers are stored, so they never change."""

    NONE = 0
    SERVER = 1
    LINK = 2
    CALLER = 3
    POLICY = 4
    UNCLASSIFIED = 5


BUDGET_FAULTS = frozenset({Fault.SERVER, Fault.LINK})
"""Faults that count against the server: the only ones that raise its error rate."""

_BY_CODE: dict[str, Fault] = {
    "SERVICE_INVALID_ACTION": Fault.CALLER,
    "SERVICE_INVALID_DOMAIN": Fault.CALLER,
    "SERVICE_NOT_FOUND": Fault.CALLER,
    "RESOURCE_ALREADY_EXISTS": Fault.CALLER,
    "RESOURCE_NOT_FOUND": Fault.CALLER,
    "IMAGE_PAYLOAD_TOO_LARGE": Fault.CALLER,
    "BPS_ACKNOWLEDGMENT_REQUIRED": Fault.POLICY,
    "ENTITY_VISIBILITY_ENFORCED": Fault.POLICY,
    "READ_ONLY_MODE": Fault.POLICY,
    "USER_APPROVAL_REQUIRED": Fault.POLICY,
    "USER_DENIED": Fault.POLICY,
}

_BY_PREFIX: tuple[tuple[str, Fault], ...] = (
    ("INTERNAL_", Fault.SERVER),
    ("TIMEOUT_", Fault.SERVER),
    ("CONNECTION_", Fault.LINK),
    ("WEBSOCKET_", Fault.LINK),
    ("AUTH_", Fault.LINK),
    ("VALIDATION_", Fault.CALLER),
    ("ENTITY_", Fault.CALLER),
    ("CONFIG_", Fault.CALLER),
    ("SANDBOX_", Fault.CALLER),
    ("POLICY_", Fault.POLICY),
)


def classify(code: str | None) -> Fault:
    """Return whose fault a failure with this ha-mcp error code is.

    A failure without a code (a cancelled call, an unforeseen exception) and a code that
    no rule names are unclassified: shown to the person, never held against the server.
    """
    if code is None:
        return Fault.UNCLASSIFIED
    if (fault := _BY_CODE.get(code)) is not None:
        return fault
    return next(
        (fault for prefix, fault in _BY_PREFIX if code.startswith(prefix)),
        Fault.UNCLASSIFIED,
    )

"""Which source shows a signal in which install mode, and why some signals have none.

The README's table of what can be seen is generated from here.
"""

from collections.abc import Mapping

from .signals import Mode, Signal, Source

type Sources = tuple[Source, ...]

ALWAYS_MISSING: Mapping[tuple[Mode, Signal], str] = {
    (Mode.APP, Signal.USAGE_LOG_SIZE): "in_container",
    (Mode.HTTP, Signal.USAGE_LOG_SIZE): "on_server",
}
"""Signals that no source shows in a mode, each with the reason of its gap."""

NOT_APPLICABLE = frozenset(
    {
        # Supervisor's own credential has no date of expiry.
        (Mode.APP, Signal.CREDENTIAL_EXPIRY),
        # Bytes sent and received are a matter of containers.
        (Mode.IN_PROCESS, Signal.NETWORK),
        (Mode.HTTP, Signal.NETWORK),
    }
)
"""Signals that mean nothing in a mode: neither seen nor missed."""

_EVERYWHERE: Mapping[Signal, Sources] = {
    Signal.ENDPOINT: (Source.ENDPOINT_CHECK,),
    Signal.HOME_ASSISTANT_LINK: (Source.TOOL_CHECKS,),
    Signal.STARTED: (Source.ENDPOINT_CHECK,),
    Signal.VERSIONS: (Source.REPORT,),
    Signal.SETTINGS: (Source.REPORT,),
}

_BY_MODE: Mapping[Mode, Mapping[Signal, Sources]] = {
    Mode.IN_PROCESS: {
        Signal.STARTUP_TIME: (Source.BRINGUP, Source.STARTUP_LOG),
        Signal.TOOL_CALLS: (Source.USAGE_LOG, Source.RING_BUFFER),
        Signal.SESSION: (Source.WEBSOCKET_API,),
        Signal.MEMORY: (Source.SHARED_PROCESS,),
        Signal.CPU: (Source.SERVER_THREAD,),
        Signal.CREDENTIAL: (Source.CREDENTIAL_STORE, Source.TOOL_CHECKS),
        Signal.CREDENTIAL_EXPIRY: (Source.CREDENTIAL_STORE,),
        Signal.USAGE_LOG_SIZE: (Source.USAGE_LOG,),
    },
    Mode.APP: {
        Signal.STARTUP_TIME: (Source.APP_LOG, Source.STARTUP_LOG),
        Signal.TOOL_CALLS: (Source.REPORT,),
        Signal.SESSION: (Source.APP_LOG,),
        Signal.MEMORY: (Source.SUPERVISOR,),
        Signal.CPU: (Source.SUPERVISOR,),
        Signal.NETWORK: (Source.SUPERVISOR,),
        Signal.CREDENTIAL: (Source.TOOL_CHECKS,),
    },
    Mode.HTTP: {
        Signal.STARTUP_TIME: (Source.STARTUP_LOG,),
        Signal.TOOL_CALLS: (Source.REPORT,),
        Signal.SESSION: (Source.WEBSOCKET_API,),
        Signal.MEMORY: (Source.PROCESS,),
        Signal.CPU: (Source.PROCESS,),
        Signal.CREDENTIAL: (Source.CREDENTIAL_STORE, Source.TOOL_CHECKS),
        Signal.CREDENTIAL_EXPIRY: (Source.CREDENTIAL_STORE,),
    },
}


def sources(mode: Mode, signal: Signal) -> Sources:
    """Return what can show a signal in a mode, best first; nothing if nothing can."""
    return _EVERYWHERE.get(signal) or _BY_MODE[mode].get(signal, ())

"""The ha-mcp that runs as an app, as Supervisor shows it.

What Home Assistant's own integration of Supervisor has in memory is read from there; what must
be fresh is asked for through that integration's client. Nothing is kept of the texts of
Supervisor's errors.

That integration and its library are imported where they are used: they are only there when
Home Assistant runs under a Supervisor.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
import os
import re
from typing import TYPE_CHECKING, Any

from homeassistant.const import ATTR_STATE
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.hassio import is_hassio
from yarl import URL

from ..assess.observation import FailureKind, HostReading
from ..assess.signals import Source
from .failures import McpError, reading_failures
from .plain import number, word

if TYPE_CHECKING:
    from aiohasupervisor import SupervisorClient

APP_PORT = 9583
"""The app uses the machine's own network, at this port."""

_SLUG = re.compile(r"[a-z0-9_]+_ha_mcp(_dev)?|local_ha_mcp(?!_webhook_proxy)\w*", re.ASCII)
_SECRET_PATH = re.compile(r"/[^\s?#]+")

_FATES = {
    "startup": FailureKind.STARTING,
    "stopped": FailureKind.STOPPED,
    "error": FailureKind.CRASHED,
}

# Supervisor measures an app against the time of all cores together.
_CORES = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class App:
    """An installed app. `state` is Supervisor's word for what it does.

    `url` is the server's address on this machine, None before the app's first start, which
    chooses the secret path.
    """

    slug: str
    name: str
    state: str
    version: str | None = None
    url: str | None = field(default=None, repr=False)
    watchdog: bool | None = None


def apps(hass: HomeAssistant) -> tuple[App, ...]:
    """Return the installed ha-mcp apps from what Home Assistant has in memory.

    A state is up to date there, a secret path may be as old as Home Assistant's start.
    """
    return tuple(_app(each) for each in _installed(hass) or () if is_ha_mcp(each["slug"]))


def knows_apps(hass: HomeAssistant) -> bool:
    """Return whether Supervisor has told which apps are installed."""
    return _installed(hass) is not None


async def app(hass: HomeAssistant, slug: str, timeout: float) -> App | FailureKind:
    """Ask Supervisor for an app, or return why that was not possible."""
    info = await _ask(hass, lambda client: client.addons.addon_info(slug), timeout)
    return info if isinstance(info, FailureKind) else _app(info.to_dict())


async def stats(
    hass: HomeAssistant, slug: str, timeout: float, now: float
) -> HostReading | FailureKind:
    """Ask Supervisor what an app uses now, or return why that was not possible.

    Supervisor says zero for what it cannot see: all of an app that is stopped, and the network
    of one that uses the machine's own.
    """
    used = await _ask(hass, lambda client: client.addons.addon_stats(slug), timeout)
    if isinstance(used, FailureKind):
        return used
    memory, cpu = _count(used.memory_usage), number(used.cpu_percent)
    return HostReading(
        at=now,
        source=Source.SUPERVISOR,
        memory=memory,
        cpu=None if memory is None or cpu is None else cpu * _CORES,
        network_received=_count(used.network_rx),
        network_sent=_count(used.network_tx),
    )


def on_state(hass: HomeAssistant, slug: str, fn: Callable[[str], None]) -> CALLBACK_TYPE:
    """Have `fn` called with an app's new state at every change; return how to end that.

    Without a Supervisor nothing ever changes.
    """
    if not is_hassio(hass):
        return lambda: None
    from homeassistant.components.hassio.const import (  # noqa: PLC0415 - see the top.
        ATTR_SLUG,
        ATTR_WS_EVENT,
        EVENT_ADDON,
        EVENT_SUPERVISOR_EVENT,
    )

    @callback
    def note(event: Mapping[str, Any]) -> None:
        of_app = event.get(ATTR_WS_EVENT) == EVENT_ADDON and event.get(ATTR_SLUG) == slug
        if of_app and (state := word(event.get(ATTR_STATE))) is not None:
            fn(state)

    return async_dispatcher_connect(hass, EVENT_SUPERVISOR_EVENT, note)


def fate(app: App) -> FailureKind | None:
    """Return why the server of an app cannot answer, None if nothing speaks against it."""
    return _FATES.get(app.state)


def is_ha_mcp(slug: str) -> bool:
    """Return whether an app is ha-mcp: from its own repository, another one, or built here."""
    return _SLUG.fullmatch(slug) is not None


def _installed(hass: HomeAssistant) -> list[dict[str, Any]] | None:
    """Return what Home Assistant has in memory of every app, None if that is nothing."""
    if not is_hassio(hass):
        return None
    from homeassistant.components.hassio import (  # noqa: PLC0415 - see the top.
        HassioNotReadyError,
        get_addons_info,
        get_addons_list,
    )

    try:
        installed, details = get_addons_list(hass), get_addons_info(hass)
    except HassioNotReadyError:
        return None
    return [{**(details.get(each["slug"]) or {}), **each} for each in installed]


def _app(info: Mapping[str, Any]) -> App:
    slug, name = info["slug"], info.get("name")
    return App(
        slug=slug,
        name=name if isinstance(name, str) and name else slug,
        state=word(info.get("state")) or "unknown",
        version=word(info.get("version")),
        url=_url(info.get("options")),
        watchdog=watchdog if isinstance(watchdog := info.get("watchdog"), bool) else None,
    )


def _url(options: object) -> str | None:
    path = options.get("secret_path") if isinstance(options, Mapping) else None
    if not isinstance(path, str) or not _SECRET_PATH.fullmatch(path):
        return None
    return str(URL.build(scheme="http", host="127.0.0.1", port=APP_PORT, path=path))


def _count(value: object) -> int | None:
    found = number(value)
    return int(found) if found is not None and found > 0 else None


async def _ask[T](
    hass: HomeAssistant, ask: Callable[[SupervisorClient], Awaitable[T]], timeout: float
) -> T | FailureKind:
    if not is_hassio(hass):
        return FailureKind.NOT_FOUND
    try:
        return await _answer(hass, ask, timeout)
    except McpError as err:
        return err.kind


@reading_failures
async def _answer[T](
    hass: HomeAssistant, ask: Callable[[SupervisorClient], Awaitable[T]], timeout: float
) -> T:
    from aiohasupervisor import (  # noqa: PLC0415 - see the top.
        SupervisorAuthenticationError,
        SupervisorConnectionError,
        SupervisorError,
        SupervisorForbiddenError,
        SupervisorNotFoundError,
        SupervisorResponseError,
    )
    from homeassistant.components.hassio import get_supervisor_client  # noqa: PLC0415 - as above.

    try:
        async with asyncio.timeout(timeout):
            return await ask(get_supervisor_client(hass))
    except TimeoutError:
        raise  # Of the library's errors this one says what it is.
    except SupervisorConnectionError as err:
        raise err.__cause__ or err from None
    except SupervisorNotFoundError:
        kind = FailureKind.NOT_FOUND
    except SupervisorAuthenticationError, SupervisorForbiddenError:
        kind = FailureKind.SIGN_IN
    except SupervisorResponseError:
        kind = FailureKind.BAD_ANSWER
    except SupervisorError:
        kind = FailureKind.HTTP_ERROR
    except LookupError, AttributeError, TypeError, ValueError:
        # The library takes an answer for what it should be.
        kind = FailureKind.BAD_ANSWER
    raise McpError(kind)

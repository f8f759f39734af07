"""Messages to the `notify` entities that a person chose; many of them become one."""

import asyncio
from collections import deque
from datetime import datetime
import logging

from homeassistant.components.notify import (
    ATTR_MESSAGE,
    ATTR_TITLE,
    SERVICE_SEND_MESSAGE,
    NotifyEntityFeature,
)
from homeassistant.components.notify import (
    DOMAIN as NOTIFY_DOMAIN,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID, ATTR_SUPPORTED_FEATURES, STATE_UNAVAILABLE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .assess.finding import Severity
from .clock import ticks
from .const import DEFAULT_NOTIFY_SEVERITY, DOMAIN, OPTION_NOTIFY_ENTITIES, OPTION_NOTIFY_SEVERITY
from .texts import Texts
from .wording import Alert, digest

_LOGGER = logging.getLogger(__name__)

MOST_MESSAGES = 5
"""As many messages are sent within an hour one by one; what comes after waits for its end."""

_HOUR = 3600.0
_PATIENCE = 60.0


class Notifier:
    """Tells the entities of one server's options. One that fails hinders nobody."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, texts: Texts) -> None:
        """Read who is to be told of what."""
        self._hass = hass
        self._texts = texts
        self._entities: tuple[str, ...] = tuple(entry.options.get(OPTION_NOTIFY_ENTITIES, ()))
        self._least = Severity(entry.options.get(OPTION_NOTIFY_SEVERITY, DEFAULT_NOTIFY_SEVERITY))
        self._sent: tuple[deque[float], deque[float]] = (deque(), deque())
        self._waiting: list[Alert] = []
        self._cancel: CALLBACK_TYPE | None = None
        self._failing: set[str] = set()

    @callback
    def tell(self, alert: Alert, severity: Severity, *, urgent: bool = False) -> None:
        """Send a message about something this bad, now or with others at the end of the hour.

        What is `urgent` is counted apart: no other message may take its place.
        """
        if not self._entities or severity > self._least:
            return
        now, sent = ticks(), self._sent[urgent]
        while sent and now - sent[0] >= _HOUR:
            sent.popleft()
        if (urgent or self._cancel is None) and len(sent) < MOST_MESSAGES:
            sent.append(now)
            self._send(alert)
            return
        self._waiting.append(alert)
        if self._cancel is None:
            left = sent[0] + _HOUR - now
            self._cancel = async_call_later(self._hass, left, self._hour_is_over)

    @callback
    def stop(self, _event: Event | None = None) -> None:
        """Send what waits: nobody else will."""
        if self._cancel is not None:
            self._cancel()
            self._hour_is_over()

    @callback
    def _hour_is_over(self, _now: datetime | None = None) -> None:
        self._cancel = None
        waiting, self._waiting = self._waiting, []
        self._sent[False].append(ticks())
        self._send(digest(self._texts, waiting))

    def _send(self, alert: Alert) -> None:
        # Not of the entry: its unloading must not stop a message that is on its way. What Home
        # Assistant waits for when it stops, it would wait for as well when it starts.
        stopping = self._hass.is_stopping
        create = (
            self._hass.async_create_task if stopping else self._hass.async_create_background_task
        )
        for entity_id in self._entities:
            create(self._async_send(entity_id, alert), f"{DOMAIN} message to {entity_id}")

    async def _async_send(self, entity_id: str, alert: Alert) -> None:
        state = self._hass.states.get(entity_id)
        failure = None
        if state is None or state.state == STATE_UNAVAILABLE:
            # Home Assistant would send nothing, and say nothing.
            failure = "missing" if state is None else STATE_UNAVAILABLE
        else:
            features = state.attributes.get(ATTR_SUPPORTED_FEATURES, 0)
            said = (
                {ATTR_TITLE: alert.title, ATTR_MESSAGE: alert.message}
                if features & NotifyEntityFeature.TITLE
                else {ATTR_MESSAGE: f"{alert.title}\n\n{alert.message}"}
            )
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._hass.services.async_call(
                        NOTIFY_DOMAIN,
                        SERVICE_SEND_MESSAGE,
                        {ATTR_ENTITY_ID: entity_id, **said},
                        blocking=True,
                    )
            except Exception as err:  # noqa: BLE001 - it is code of any integration.
                # Its text may hold what is nobody's business, such as an address.
                failure = type(err).__name__
        if failure is None:
            self._failing.discard(entity_id)
        elif entity_id not in self._failing:
            self._failing.add(entity_id)
            _LOGGER.warning("%s could not be told of an incident (%s)", entity_id, failure)

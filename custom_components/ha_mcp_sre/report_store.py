"""What is remembered from report to report, on disk."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, UnsupportedStorageVersionError
import probatio as vol

from .assess.finding import Severity
from .const import DOMAIN
from .folder import StorageFolder
from .report.backlog import BacklogMemory, Entry
from .report.edition import Known
from .report.predictions import PredictionMemory
from .report.risk import BacklogItem, Prediction
from .shapes import COUNT, Sections

_VERSION = 1
_NAME = "reports"


def _day(value: Any) -> str:
    """Return an ISO date as it is; raise ValueError if it is none."""
    return date.fromisoformat(value).isoformat()


_ITEM = vol.All(
    vol.Schema(
        {
            **{
                vol.Required(key): str
                for key in ("key", "title", "current_state", "risk", "mitigation")
            },
            vol.Required("severity"): vol.Coerce(Severity),
            vol.Required("server"): vol.Maybe(str),
            vol.Required("first_week"): _day,
            vol.Required("weeks"): vol.All(int, vol.Range(min=1)),
            vol.Required("judged_week"): _day,
            vol.Required("done_week"): vol.Maybe(_day),
        }
    ),
    lambda value: BacklogItem(**value),
)
_ENTRY = vol.All(
    vol.Schema(
        {
            vol.Required("item"): _ITEM,
            vol.Required("seen"): vol.All([_day], vol.Coerce(tuple)),
            vol.Required("earlier"): COUNT,
        }
    ),
    lambda value: Entry(**value),
)
_BACKLOG = vol.All(
    vol.Schema(
        {
            vol.Required("week"): vol.Maybe(_day),
            **{
                vol.Required(key): vol.All([_ENTRY], vol.Coerce(tuple))
                for key in ("before", "entries")
            },
        }
    ),
    lambda value: BacklogMemory(**value),
)
_NUMBER = vol.Any(float, int)
_PREDICTION = vol.All(
    vol.Schema(
        {
            **{vol.Required(key): str for key in ("key", "statement", "unit")},
            vol.Required("server"): vol.Maybe(str),
            **{vol.Required(key): _NUMBER for key in ("threshold", "value")},
            **{vol.Required(key): _day for key in ("made", "due")},
            vol.Required("confirmed"): vol.Maybe(bool),
            vol.Required("measured"): vol.Maybe(_NUMBER),
            vol.Required("judged"): vol.Maybe(_day),
        }
    ),
    lambda value: Prediction(**value),
)
_PREDICTIONS = vol.All(
    vol.Schema(
        {
            vol.Required("until"): vol.Maybe(_day),
            vol.Required("predictions"): vol.All([_PREDICTION], vol.Coerce(tuple)),
        }
    ),
    lambda value: PredictionMemory(**value),
)


class ReportStore:
    """The file of what is remembered from report to report."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Name the file."""
        self._folder = StorageFolder(hass, _NAME, "the reports")
        self._store = self._folder.store(_NAME, _VERSION)
        self._known: Known | None = None

    async def async_load(self) -> Known:
        """Return what is remembered; what has a wrong shape is set aside.

        Raises HomeAssistantError if a newer version wrote it.
        """
        if self._known is not None:
            return self._known
        unreadable: dict[str, Any] = {}
        try:
            sections = await self._folder.async_read(self._store, unreadable)
        except UnsupportedStorageVersionError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="reports_too_new"
            ) from err
        if sections is not None and not isinstance(sections, dict):
            unreadable[_NAME], sections = sections, None
        self._known, wrong = _decode(sections or {})
        unreadable |= wrong
        if unreadable:
            await self._folder.async_set_aside("set_aside", _VERSION, unreadable)
        return self._known

    async def async_save(self, known: Known) -> None:
        """Write what is to be remembered."""
        self._known = known
        reported = None if known.reported is None else known.reported.isoformat()
        await self._store.async_save(asdict(known) | {"reported": reported})

    async def async_remove(self) -> None:
        """Forget everything."""
        self._known = None
        await self._folder.async_remove()


def _decode(sections: Mapping[str, Any]) -> tuple[Known, dict[str, Any]]:
    """Return what is remembered, and apart from it every section of a wrong shape."""
    file = Sections(sections)
    known = Known(
        reported=file.read("reported", _maybe_date, None),
        backlog=file.read("backlog", _BACKLOG, BacklogMemory()),
        predictions=file.read("predictions", _PREDICTIONS, PredictionMemory()),
    )
    return known, file.unreadable


def _maybe_date(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(value)

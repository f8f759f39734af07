"""What changed in the week: versions, settings, restarts, releases."""

from collections.abc import Sequence
from typing import Any

from .figures import moment
from .material import Material
from .outages import change_of
from .period import ServerWeeks

_MOST = 50


def what_changed(material: Material, weeks: Sequence[ServerWeeks]) -> dict[str, Any]:
    """Return the changes in order of time, and from which version to which it went."""
    week = material.week
    noted = sorted(
        (at, each.name, change, detail or "")
        for each in weeks
        for at, change, detail in each.server.diary.changes
        if week.start <= at < week.until
    )
    released = material.project.releases if material.project else ()
    return {
        "home_assistant": material.home_assistant,
        "versions": [
            {"server": each.name, "from": each.before.version, "to": each.now.version}
            for each in weeks
        ],
        "changes": [
            {
                "at": moment(week, at),
                "server": server,
                "change": change,
                "what": change_of(change),
                "detail": detail or None,
            }
            for at, server, change, detail in noted[-_MOST:]
        ],
        "changes_left_out": max(0, len(noted) - _MOST),
        "releases": [
            {
                "tag": each.tag,
                "published": moment(week, each.published_at),
                "prerelease": each.prerelease,
            }
            for each in sorted(released, key=lambda each: (each.published_at, each.tag))
            if week.start <= each.published_at < week.until
        ],
    }

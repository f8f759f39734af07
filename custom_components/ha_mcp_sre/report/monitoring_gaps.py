"""What nobody can see, so that silence is not taken for health."""

from pathlib import PurePosixPath

from ..assess.signals import Mode
from ..assess.upstream import Part, Upstream
from .document import Document
from .figures import percent
from .material import Material, ServerMaterial
from .period import weeks_of
from .phrases import clock
from .project_rows import missing
from .render import filled
from .sight import told_of

_WATCHED = {
    Mode.APP: "as an app",
    Mode.HTTP: "by its address",
    Mode.IN_PROCESS: "inside Home Assistant",
}


def monitoring_gaps(material: Material) -> Document:
    """Return the monitoring gaps of every server and of the project."""
    week = material.week
    values = {
        "as_of": clock(week, week.as_of),
        "monday": week.monday.isoformat(),
        "so_far": week.so_far,
        "servers": [_server(server, material) for server in material.servers],
        "project": None if material.project is None else _project(material.project, material),
    }
    return Document(
        path=PurePosixPath("deliverables/monitoring-gaps.md"),
        title="Monitoring gaps",
        intro="What cannot be seen here, why, and what would show it.",
        blocks=(("gaps", filled("gaps.md.jinja", values)),),
    )


def _server(server: ServerMaterial, material: Material) -> dict[str, object]:
    current, now = server.current, weeks_of(server, material.week).now
    gaps = [
        material.words.gaps.get(gap.key, told_of(gap, material).what) for gap in current.gaps or ()
    ]
    return {
        "name": server.name,
        "watched": _WATCHED[server.mode],
        "answered": current.gaps is not None,
        "gaps": gaps,
        "seen": len(current.sources),
        "known_minutes": now.known_minutes,
        "minutes": now.minutes,
        "unknown": percent(now.unknown),
        "lost": now.lost_windows,
        "broken": current.tool_calls.counters.broken_records,
    }


def _project(project: Upstream, material: Material) -> dict[str, object]:
    """Return which parts of the project could not be read, and how old what is known is."""
    return {
        "repository": project.repository,
        "parts": len(Part),
        "unread": [
            {
                "part": part.value,
                "why": why,
                "read_at": clock(material.week, project.read_at.get(part)),
            }
            for part in sorted(Part)
            if (why := missing(project, part)) is not None
        ],
    }

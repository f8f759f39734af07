"""The log of incidents: each a block, below which a person writes what was learnt."""

from collections import defaultdict
from pathlib import PurePosixPath
import re

from ..assess.finding import Severity
from ..assess.incident import ChangeKind, Incident, repaired
from ..assess.repair import mean_time_to_repair
from .blocks import Block, block_name
from .document import Document, Retirement
from .evidence_words import evidence
from .material import Material, ServerMaterial, Week
from .outages import change_of, in_turn, lasted, name_of, name_of_key, single_outages
from .phrases import clock, listing, span
from .render import filled
from .retention import ARCHIVE, INCIDENT_WEEKS, removed_until

_WEEK = 7 * 86_400.0
_FAMILY = "incident"
_ARCHIVED = "Incidents from the log, each with what was written below it."

_DAY = re.compile(r"^- (?:Over|Open) at (\d{4}-\d\d-\d\d)", re.MULTILINE)
"""When an incident was over, or the last report knew it to be open."""


def is_recent(incident: Incident, week: Week, weeks: int) -> bool:
    """Return whether an incident is open, or was within the last so many weeks."""
    return incident.resolved_at is None or week.as_of - incident.resolved_at < weeks * _WEEK


def what_happened(
    incident: Incident, server: ServerMaterial, material: Material
) -> dict[str, object]:
    """Return the facts of an incident, in the words of a person; an only server is not named."""
    week = material.week
    # Of what has a subject there may be several: no rule tells them apart.
    own = {incident.key, *(moment.rule for moment in incident.timeline)}
    explained = sorted(incident.absorbed - own)
    outages = single_outages(incident, week.as_of)
    began = [each.began for each in outages] if incident.is_outage else incident.spells
    return {
        "what": name_of(incident.rule, material),
        "subject": incident.subject,
        "server": server.name if len(material.servers) > 1 else None,
        "severity": incident.severity.upper(),
        "worst": incident.worst.upper(),
        "began": clock(week, incident.started_at),
        "ended": clock(week, incident.resolved_at),
        "after": span(incident.duration(week.as_of)),
        "lasted": span(lasted(incident, week.as_of)),
        "outages_lasted": span(sum(each.seconds for each in outages)),
        "in_turn": in_turn(incident, week.as_of, material),
        "as_of": clock(week, week.as_of),
        "spells": listing([f"{week.local(at):%m-%d %H:%M:%S}" for at in began], 10),
        "spell_count": len(began),
        "detected": clock(week, incident.detected_at),
        "detected_within": _span(incident.time_to_detect),
        "paged": clock(week, incident.first(ChangeKind.PAGED)),
        "pages": incident.is_outage,
        "acknowledged": clock(week, incident.first_acknowledged_at),
        "changed": incident.hint and change_of(incident.hint),
        "explained": listing([name_of_key(key, material) for key in explained], 10)
        if explained
        else None,
        "in_maintenance": incident.in_maintenance,
        "part_of": incident.part_of,
        "unwatched": incident.unwatched,
        "evidence": evidence(incident.evidence, incident.rule, material.words),
    }


def incident_log(material: Material) -> Document:
    """Return the log; incidents that are over for long go to the archive of their year."""
    known = _newest_first(material)
    recent = [each for each in known if is_recent(each[0], material.week, INCIDENT_WEEKS)]
    return Document(
        path=PurePosixPath("deliverables/incident-log.md"),
        title="Incident log",
        intro=(
            f"Incidents that are open, or were within the last {INCIDENT_WEEKS} weeks, the newest"
            " first. Write what was learnt right below an incident: when it goes to `archive/`,"
            " all that stands between it and the next one goes with it. Write everything else"
            " above the first incident."
        ),
        blocks=(
            ("overview", _overview([incident for incident, _ in recent], material)),
            *(_block(incident, server, material) for incident, server in recent),
        ),
        retirements=(
            *_retirements([each for each in known if each not in recent], material.week),
            Retirement(
                frozenset({_FAMILY}),
                ARCHIVE / "incidents-of-removed-servers.md",
                title="Incidents of removed servers",
                intro=_ARCHIVED,
                spared=frozenset(block_name(_FAMILY, server.id) for server in material.servers),
                day=_DAY,
                until=removed_until(material.week),
            ),
        ),
    )


def _newest_first(material: Material) -> list[tuple[Incident, ServerMaterial]]:
    known = ((incident, server) for server in material.servers for incident in server.incidents)
    return sorted(known, key=lambda each: (-each[0].started_at, each[1].name, each[0].id))


def _name(incident: Incident, server: ServerMaterial) -> str:
    return block_name(_FAMILY, server.id, incident.id)


def _block(incident: Incident, server: ServerMaterial, material: Material) -> Block:
    facts = what_happened(incident, server, material)
    return _name(incident, server), filled("incident.md.jinja", facts)


def _overview(known: list[Incident], material: Material) -> str:
    week = material.week
    recent = [each for each in known if each.part_of is None]
    over = [each for each in recent if not each.is_open]
    values = {
        "as_of": clock(week, week.as_of),
        "weeks": INCIDENT_WEEKS,
        "open": len(recent) - len(over),
        "over": len(over),
        "parts": len(known) - len(recent),
        "severities": [
            {"severity": severity.upper(), "count": sum(i.worst is severity for i in recent)}
            for severity in Severity
        ],
        "young": [
            {"name": server.name, "since": clock(week, server.watched_since)}
            for server in material.servers
            if week.as_of - server.watched_since < INCIDENT_WEEKS * _WEEK
        ],
        "repaired": len(repaired(recent)),
        "mttr": _span(mean_time_to_repair(recent)),
    }
    return filled("incident_overview.md.jinja", values)


def _span(seconds: float | None) -> str | None:
    return None if seconds is None else span(seconds)


def _retirements(old: list[tuple[Incident, ServerMaterial]], week: Week) -> tuple[Retirement, ...]:
    """Return what goes to the archives, by the year in which it began."""
    by_year: dict[int, set[str]] = defaultdict(set)
    for incident, server in old:
        by_year[week.local(incident.started_at).year].add(_name(incident, server))
    return tuple(
        Retirement(
            frozenset(names),
            ARCHIVE / f"incidents-{year}.md",
            title=f"Incidents of {year}",
            intro=_ARCHIVED,
        )
        for year, names in sorted(by_year.items())
    )

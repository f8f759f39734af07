"""The files that go with a report, and the report's own, as data."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from .baselines import baselines
from .beliefs import beliefs
from .blocks import block_name, slug
from .document import Document
from .incident_log import incident_log
from .material import Material
from .monitoring_gaps import monitoring_gaps
from .postmortem import postmortems
from .retention import REPORTS
from .risk import Prediction
from .standards import standards
from .weeks import last_week


def documents(
    material: Material, predictions: Sequence[Prediction], markdown: str
) -> tuple[Document, ...]:
    """Return every file that is to be written with a report, its own being the first.

    The others say how things are now, of all servers: they go neither with a report on some of
    them, nor with that of a week long ago.
    """
    week = material.week
    own = report_file(material, markdown)
    if not material.whole or week.monday < last_week(week.as_of, week.zone).monday:
        return (own,)
    return (
        own,
        Document(
            path=PurePosixPath("deliverables/reliability-standards.md"),
            title="Reliability standards",
            intro="What ha-mcp is held to here, as it is set in the options of each server.",
            blocks=standards(material),
        ),
        incident_log(material),
        monitoring_gaps(material),
        baselines(material),
        Document(
            path=PurePosixPath("beliefs.md"),
            title="Beliefs",
            intro="What the numbers so far say of this home's ha-mcp, reviewed with each report.",
            blocks=beliefs(material, predictions),
        ),
        *postmortems(material),
    )


def report_file(material: Material, markdown: str) -> Document:
    """Return the report's own file; one on a part of the servers has a file of its own."""
    names = (
        [] if material.whole else [slug(each.name) or slug(each.id) for each in material.servers]
    )
    # Two servers of one name share a file, each with its own block.
    ids = [] if material.whole else [each.id for each in material.servers]
    return Document(
        path=REPORTS / f"{'-'.join([material.week.monday.isoformat(), *names])}.md",
        title="",
        intro="",
        blocks=((block_name("report", *ids), markdown),),
    )

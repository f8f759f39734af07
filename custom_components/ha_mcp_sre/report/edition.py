"""One report, from its evidence to its files: what it says, and what is remembered of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from .backlog import BacklogMemory, backlog
from .deliverables import documents
from .document import Document
from .material import Material
from .predictions import PredictionMemory, predictions
from .render import render
from .risk import BacklogItem, Prediction, Risk, scope_of
from .risks import examine
from .weekly import weekly


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered from report to report; `reported` is the last week that is done."""

    reported: date | None = None
    backlog: BacklogMemory = field(default_factory=BacklogMemory)
    predictions: PredictionMemory = field(default_factory=PredictionMemory)

    @property
    def newest(self) -> tuple[str, str]:
        """The newest weeks that are known, to compare: that is done, and that was reported."""
        reported = "" if self.reported is None else self.reported.isoformat()
        return reported, self.backlog.week or ""

    def by(self, today: date) -> Known:
        """Return what can be known on a day: what was learnt while a clock was ahead is not."""
        ahead = self.reported is not None and self.reported > today
        return Known(
            None if ahead else self.reported, self.backlog.by(today), self.predictions.by(today)
        )

    def without(self, scope: str) -> Known:
        """Return what is known without all that is about one server, which is gone."""
        backlog, predictions = self.backlog, self.predictions.predictions
        return replace(
            self,
            backlog=replace(
                backlog,
                before=tuple(each for each in backlog.before if scope_of(each.item.key) != scope),
                entries=tuple(each for each in backlog.entries if scope_of(each.item.key) != scope),
            ),
            predictions=replace(
                self.predictions,
                predictions=tuple(each for each in predictions if scope_of(each.key) != scope),
            ),
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that is thought through, but not written down; `known` is as it will be then."""

    material: Material
    risks: tuple[Risk, ...]
    backlog: tuple[BacklogItem, ...]
    predictions: tuple[Prediction, ...]
    known: Known

    def data(self, prose: str | None = None) -> dict[str, Any]:
        """Return everything that the report says, as JSON data."""
        data: dict[str, Any] = weekly(
            self.material, self.risks, self.backlog, self.predictions, prose=prose
        )
        return data


@dataclass(frozen=True, slots=True)
class Edition:
    """A report that is written down, with all documents that go with it."""

    data: Mapping[str, Any]
    markdown: str
    documents: tuple[Document, ...]
    known: Known

    @property
    def complete(self) -> bool:
        """Whether all documents that there are go with it: dated files not among them are old."""
        return len(self.documents) > 1

    @property
    def path(self) -> PurePosixPath:
        """Where the report itself is, in the folder of the documents."""
        return self.documents[0].path


def draft(material: Material, known: Known) -> Draft:
    """Think a report through."""
    week = material.week
    known = known.by(week.local(week.as_of).date())
    found = examine(material)
    items, backlog_known = backlog(
        found.risks, known.backlog, week.monday.isoformat(), found.judged
    )
    expected, predictions_known = predictions(material, known.predictions)
    if not material.whole:
        # Both know those of every server.
        ids = {server.id for server in material.servers}
        items = tuple(each for each in items if scope_of(each.key) in ids)
        expected = tuple(each for each in expected if scope_of(each.key) in ids)
    reported = known.reported
    if not week.so_far:
        reported = week.monday if reported is None else max(reported, week.monday)
    return Draft(
        material, found.risks, items, expected, Known(reported, backlog_known, predictions_known)
    )


def edition(draft: Draft, prose: str | None = None) -> Edition:
    """Write a report down."""
    data = draft.data(prose)
    markdown = render(data)
    return Edition(
        data, markdown, documents(draft.material, draft.predictions, markdown), draft.known
    )
